package kit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func pricing() capability {
	return capability{
		name: sdk.CapPricing, service: "Pricing", example: "pricing.quote",
		budgets: map[string]time.Duration{"pricing.quote": 500 * time.Millisecond, "pricing.reprice": 500 * time.Millisecond},
		checks: []Check{
			{Name: "pricing.quote.components_sum", Level: Must, Of: sdk.CapPricing, Rule: "The components that are not informational add up to the amount, and each is its unit price times its quantity.", do: lines(componentsSum)},
			{Name: "pricing.quote.currency_as_asked", Level: Must, Of: sdk.CapPricing, Rule: "Every amount is in the currency that was asked for.", do: lines(currencyAsAsked)},
			{Name: "pricing.quote.decimal_exact", Level: Must, Of: sdk.CapPricing, Rule: "Decimals are written as -?digits(.digits)? and have at most six places.", do: lines(decimalExact)},
			{Name: "pricing.quote.line_ids_echoed", Level: Must, Of: sdk.CapPricing, Rule: "Every line that was asked for is answered once, by its id, and no other.", do: lineIDs},
			{Name: "pricing.quote.batch_equals_single", Level: Must, Of: sdk.CapPricing, Rule: "A line costs the same alone as among others.", do: batchEqualsSingle},
			{Name: "pricing.quote.500_lines", Level: Must, Of: sdk.CapPricing, Rule: "Five hundred lines are priced within 500 ms; five hundred and one are refused as too_many_lines.", do: manyLines},
			{Name: "pricing.quote.valid_until_future", Level: Must, Of: sdk.CapPricing, Rule: "A price holds until a time that is still to come.", do: lines(validUntil)},
			{Name: "pricing.quote.basis_declared", Level: Must, Of: sdk.CapPricing, Rule: "A priced line says what it was counted by, and how much of that.", do: basisDeclared},
			{Name: "pricing.reprice.theoretical_to_weighed", Level: Must, Of: "pricing/reprice", Rule: "Measured as quoted, a line costs what was quoted, on the basis of what was measured.", do: reprice(asQuoted)},
			{Name: "pricing.reprice.tolerance_and_cap", Level: Must, Of: "pricing/reprice", Rule: "Beyond the tolerance a line is marked; nobody pays for more than the cap.", do: reprice(toleranceAndCap)},
			{Name: "pricing.reprice.missing_evidence", Level: Must, Of: "pricing/reprice", Rule: "A measurement without evidence is refused as evidence_missing.", do: reprice(missingEvidence)},
		},
	}
}

// quotation is the example, asked for now.
func (p *probe) quotation() (*wire.QuoteRequest, error) {
	q, err := request(p.examples, "pricing.quote", &wire.QuoteRequest{})
	if err != nil {
		return nil, err
	}
	if len(q.GetLines()) == 0 || q.GetCurrency() == "" {
		return nil, errors.New("fixtures/pricing.quote.json has no lines, or no currency")
	}
	q.At = timestamppb.New(time.Now().UTC().Truncate(time.Second))
	q.Call = p.call("")
	return q, nil
}

func (p *probe) quote() (*plug, *wire.QuoteRequest, *wire.QuoteReply, error) {
	q, err := p.quotation()
	if err != nil {
		return nil, nil, nil, err
	}
	g, err := p.plug()
	if err != nil {
		return nil, nil, nil, err
	}
	r, err := g.pricing.Quote(p, q)
	return g, q, r, err
}

// lines makes a check of what must be true of each priced line.
func lines(rule func(*wire.QuoteRequest, *wire.QuoteOut) error) func(*probe) error {
	return func(p *probe) error {
		_, q, r, err := p.quote()
		if err != nil {
			return err
		}
		for _, l := range r.GetLines() {
			if l.GetBasis() == wire.Basis_BASIS_UNSPECIFIED {
				continue
			}
			if err := rule(q, l); err != nil {
				return fmt.Errorf("line %q: %w", l.GetLineId(), err)
			}
		}
		return nil
	}
}

// exponents of the currencies without two decimals (ISO 4217).
var exponents = map[string]int{"JPY": 0, "KRW": 0, "VND": 0, "CLP": 0, "ISK": 0, "KWD": 3, "BHD": 3, "OMR": 3, "JOD": 3, "TND": 3}

