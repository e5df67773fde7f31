package pluginhost

import (
	"cmp"
	"context"
	"slices"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Plain prices without any plugin: unit price times quantity, pieces turned into mass
// where the price is by mass and the mass of a piece is known.
type Plain struct{}

var _ Pricer = Plain{}

var plainBasis = map[quantity.Unit]string{
	quantity.Metre: BasisLength, quantity.Milli: BasisLength, quantity.SquareMtr: BasisArea, quantity.Litre: BasisVolume,
	quantity.Pack: BasisPack, quantity.Box: BasisPack, quantity.Drum: BasisPack,
	quantity.Gram: BasisWeighedMass, quantity.Kilogram: BasisWeighedMass, quantity.Tonne: BasisWeighedMass,
}

// Quote implements Pricer.
func (Plain) Quote(_ context.Context, currency money.Currency, lines []PriceLine) ([]PricedLine, error) {
	out := make([]PricedLine, 0, len(lines))
	for _, l := range lines {
		p, err := plain(currency, l)
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

func plain(currency money.Currency, l PriceLine) (PricedLine, error) {
	if l.Unit.Currency != currency {
		return PricedLine{}, money.ErrMixed
	}
	goods, err := l.Qty.In(l.Unit.Per, l.KgPerUnitMicro)
	if err != nil {
		return PricedLine{}, err
	}
	amount, err := l.Unit.Times(goods)
	if err != nil {
		return PricedLine{}, err
	}
	basis, ok := plainBasis[goods.Unit]
	switch {
	case basis == BasisWeighedMass && plainBasis[l.Qty.Unit] != BasisWeighedMass:
		basis = BasisTheoreticalMass
	case !ok:
		basis = BasisPiece
	}
	return PricedLine{
		LineID: l.LineID, Basis: basis, PricedQty: goods, Amount: amount,
		Components: []Component{{Code: "base", Unit: l.Unit, Qty: goods, Amount: amount}},
	}, nil
}

// Reprice implements Pricer. What was agreed without evidence stands, and the difference
// is said. With evidence the measured quantity is paid; beyond the tolerance that is a
// difference to talk about, and nobody pays above the cap.
func (Plain) Reprice(_ context.Context, original []PricedLine, measured []Measured) ([]Repriced, error) {
	by := map[string]PricedLine{}
	for _, p := range original {
		by[p.LineID] = p
	}
	out := make([]Repriced, 0, len(measured))
	for _, m := range measured {
		p, ok := by[m.LineID]
		if !ok {
			return nil, ErrRefused.With("plugin", "Kontor").With("reason", "line_unknown")
		}
		r, err := settlePlain(p, m)
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, nil
}

func settlePlain(p PricedLine, m Measured) (Repriced, error) {
	got, err := m.Qty.In(p.PricedQty.Unit, 0)
	if err != nil {
		return Repriced{}, err
	}
	diff := got.Micro - p.PricedQty.Micro
	out := Repriced{PricedLine: p, Beyond: diff != 0, Difference: quantity.Quantity{Micro: diff, Unit: got.Unit}}
	at := slices.IndexFunc(p.Components, func(c Component) bool { return c.Code == "base" })
	if p.Evidence == "" || at < 0 {
		return out, nil
	}
	allowed, err := quantity.MulDiv(p.PricedQty.Micro, p.TolerancePctMicro, quantity.Scale)
	if err != nil {
		return Repriced{}, err
	}
	over, err := quantity.MulDiv(p.PricedQty.Micro, cmp.Or(p.CapPctMicro, p.TolerancePctMicro), quantity.Scale)
	if err != nil {
		return Repriced{}, err
	}
	out.Beyond = diff > allowed || diff < -allowed
	got.Micro = min(got.Micro, p.PricedQty.Micro+over)
	return out, out.pay(at, got)
}

// pay puts the paid quantity in place of the quoted one; other components stay.
func (r *Repriced) pay(base int, q quantity.Quantity) error {
	amount, err := r.Components[base].Unit.Times(q)
	if err != nil {
		return err
	}
	r.Components = slices.Clone(r.Components)
	r.Components[base].Qty, r.Components[base].Amount = q, amount
	total := money.Zero(amount.Currency)
	for _, c := range r.Components {
		if c.Informational {
			continue
		}
		if total, err = total.Add(c.Amount); err != nil {
			return err
		}
	}
	r.PricedQty, r.Amount, r.Evidence = q, total, ""
	if r.Basis == BasisTheoreticalMass {
		r.Basis = BasisWeighedMass
	}
	return nil
}
