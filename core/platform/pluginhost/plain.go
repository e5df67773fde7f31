package pluginhost

import (
	"context"

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
	return PricedLine{LineID: l.LineID, Basis: basis, PricedQty: goods, Amount: amount,
		Components: []Component{{Code: "base", Unit: l.Unit, Qty: goods, Amount: amount}}}, nil
}

// Reprice implements Pricer: what was agreed without evidence stands, and the difference
// is said.
func (Plain) Reprice(_ context.Context, original []PricedLine, measured []Measured) ([]Repriced, error) {
	by := map[string]PricedLine{}
	for _, p := range original {
		by[p.LineID] = p
	}
	var out []Repriced
	for _, m := range measured {
		p, ok := by[m.LineID]
		if !ok {
			return nil, ErrRefused.With("plugin", "Kontor").With("reason", "line_unknown")
		}
		got, err := m.Qty.In(p.PricedQty.Unit, 0)
		if err != nil {
			return nil, err
		}
		diff := quantity.Quantity{Micro: got.Micro - p.PricedQty.Micro, Unit: got.Unit}
		out = append(out, Repriced{PricedLine: p, Beyond: diff.Micro != 0, Difference: diff})
	}
	return out, nil
}