func componentsSum(_ *wire.QuoteRequest, l *wire.QuoteOut) error {
	var sum int64
	for _, c := range l.GetComponents() {
		if !c.GetInformational() {
			sum += c.GetAmount().GetMinor()
		}
		places := 2
		if e, ok := exponents[c.GetAmount().GetCurrency()]; ok {
			places = e
		}
		unit, err1 := sdk.ParseDecimal(c.GetUnit().GetAmount().GetValue())
		qty, err2 := sdk.ParseDecimal(c.GetQty().GetValue().GetValue())
		if err := errors.Join(err1, err2); err != nil {
			return fmt.Errorf("component %s: %w", c.GetCode(), err)
		}
		if want, ok := unit.Mul(qty).Scaled(places); !ok || want != c.GetAmount().GetMinor() {
			return fmt.Errorf("component %s: %s × %s is %d, not %d", c.GetCode(), unit, qty, want, c.GetAmount().GetMinor())
		}
	}
	if sum != l.GetAmount().GetMinor() || len(l.GetComponents()) == 0 {
		return fmt.Errorf("the components come to %d, the amount is %d", sum, l.GetAmount().GetMinor())
	}
	return nil
}

func currencyAsAsked(q *wire.QuoteRequest, l *wire.QuoteOut) error {
	found := []string{l.GetAmount().GetCurrency()}
	for _, c := range l.GetComponents() {
		found = append(found, c.GetAmount().GetCurrency(), c.GetUnit().GetCurrency())
	}
	for _, f := range found {
		if f != q.GetCurrency() {
			return fmt.Errorf("an amount is in %q where %q was asked for", f, q.GetCurrency())
		}
	}
	return nil
}

func decimalExact(_ *wire.QuoteRequest, l *wire.QuoteOut) error {
	all := []string{l.GetPricedQty().GetValue().GetValue()}
	for _, c := range l.GetComponents() {
		all = append(all, c.GetUnit().GetAmount().GetValue(), c.GetQty().GetValue().GetValue())
	}
	for _, text := range all {
		d, err := sdk.ParseDecimal(text)
		if err != nil {
			return fmt.Errorf("%q is no decimal", text)
		}
		if d.Round(6).Cmp(d) != 0 {
			return fmt.Errorf("%s has more than six places", text)
		}
	}
	return nil
}

func validUntil(q *wire.QuoteRequest, l *wire.QuoteOut) error {
	if t := l.GetValidUntil(); t != nil && !t.AsTime().After(q.GetAt().AsTime()) {
		return fmt.Errorf("asked for at %s, it holds until %s", q.GetAt().AsTime(), t.AsTime())
	}
	return nil
}

func lineIDs(p *probe) error {
	_, q, r, err := p.quote()
	if err != nil {
		return err
	}
	left := map[string]int{}
	for _, l := range q.GetLines() {
		left[l.GetLineId()]++
	}
	for _, l := range r.GetLines() {
		if left[l.GetLineId()]--; left[l.GetLineId()] < 0 {
			return fmt.Errorf("line %q was not asked for, or not twice", l.GetLineId())
		}
	}
	if len(r.GetLines()) != len(q.GetLines()) {
		return fmt.Errorf("%d lines for %d", len(r.GetLines()), len(q.GetLines()))
	}
	return nil
}

func basisDeclared(p *probe) error {
	_, _, r, err := p.quote()
	if err != nil {
		return err
	}
	priced := 0
	for _, l := range r.GetLines() {
		if l.GetBasis() == wire.Basis_BASIS_UNSPECIFIED {
			continue
		}
		priced++
		if _, ok := wire.Basis_name[int32(l.GetBasis())]; !ok || l.GetPricedQty().GetUom() == "" {
			return fmt.Errorf("line %q: the basis %s of %q", l.GetLineId(), l.GetBasis(), l.GetPricedQty().GetUom())
		}
	}
	if priced == 0 {
		return errors.New("none of the example's lines is priced")
	}
	return nil
}

func batchEqualsSingle(p *probe) error {
	g, q, r, err := p.quote()
	if err != nil {
		return err
	}
	if len(r.GetLines()) != len(q.GetLines()) {
		return fmt.Errorf("%d lines for %d", len(r.GetLines()), len(q.GetLines()))
	}
	for i, l := range q.GetLines() {
		one := &wire.QuoteRequest{Call: p.call(""), Currency: q.GetCurrency(), At: q.GetAt(), Lines: []*wire.QuoteIn{l}}
		alone, err := g.pricing.Quote(p, one)
		if err != nil {
			return err
		}
		if d := differ(&wire.QuoteReply{Lines: r.GetLines()[i : i+1]}, alone); d != "" {
			return fmt.Errorf("line %q among others and alone: %s", l.GetLineId(), d)
		}
	}
	return nil
}

