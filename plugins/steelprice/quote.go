package main

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// quoteHolds is how long a quotation stands; steel moves by the day.
const quoteHolds = 30 * time.Minute

type pricer struct{}

// Quote prices lines sold on a price per unit of mass. Others are left to the host: a
// price per piece needs no steel trader.
func (pricer) Quote(ctx context.Context, req sdk.QuoteRequest) (sdk.QuoteReply, error) {
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.QuoteReply{}, err
	}
	at := req.At
	if at.IsZero() {
		at = time.Now()
	}
	out := sdk.QuoteReply{Lines: make([]sdk.QuotedLine, 0, len(req.Lines))}
	for _, l := range req.Lines {
		if err := ctx.Err(); err != nil {
			return sdk.QuoteReply{}, err
		}
		out.Lines = append(out.Lines, quote(l, req.Currency, at, s))
	}
	return out, nil
}

func quote(l sdk.QuoteLine, currency string, at time.Time, s settings) sdk.QuotedLine {
	per, byMass := kilogramsPer[l.Base.Per.Unit]
	kg, known := massOf(l, s)
	switch {
	case !byMass || l.Qty.Value.Sign() <= 0:
		return sdk.QuotedLine{LineID: l.LineID}
	case l.Base.Currency != currency:
		return refuse(l, "currency_differs", "/base/currency")
	case l.Base.Per.Value.Cmp(sdk.Int(1)) != 0:
		return refuse(l, "price_unit", "/base/per")
	case !known:
		return refuse(l, "mass_unknown", "/attrs/kgm")
	}
	goods := sdk.Quantity{Value: kg.Div(per, 6), Unit: l.Base.Per.Unit}
	amount, ok := money(goods.Value.Mul(l.Base.Amount), currency)
	if !ok {
		return refuse(l, "amount_too_large", "/qty")
	}
	q := sdk.QuotedLine{
		LineID: l.LineID, Basis: sdk.TheoreticalMass, PricedQty: goods, ValidUntil: at.Add(quoteHolds), Amount: amount,
		Components: []sdk.Component{{Code: "base", Unit: unit(l.Base, goods.Unit), Qty: goods, Amount: amount}},
	}
	if s.Settle == weighbridge {
		pct := s.Tolerance.Mul(sdk.Int(100))
		q.Settlement = sdk.Settlement{Evidence: "WEIGHBRIDGE", TolerancePct: pct, CapPct: pct}
	}
	return withCutting(q, l, currency, s)
}

// withCutting adds the fee for cuts that the buyer asked for.
func withCutting(q sdk.QuotedLine, l sdk.QuoteLine, currency string, s settings) sdk.QuotedLine {
	cuts, ok := number(l.Attrs, "cuts")
	if !ok || s.CuttingFee.Sign() <= 0 {
		return q
	}
	fee, ok := money(cuts.Mul(s.CuttingFee), currency)
	if !ok {
		return refuse(l, "amount_too_large", "/attrs/cuts")
	}
	price := sdk.UnitPrice{Amount: s.CuttingFee, Currency: currency, Per: sdk.Quantity{Value: sdk.Int(1), Unit: "H87"}}
	q.Components = append(q.Components, sdk.Component{Code: "cutting", Unit: price, Qty: sdk.Quantity{Value: cuts, Unit: "H87"}, Amount: fee})
	q.Amount.Minor += fee.Minor
	return q
}

func refuse(l sdk.QuoteLine, code, pointer string) sdk.QuotedLine {
	return sdk.QuotedLine{LineID: l.LineID, Problems: []sdk.Problem{{Code: code, Pointer: pointer, Message: "steelprice." + code, Severity: sdk.Wrong}}}
}

// unit is the price for one of its unit, so that price × quantity is the amount.
func unit(p sdk.UnitPrice, u string) sdk.UnitPrice {
	return sdk.UnitPrice{Amount: p.Amount, Currency: p.Currency, Per: sdk.Quantity{Value: sdk.Int(1), Unit: u}}
}

// exponents of the currencies without two decimals (ISO 4217).
var exponents = map[string]int{"JPY": 0, "KRW": 0, "VND": 0, "KWD": 3, "BHD": 3}

// maxMinor keeps sums of a few hundred lines within 64 bits.
const maxMinor = 1 << 52

func money(major sdk.Decimal, currency string) (sdk.Money, bool) {
	places := 2
	if e, ok := exponents[currency]; ok {
		places = e
	}
	minor, ok := major.Scaled(places)
	return sdk.Money{Currency: currency, Minor: minor}, ok && minor >= 0 && minor < maxMinor
}
