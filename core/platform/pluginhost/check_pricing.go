package pluginhost

import (
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/plugins/sdk"
)

var basisFrom = map[sdk.Basis]string{
	sdk.ByPiece: BasisPiece, sdk.ByLength: BasisLength, sdk.ByArea: BasisArea, sdk.ByVolume: BasisVolume,
	sdk.TheoreticalMass: BasisTheoreticalMass, sdk.WeighedMass: BasisWeighedMass, sdk.ByPack: BasisPack, sdk.ByFormula: BasisFormula,
}

var basisTo = func() map[string]sdk.Basis {
	m := map[string]sdk.Basis{}
	for k, v := range basisFrom {
		m[v] = k
	}
	return m
}()

const maxComponents = 50

// checkQuote holds a reply against what was asked: every line once, the currency asked
// for, sums that are sums. Lines that are not the plugin's are priced here.
func checkQuote(plugin string, currency money.Currency, asked []PriceLine, got []sdk.QuotedLine, now time.Time) ([]PricedLine, error) {
	if len(got) != len(asked) {
		return nil, fmt.Errorf("%w: %d lines for %d", errReply, len(got), len(asked))
	}
	byID := make(map[string]sdk.QuotedLine, len(got))
	for _, g := range got {
		byID[g.LineID] = g
	}
	out := make([]PricedLine, 0, len(asked))
	for _, l := range asked {
		g, ok := byID[l.LineID]
		if !ok {
			return nil, fmt.Errorf("%w: line %q is missing", errReply, l.LineID)
		}
		line, err := quotedLine(plugin, currency, l, g, now)
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", l.LineID, err)
		}
		out = append(out, line)
	}
	return out, nil
}

func quotedLine(plugin string, currency money.Currency, l PriceLine, g sdk.QuotedLine, now time.Time) (PricedLine, error) {
	switch {
	case g.Basis == sdk.NotMine && len(g.Problems) == 0:
		return plain(currency, l)
	case g.Basis == sdk.NotMine: // a line nobody can price must never look like one that costs nothing
		return PricedLine{}, ErrRefused.With("reason", g.Problems[0].Code).At(fault.Field{Path: "lines." + l.LineID + g.Problems[0].Pointer, Reason: g.Problems[0].Code})
	case !g.ValidUntil.IsZero() && !g.ValidUntil.After(now):
		return PricedLine{}, fmt.Errorf("%w: valid until the past", errReply)
	}
	return priced(plugin, currency, g)
}

// priced recomputes every amount of a line.
func priced(plugin string, currency money.Currency, g sdk.QuotedLine) (PricedLine, error) {
	basis, ok := basisFrom[g.Basis]
	if !ok || len(g.Components) == 0 || len(g.Components) > maxComponents {
		return PricedLine{}, fmt.Errorf("%w: basis %d, %d components", errReply, g.Basis, len(g.Components))
	}
	qty, err := quantityFrom(g.PricedQty)
	if err != nil || qty.Micro < 0 {
		return PricedLine{}, fmt.Errorf("%w: priced quantity %s %s", errReply, g.PricedQty.Value, g.PricedQty.Unit)
	}
	out := PricedLine{LineID: g.LineID, Plugin: plugin, Basis: basis, PricedQty: qty, ValidUntil: g.ValidUntil, Problems: problemsFrom(g.Problems), Evidence: g.Settlement.Evidence}
	total := money.Zero(currency)
	for _, c := range g.Components {
		part, err := component(currency, c)
		if err != nil {
			return PricedLine{}, err
		}
		out.Components = append(out.Components, part)
		if part.Informational {
			continue
		}
		if total, err = total.Add(part.Amount); err != nil {
			return PricedLine{}, err
		}
	}
	if out.Amount = moneyFrom(g.Amount); out.Amount != total || total.Minor < 0 {
		return PricedLine{}, fmt.Errorf("%w: amount %v, components come to %v", errReply, out.Amount, total)
	}
	return out, settlement(&out, g.Settlement)
}

func component(currency money.Currency, c sdk.Component) (Component, error) {
	unit, err := priceFrom(c.Unit)
	if err != nil {
		return Component{}, fmt.Errorf("%w: %w", errReply, err)
	}
	qty, err := quantityFrom(c.Qty)
	if err != nil {
		return Component{}, fmt.Errorf("%w: %w", errReply, err)
	}
	amount := moneyFrom(c.Amount)
	if amount.Currency != currency || unit.Currency != currency {
		return Component{}, fmt.Errorf("%w: %s where %s was asked", errReply, amount.Currency, currency)
	}
	if want, err := unit.Times(qty); err != nil || want != amount {
		return Component{}, fmt.Errorf("%w: %s × %v is %v, not %v (%v)", errReply, unit.Decimal(), qty, want, amount, err)
	}
	return Component{Code: c.Code, Unit: unit, Qty: qty, Amount: amount, Informational: c.Informational}, nil
}

func settlement(out *PricedLine, s sdk.Settlement) (err error) {
	if s.Evidence == "" {
		return nil
	}
	part := sdk.D("0.01")
	if out.TolerancePctMicro, err = micro(s.TolerancePct.Mul(part)); err != nil {
		return fmt.Errorf("%w: tolerance: %w", errReply, err)
	}
	if out.CapPctMicro, err = micro(s.CapPct.Mul(part)); err != nil {
		return fmt.Errorf("%w: cap: %w", errReply, err)
	}
	if out.TolerancePctMicro < 0 || out.CapPctMicro < 0 {
		return fmt.Errorf("%w: a negative tolerance", errReply)
	}
	return nil
}

// checkReprice holds settled lines against what was measured.
func checkReprice(plugin string, original []PricedLine, measured []Measured, got []sdk.RepricedLine) ([]Repriced, error) {
	if len(got) != len(measured) {
		return nil, fmt.Errorf("%w: %d lines for %d", errReply, len(got), len(measured))
	}
	was := make(map[string]PricedLine, len(original))
	for _, o := range original {
		was[o.LineID] = o
	}
	asked := make(map[string]bool, len(measured))
	for _, m := range measured {
		asked[m.LineID] = true
	}
	out := make([]Repriced, 0, len(got))
	for _, g := range got {
		o, ok := was[g.LineID]
		if !ok || !asked[g.LineID] {
			return nil, fmt.Errorf("%w: line %q was not asked for", errReply, g.LineID)
		}
		delete(asked, g.LineID)
		line, err := priced(plugin, o.Amount.Currency, g.QuotedLine)
		if err != nil {
			return nil, fmt.Errorf("line %q: %w", g.LineID, err)
		}
		var diff quantity.Quantity
		if diff, err = quantityFrom(g.Difference); err != nil {
			return nil, fmt.Errorf("%w: difference: %w", errReply, err)
		}
		out = append(out, Repriced{line, g.Beyond, diff})
	}
	return out, nil
}
