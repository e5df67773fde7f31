package aftersales

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// OpenInput is a claim as the buyer wrote it. Actual is how much of the line is as
// agreed, in the line's unit; an empty Amount asks for the value of the rest.
type OpenInput struct {
	Line   id.OrderLine
	Kind   Kind
	Actual string
	Unit   string
	Amount string
	Note   string
}

// Open is a buyer's claim by hand, for what the receipt did not show.
func (s *Service) Open(ctx context.Context, order id.Order, in OpenInput) (Claim, error) {
	var cl Claim
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		o, err := s.n.Orders.Order(ctx, order, true)
		if err != nil {
			return err
		}
		if c.Org.IsZero() || o.Buyer != c.Org {
			return ErrOrderNotFound
		}
		if !o.Claimable {
			return ErrTooLate
		}
		earlier, err := s.n.Store.OfOrder(ctx, order)
		if err != nil {
			return err
		}
		d, err := read(o, in, earlier)
		if err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionOpen, factsOf(Claim{Order: order, Kind: d.Kind, Amount: d.Amount, Buyer: o.Buyer, Seller: o.Seller})); err != nil {
			return err
		}
		cl, err = s.open(ctx, o, c, d)
		return err
	})
	if err != nil {
		return Claim{}, fmt.Errorf("claim on order %s: %w", order, err)
	}
	return cl, nil
}

// OpenDifferences turns what fulfilment found into claims, in the receipt's unit. The
// gate was asked for the receipt.
func (s *Service) OpenDifferences(ctx context.Context, order id.Order, found []Difference) error {
	return s.n.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := caller.From(ctx)
		if err != nil {
			return err
		}
		o, err := s.n.Orders.Order(ctx, order, true)
		if err != nil {
			return err
		}
		for _, d := range found {
			if _, err := s.open(ctx, o, c, d); err != nil {
				return fmt.Errorf("claim on order %s: %w", order, err)
			}
		}
		return nil
	})
}

func (s *Service) open(ctx context.Context, o Order, by caller.Caller, d Difference) (Claim, error) {
	cl := Claim{
		ID: id.Claim{}.New(), Order: o.ID, Line: d.Line, Buyer: o.Buyer, Seller: o.Seller, Kind: d.Kind, Expected: d.Expected, Actual: d.Actual,
		Amount: d.Amount, State: Open, OpenedBy: by.Subject(), OpenedAt: s.n.Now(), Note: d.Note, Version: 1,
	}
	var err error
	if cl.Number, err = s.n.Numbers.Next(ctx, NumberKind); err != nil {
		return Claim{}, err
	}
	if err := s.n.Store.Insert(ctx, cl); err != nil {
		return Claim{}, err
	}
	if err := s.n.Orders.MarkClaimed(ctx, o.ID); err != nil {
		return Claim{}, err
	}
	return cl, s.n.Events.Append(ctx, event.ClaimOpened{ClaimParties: parties(o, cl), Note: cl.Note})
}

// read checks a buyer's claim: a line of the order, a kind, a quantity within the line,
// and no more money than the line still stands at.
func read(o Order, in OpenInput, earlier []Claim) (Difference, error) {
	var c fault.Check
	d := Difference{Line: in.Line, Kind: in.Kind, Note: strings.TrimSpace(in.Note)}
	c.If(!claimable[in.Kind], "kind", "unknown", "Use short, damaged, wrong or weight.")
	c.Text("note", in.Note, 1, 2000)
	l, ok := o.Line(in.Line)
	if !ok {
		c.Add("line", "unknown", "The order has no such line.")
		return d, c.Or(ErrInvalid)
	}
	d.Expected = l.Qty
	d.Actual = readActual(&c, in, l)
	left := remaining(l, earlier)
	d.Amount = readAmount(&c, in.Amount, l, d, left)
	if err := c.Or(ErrInvalid); err != nil {
		return d, err
	}
	for _, e := range earlier {
		if e.Line == in.Line && e.Kind == in.Kind && e.Undecided() {
			return d, ErrAlready
		}
	}
	return d, nil
}

func readActual(c *fault.Check, in OpenInput, l OrderLine) quantity.Quantity {
	unit := in.Unit
	if unit == "" {
		unit = string(l.Qty.Unit)
	}
	q, err := quantity.Parse(in.Actual, unit)
	if err != nil {
		c.Add("actual", "malformed", fault.From(err).Detail)
		return quantity.Quantity{Unit: l.Qty.Unit}
	}
	own, err := q.In(l.Qty.Unit, 0)
	switch {
	case err != nil:
		c.Add("actual", "unit_mismatch", fmt.Sprintf("This line is in %s.", l.Qty.Unit))
		return quantity.Quantity{Unit: l.Qty.Unit}
	case own.Micro < 0:
		c.Add("actual", "negative", "")
	case own.Micro >= l.Qty.Micro:
		c.Add("actual", "too_large", "Nothing is missing then: state how much is as agreed.")
	}
	return own
}

// remaining is what a line stands at, less what undecided claims already ask for.
func remaining(l OrderLine, earlier []Claim) money.Money {
	_, sum := l.standing()
	for _, e := range earlier {
		if e.Line == l.ID && e.Undecided() {
			sum.Minor -= e.Amount.Minor
		}
	}
	sum.Minor = max(sum.Minor, 0)
	return sum
}

func readAmount(c *fault.Check, value string, l OrderLine, d Difference, left money.Money) money.Money {
	if value == "" {
		_, sum := l.standing()
		minor, err := quantity.MulDiv(sum.Minor, d.Expected.Micro-d.Actual.Micro, d.Expected.Micro)
		c.If(err != nil, "actual", "too_large", "")
		return money.Of(min(minor, left.Minor), left.Currency)
	}
	m, err := money.Parse(value, left.Currency)
	switch {
	case err != nil:
		c.Add("amount", "malformed", "Write an amount such as 1250.00.")
		return money.Zero(left.Currency)
	case m.Minor <= 0:
		c.Add("amount", "not_positive", "")
	case m.Minor > left.Minor:
		c.Add("amount", "too_large", "This is more than the line still stands at.")
	}
	return m
}