func manyLines(p *probe) error {
	g, q, _, err := p.quote()
	if err != nil {
		return err
	}
	example := q.GetLines()
	q.Lines = nil
	for i := range sdk.MaxLines {
		l := proto.CloneOf(example[i%len(example)])
		l.LineId = fmt.Sprint("l", i)
		q.Lines = append(q.Lines, l)
	}
	err = punctual(p, 500*time.Millisecond, func(ctx context.Context) error {
		r, err := g.pricing.Quote(ctx, q)
		if err == nil && len(r.GetLines()) != sdk.MaxLines {
			err = fmt.Errorf("%d lines for %d", len(r.GetLines()), sdk.MaxLines)
		}
		return err
	})
	if err != nil {
		return err
	}
	more := proto.CloneOf(example[0])
	more.LineId = "one more"
	q.Lines = append(q.Lines, more)
	_, err = g.pricing.Quote(p, q)
	return refused(err, sdk.ReasonTooManyLines)
}

// settling is a line that awaits a measurement, and how to settle it.
type settling struct {
	line   *wire.QuoteOut
	settle func(share string, evidence *wire.Ref) (*wire.RepriceOut, error)
}

// reprice makes a check of what must be true of each line that evidence settles.
func reprice(rule func(settling) error) func(*probe) error {
	return func(p *probe) error {
		g, _, r, err := p.quote()
		if err != nil {
			return err
		}
		settled := 0
		for _, l := range r.GetLines() {
			if l.GetSettlement().GetOnEvidence() == nil {
				continue
			}
			settled++
			if err := rule(settling{l, func(share string, evidence *wire.Ref) (*wire.RepriceOut, error) {
				had, err := sdk.ParseDecimal(l.GetPricedQty().GetValue().GetValue())
				if err != nil {
					return nil, err
				}
				m := &wire.Measurement{LineId: l.GetLineId(), Evidence: evidence, Qty: &wire.Quantity{Value: &wire.Decimal{Value: had.Mul(sdk.D(share)).Round(6).String()}, Uom: l.GetPricedQty().GetUom()}}
				a, err := g.pricing.Reprice(p, &wire.RepriceRequest{Call: p.call(""), Original: r.GetLines(), Measured: []*wire.Measurement{m}})
				if err != nil {
					return nil, err
				}
				if len(a.GetLines()) != 1 || a.GetLines()[0].GetLine().GetLineId() != l.GetLineId() {
					return nil, fmt.Errorf("%d lines for one, or another's", len(a.GetLines()))
				}
				return a.GetLines()[0], nil
			}}); err != nil {
				return fmt.Errorf("line %q: %w", l.GetLineId(), err)
			}
		}
		if settled == 0 {
			return errors.New("no line of fixtures/pricing.quote.json is settled by evidence")
		}
		return nil
	}
}

var ticket = &wire.Ref{Kind: "evidence", Id: "ticket-1"}

func asQuoted(s settling) error {
	got, err := s.settle("1", ticket)
	if err != nil {
		return err
	}
	switch {
	case got.GetBeyondTolerance():
		return errors.New("measured as quoted, it is marked as beyond the tolerance")
	case got.GetLine().GetAmount().GetMinor() != s.line.GetAmount().GetMinor():
		return fmt.Errorf("measured as quoted, it costs %d and not %d", got.GetLine().GetAmount().GetMinor(), s.line.GetAmount().GetMinor())
	case s.line.GetBasis() == wire.Basis_THEORETICAL_MASS && got.GetLine().GetBasis() != wire.Basis_WEIGHED_MASS:
		return fmt.Errorf("weighed, its basis is %s", got.GetLine().GetBasis())
	}
	return nil
}

func toleranceAndCap(s settling) error {
	double, err := s.settle("2", ticket)
	if err != nil {
		return err
	}
	if !double.GetBeyondTolerance() {
		return errors.New("measured double, it is not marked")
	}
	limit, err := sdk.ParseDecimal(s.line.GetSettlement().GetOnEvidence().GetCapPct().GetValue())
	if err != nil || limit.Sign() <= 0 {
		return err
	}
	was := s.line.GetAmount().GetMinor()
	most, ok := sdk.Int(was).Mul(sdk.Int(100).Add(limit)).Mul(sdk.D("0.01")).Scaled(0)
	if ok && double.GetLine().GetAmount().GetMinor() > most+1 { // fees stay as they were, rounding is once
		return fmt.Errorf("measured double, it costs %d; %s %% above %d is %d", double.GetLine().GetAmount().GetMinor(), limit, was, most)
	}
	half, err := s.settle("0.5", ticket)
	if err == nil && !half.GetBeyondTolerance() {
		return errors.New("measured half, it is not marked")
	}
	return err
}

func missingEvidence(s settling) error {
	_, err := s.settle("1", nil)
	return refused(err, "evidence_missing")
}
