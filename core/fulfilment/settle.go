package fulfilment

import (
	"context"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Measure is what Settlement is asked about one line: how much arrived of what was on
// the load, and what it should have come to.
type Measure struct {
	Line         OrderLine
	Qty          quantity.Quantity // arrived, never more than was on the load
	WeighedMicro int64
	Expected     Settled // for the whole load, as ordered
	ForQty       Settled // for Qty, as ordered
}

// Verdict is the answer: what the arrived goods come to, and whether that is further
// from ForQty than the trade tolerates.
type Verdict struct {
	Settled
	Beyond bool
}

// Settlement turns measurements into amounts. A pricing plugin may stand behind it, so
// it is never called inside a unit of work.
type Settlement interface {
	Settle(ctx context.Context, lines []Measure) ([]Verdict, error)
}

// Plain settles without any plugin: counted goods by their share of the line, weighed
// goods by the weighbridge at the price agreed.
type Plain struct {
	// ToleranceMicro is how far a weight may be off before it is disputed, in millionths
	// of the expected one. The steel trade's usual three per mille is 3000.
	ToleranceMicro int64
}

// Settle implements Settlement.
func (p Plain) Settle(_ context.Context, lines []Measure) ([]Verdict, error) {
	out := make([]Verdict, len(lines))
	for i, m := range lines {
		out[i] = Verdict{Settled: m.ForQty}
		if m.Line.Basis != Weighed || m.WeighedMicro == 0 {
			continue
		}
		v, err := p.weigh(m)
		if err != nil {
			return nil, err
		}
		out[i] = v
	}
	return out, nil
}

func (p Plain) weigh(m Measure) (Verdict, error) {
	kg := quantity.Quantity{Micro: m.WeighedMicro, Unit: quantity.Kilogram}
	qty, err := kg.In(m.Line.Price.Per, 0)
	if err != nil {
		return Verdict{}, err
	}
	sum, err := scale(m.Line.Goods, qty.Micro, m.Line.PricedQty.Micro)
	if err != nil {
		return Verdict{}, err
	}
	off := qty.Micro - m.ForQty.Qty.Micro
	if off < 0 {
		off = -off
	}
	limit, err := quantity.MulDiv(m.ForQty.Qty.Micro, p.ToleranceMicro, quantity.Scale)
	return Verdict{Settled: Settled{m.Line.ID, qty, sum}, Beyond: off > limit}, err
}

// scale is part/whole of an amount.
func scale(m money.Money, part, whole int64) (money.Money, error) {
	if whole <= 0 {
		return money.Zero(m.Currency), nil
	}
	v, err := quantity.MulDiv(m.Minor, part, whole)
	return money.Of(v, m.Currency), err
}

// asOrdered is what units from..to of a line come to. Taking the difference of two
// running sums makes partial loads add up to the line exactly.
func (l OrderLine) asOrdered(from, to int64) (Settled, error) {
	a, err := scale(l.Goods, from, l.Qty.Micro)
	if err != nil {
		return Settled{}, err
	}
	b, err := scale(l.Goods, to, l.Qty.Micro)
	if err != nil {
		return Settled{}, err
	}
	qa, err := quantity.MulDiv(l.PricedQty.Micro, from, l.Qty.Micro)
	if err != nil {
		return Settled{}, err
	}
	qb, err := quantity.MulDiv(l.PricedQty.Micro, to, l.Qty.Micro)
	if err != nil {
		return Settled{}, err
	}
	sum, err := b.Sub(a)
	return Settled{l.ID, quantity.Quantity{Micro: qb - qa, Unit: l.PricedQty.Unit}, sum}, err
}

// measure prepares the question about one arrival.
func (a Arrived) measure() (Measure, error) {
	counted := quantity.Quantity{Micro: min(a.Qty.Micro, a.Shipped.Micro), Unit: a.Qty.Unit}
	all, err := a.Line.asOrdered(a.Before.Micro, a.Before.Micro+a.Shipped.Micro)
	if err != nil {
		return Measure{}, err
	}
	part, err := a.Line.asOrdered(a.Before.Micro, a.Before.Micro+counted.Micro)
	return Measure{Line: a.Line, Qty: counted, WeighedMicro: a.WeighedMicro, Expected: all, ForQty: part}, err
}

// conclude weighs an arrival against its verdict: what the order now stands at, and what
// is disputed. While anything is, the line stands at what was sent.
func (a Arrived) conclude(m Measure, v Verdict) (Settled, []Difference, error) {
	var diffs []Difference
	zero := money.Zero(a.Line.Goods.Currency)
	less, err := m.Expected.Sum.Sub(v.Sum)
	if err != nil {
		return Settled{}, nil, err
	}
	switch {
	case a.Qty.Micro < a.Shipped.Micro:
		diffs = append(diffs, Difference{a.Line.ID, DiffShort, a.Shipped, a.Qty, atLeast(less, zero), a.Note})
	case a.Qty.Micro > a.Shipped.Micro:
		diffs = append(diffs, Difference{a.Line.ID, DiffOver, a.Shipped, a.Qty, zero, a.Note})
	case v.Beyond:
		diffs = append(diffs, Difference{a.Line.ID, DiffWeight, m.Expected.Qty, v.Qty, atLeast(less, zero), a.Note})
	}
	if a.DamagedMicro > 0 {
		worth, err := scale(v.Sum, min(a.DamagedMicro, a.Qty.Micro), a.Qty.Micro)
		if err != nil {
			return Settled{}, nil, err
		}
		sound := quantity.Quantity{Micro: a.Qty.Micro - a.DamagedMicro, Unit: a.Qty.Unit}
		diffs = append(diffs, Difference{a.Line.ID, DiffDamaged, a.Qty, sound, worth, a.Note})
	}
	if len(diffs) == 0 {
		return v.Settled, nil, nil
	}
	return m.Expected, diffs, nil
}

func atLeast(m, floor money.Money) money.Money {
	if m.Minor < floor.Minor {
		return floor
	}
	return m
}
