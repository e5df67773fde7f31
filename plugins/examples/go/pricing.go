package main

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// holds is how long a price stands.
const holds = 30 * time.Minute

type pricer struct{}

// Quote prices what is asked for in the unit of its list price. What is sold by mass is
// settled on the weighbridge.
func (pricer) Quote(ctx context.Context, req sdk.QuoteRequest) (sdk.QuoteReply, error) {
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.QuoteReply{}, err
	}
	at := req.At
	if at.IsZero() {
		at = time.Now()
	}
	var out sdk.QuoteReply
	for _, l := range req.Lines {
		if err := ctx.Err(); err != nil {
			return sdk.QuoteReply{}, err // nobody waits any more
		}
		out.Lines = append(out.Lines, price(l, req.Currency, at, s))
	}
	return out, nil
}

func price(l sdk.QuoteLine, currency string, at time.Time, s settings) sdk.QuotedLine {
	if l.Base.Currency != currency || l.Base.Per.Unit != l.Qty.Unit || l.Base.Per.Value.Cmp(sdk.Int(1)) != 0 || l.Qty.Value.Sign() <= 0 {
		return sdk.QuotedLine{LineID: l.LineID} // not ours: the host prices it itself
	}
	unit := sdk.UnitPrice{Amount: l.Base.Amount.Mul(sdk.Int(100).Add(s.MarkupPct)).Div(sdk.Int(100), 6), Currency: currency, Per: l.Base.Per}
	minor, ok := unit.Amount.Mul(l.Qty.Value).Scaled(2)
	if !ok || minor < 0 || minor > 1<<50 || l.Qty.Value.Round(6).Cmp(l.Qty.Value) != 0 {
		return sdk.QuotedLine{LineID: l.LineID, Problems: []sdk.Problem{{Code: "out_of_range", Pointer: "/qty", Severity: sdk.Wrong}}}
	}
	amount := sdk.Money{Currency: currency, Minor: minor}
	q := sdk.QuotedLine{
		LineID: l.LineID, Basis: sdk.ByPiece, PricedQty: l.Qty, Amount: amount, ValidUntil: at.Add(holds),
		Components: []sdk.Component{{Code: "base", Unit: unit, Qty: l.Qty, Amount: amount}},
	}
	if l.Qty.Unit == "TNE" || l.Qty.Unit == "KGM" {
		q.Basis = sdk.TheoreticalMass
		q.Settlement = sdk.Settlement{Evidence: "WEIGHBRIDGE", TolerancePct: sdk.Int(3), CapPct: sdk.Int(3)}
	}
	return q
}

// Reprice settles a line by what was weighed: that is paid, up to the cap.
func (pricer) Reprice(_ context.Context, req sdk.RepriceRequest) (sdk.RepriceReply, error) {
	quoted := map[string]sdk.QuotedLine{}
	for _, q := range req.Original {
		quoted[q.LineID] = q
	}
	var out sdk.RepriceReply
	for _, m := range req.Measured {
		q, ok := quoted[m.LineID]
		switch {
		case !ok || len(q.Components) != 1:
			return sdk.RepriceReply{}, sdk.Refuse("line_unknown", m.LineID)
		case m.Evidence.ID == "":
			return sdk.RepriceReply{}, sdk.Refuse("evidence_missing", m.LineID)
		case m.Qty.Unit != q.PricedQty.Unit || m.Qty.Value.Sign() < 0:
			return sdk.RepriceReply{}, sdk.Refuse("unit_differs", m.Qty.Unit)
		}
		r, ok := settle(q, m.Qty)
		if !ok {
			return sdk.RepriceReply{}, sdk.Refuse("out_of_range", m.LineID)
		}
		out.Lines = append(out.Lines, r)
	}
	return out, nil
}

func settle(q sdk.QuotedLine, weighed sdk.Quantity) (sdk.RepricedLine, bool) {
	diff := weighed.Value.Sub(q.PricedQty.Value)
	slack := q.PricedQty.Value.Mul(q.Settlement.TolerancePct).Mul(sdk.D("0.01"))
	paid := weighed.Value
	if most := q.PricedQty.Value.Add(slack).Round(6); paid.Cmp(most) > 0 {
		paid = most
	}
	c := q.Components[0]
	c.Qty.Value = paid
	minor, ok := c.Unit.Amount.Mul(paid).Scaled(2)
	c.Amount.Minor = minor
	out := sdk.RepricedLine{QuotedLine: q, Beyond: diff.Abs().Cmp(slack) > 0, Difference: sdk.Quantity{Value: diff, Unit: weighed.Unit}}
	out.Basis, out.Components, out.Amount.Minor = sdk.WeighedMass, []sdk.Component{c}, minor
	out.PricedQty.Value, out.Settlement = paid, sdk.Settlement{}
	return out, ok
}
