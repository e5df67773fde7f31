package main

import (
	"context"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// Reprice settles quoted lines by the weighbridge. Within the tolerance the weighed mass
// is paid. Below it, what arrived is paid and the shortage is a difference to talk about.
// Above it, nobody pays for more than the cap: the surplus was not ordered.
func (pricer) Reprice(ctx context.Context, req sdk.RepriceRequest) (sdk.RepriceReply, error) {
	quoted := make(map[string]sdk.QuotedLine, len(req.Original))
	for _, q := range req.Original {
		quoted[q.LineID] = q
	}
	var out sdk.RepriceReply
	for _, m := range req.Measured {
		if err := ctx.Err(); err != nil {
			return sdk.RepriceReply{}, err
		}
		q, ok := quoted[m.LineID]
		if !ok {
			return sdk.RepriceReply{}, sdk.Refuse("line_unknown", m.LineID)
		}
		r, err := settle(q, m)
		if err != nil {
			return sdk.RepriceReply{}, err
		}
		out.Lines = append(out.Lines, r)
	}
	return out, nil
}

func settle(q sdk.QuotedLine, m sdk.Measurement) (sdk.RepricedLine, error) {
	base := baseOf(q)
	if base == nil || q.PricedQty.Value.Sign() <= 0 {
		return sdk.RepricedLine{}, sdk.Refuse("not_mine", q.LineID)
	}
	weighed, err := in(m.Qty, q.PricedQty.Unit)
	if err != nil {
		return sdk.RepricedLine{}, err
	}
	diff := weighed.Sub(q.PricedQty.Value)
	out := sdk.RepricedLine{QuotedLine: q, Difference: sdk.Quantity{Value: diff, Unit: q.PricedQty.Unit}}
	if q.Settlement.Evidence == "" {
		return out, nil // the quoted mass was final
	}
	if m.Evidence.ID == "" {
		return sdk.RepricedLine{}, sdk.Refuse("evidence_missing", q.LineID)
	}
	out.Beyond = beyond(diff, q.PricedQty.Value, q.Settlement.TolerancePct)
	paid, most := weighed, q.Settlement.CapPct
	if most.Sign() <= 0 {
		most = q.Settlement.TolerancePct
	}
	if beyond(diff, q.PricedQty.Value, most) && diff.Sign() > 0 {
		paid = q.PricedQty.Value.Add(percent(q.PricedQty.Value, most)).Round(6)
	}
	return repriced(out, base, paid)
}

// repriced puts the paid mass in place of the quoted one; fees stay as they were.
func repriced(out sdk.RepricedLine, base *sdk.Component, paid sdk.Decimal) (sdk.RepricedLine, error) {
	amount, ok := money(paid.Mul(base.Unit.Amount), base.Amount.Currency)
	if !ok {
		return sdk.RepricedLine{}, sdk.Refuse("amount_too_large", out.LineID)
	}
	parts := make([]sdk.Component, len(out.Components))
	copy(parts, out.Components)
	var total int64
	for i := range parts {
		if parts[i].Code == "base" {
			parts[i].Qty.Value, parts[i].Amount = paid, amount
		}
		if !parts[i].Informational {
			total += parts[i].Amount.Minor
		}
	}
	out.Basis, out.Components = sdk.WeighedMass, parts
	out.PricedQty.Value = paid
	out.Amount = sdk.Money{Currency: amount.Currency, Minor: total}
	out.Settlement = sdk.Settlement{}
	return out, nil
}

func baseOf(q sdk.QuotedLine) *sdk.Component {
	for i := range q.Components {
		if q.Components[i].Code == "base" {
			return &q.Components[i]
		}
	}
	return nil
}

func percent(of, pct sdk.Decimal) sdk.Decimal { return of.Mul(pct).Mul(sdk.D("0.01")) }

func beyond(diff, of, pct sdk.Decimal) bool { return diff.Abs().Cmp(percent(of, pct)) > 0 }

// in is a weighed mass in another unit of mass, to the sixth decimal.
func in(q sdk.Quantity, unit string) (sdk.Decimal, error) {
	from, ok := kilogramsPer[q.Unit]
	to, ok2 := kilogramsPer[unit]
	if !ok || !ok2 || q.Value.Sign() < 0 {
		return sdk.Decimal{}, sdk.Refuse("not_a_mass", q.Value.String()+" "+q.Unit)
	}
	return q.Value.Mul(from).Div(to, 6), nil
}
