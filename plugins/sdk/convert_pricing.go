package sdk

import "github.com/kontorhq/kontor/plugins/sdk/internal/wire"

func (r *reader) quoteRequest(q *wire.QuoteRequest) QuoteRequest {
	return QuoteRequest{Call: callFrom(q.GetCall()), Currency: q.GetCurrency(), At: timeFrom(q.GetAt()), Lines: each(q.GetLines(), r.quoteLine)}
}

func (r *reader) quoteLine(l *wire.QuoteIn) QuoteLine {
	return QuoteLine{
		LineID: l.GetLineId(), Item: refFrom(l.GetItem()), Attrs: r.attrs(l.GetAttrs()), Qty: r.quantity(l.GetQty()),
		Base: r.unitPrice(l.GetBase()), Customer: l.GetCustomerFacts(),
	}
}

func quoteRequestTo(q QuoteRequest) *wire.QuoteRequest {
	return &wire.QuoteRequest{Call: callTo(q.Call), Currency: q.Currency, At: timeTo(q.At), Lines: each(q.Lines, quoteLineTo)}
}

func quoteLineTo(l QuoteLine) *wire.QuoteIn {
	return &wire.QuoteIn{LineId: l.LineID, Item: refTo(l.Item), Attrs: attrsTo(l.Attrs), Qty: quantityTo(l.Qty), Base: unitPriceTo(l.Base), CustomerFacts: l.Customer}
}

func (r *reader) quotedLine(l *wire.QuoteOut) QuotedLine {
	out := QuotedLine{
		LineID: l.GetLineId(), Basis: Basis(l.GetBasis()), PricedQty: r.quantity(l.GetPricedQty()),
		Components: each(l.GetComponents(), r.component), Amount: moneyFrom(l.GetAmount()),
		ValidUntil: timeFrom(l.GetValidUntil()), CacheKey: l.GetCacheKey(), Problems: problemsFrom(l.GetProblems()),
	}
	if on := l.GetSettlement().GetOnEvidence(); on != nil {
		out.Settlement = Settlement{on.GetEvidenceKind(), r.decimal(on.GetTolerancePct()), r.decimal(on.GetCapPct())}
	}
	return out
}

func quotedLineTo(l QuotedLine) *wire.QuoteOut {
	out := &wire.QuoteOut{
		LineId: l.LineID, Basis: wire.Basis(l.Basis), PricedQty: quantityTo(l.PricedQty), Components: each(l.Components, componentTo),
		Amount: moneyTo(l.Amount), ValidUntil: timeTo(l.ValidUntil), CacheKey: l.CacheKey, Problems: problemsTo(l.Problems),
	}
	if s := l.Settlement; s.Evidence != "" {
		out.Settlement = &wire.Settlement{Kind: &wire.Settlement_OnEvidence_{OnEvidence: &wire.Settlement_OnEvidence{
			EvidenceKind: s.Evidence, TolerancePct: decimalTo(s.TolerancePct), CapPct: decimalTo(s.CapPct),
		}}}
	} else {
		out.Settlement = &wire.Settlement{Kind: &wire.Settlement_Fixed_{Fixed: &wire.Settlement_Fixed{}}}
	}
	return out
}

func (r *reader) component(c *wire.Component) Component {
	return Component{c.GetCode(), r.unitPrice(c.GetUnit()), r.quantity(c.GetQty()), moneyFrom(c.GetAmount()), c.GetInformational()}
}

func componentTo(c Component) *wire.Component {
	return &wire.Component{Code: c.Code, Unit: unitPriceTo(c.Unit), Qty: quantityTo(c.Qty), Amount: moneyTo(c.Amount), Informational: c.Informational}
}

func (r *reader) repriceRequest(q *wire.RepriceRequest) RepriceRequest {
	return RepriceRequest{Call: callFrom(q.GetCall()), Original: each(q.GetOriginal(), r.quotedLine), Measured: each(q.GetMeasured(), r.measurement)}
}

func (r *reader) measurement(m *wire.Measurement) Measurement {
	return Measurement{m.GetLineId(), r.quantity(m.GetQty()), refFrom(m.GetEvidence())}
}

func repriceRequestTo(q RepriceRequest) *wire.RepriceRequest {
	return &wire.RepriceRequest{Call: callTo(q.Call), Original: each(q.Original, quotedLineTo), Measured: each(q.Measured, func(m Measurement) *wire.Measurement {
		return &wire.Measurement{LineId: m.LineID, Qty: quantityTo(m.Qty), Evidence: refTo(m.Evidence)}
	})}
}

func (r *reader) repricedLine(l *wire.RepriceOut) RepricedLine {
	return RepricedLine{r.quotedLine(l.GetLine()), l.GetBeyondTolerance(), r.quantity(l.GetDifference())}
}

func repricedLineTo(l RepricedLine) *wire.RepriceOut {
	return &wire.RepriceOut{Line: quotedLineTo(l.QuotedLine), BeyondTolerance: l.Beyond, Difference: quantityTo(l.Difference)}
}
