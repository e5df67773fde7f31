package fulfilment

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/work"
)

// ReceiptInput is what the buyer found, as he wrote it. Each line of the load must be
// counted, so that "not mentioned" cannot be mistaken for "missing".
type ReceiptInput struct {
	Lines []ReceiptLineInput
	Note  string
}

// ReceiptLineInput is one count.
type ReceiptLineInput struct {
	Line      id.OrderLine
	Qty       string
	Unit      string
	WeighedKg string
	Lot       string
	Damaged   bool
	Note      string
}

// Received is the outcome: the receipt, what the lines came to, and what is disputed.
type ReceivedLoad struct {
	Receipt     Receipt
	Shipment    Shipment
	Settled     []Settled
	Differences []Difference
}

// Receive counts a load in. The amounts are worked out first, for a pricing plugin may
// have to be asked; the unit then makes sure that nothing has changed since.
func (s *Service) Receive(ctx context.Context, shipment id.Shipment, in ReceiptInput) (ReceivedLoad, error) {
	var out ReceivedLoad
	if work.Active(ctx) {
		return out, fmt.Errorf("receive shipment %s: prices are asked outside a unit of work", shipment)
	}
	load, o, c, err := s.incoming(ctx, shipment)
	if err != nil {
		return out, fmt.Errorf("receive shipment %s: %w", shipment, err)
	}
	if out, err = s.count(ctx, load, o, c, in); err != nil {
		return ReceivedLoad{}, fmt.Errorf("receive shipment %s: %w", shipment, err)
	}
	if was := work.Begun(ctx); was != "" { // this same request has counted it in; its answer was lost
		out.Shipment = load
		out.Receipt, err = s.receipt(ctx, load, was)
		return out, err
	}
	seen := load.Version
	err = s.n.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.n.Orders.Order(ctx, load.Order, true)
		if err != nil {
			return err
		}
		if load, err = s.n.Store.Lock(ctx, shipment); err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionReceive, factsOf(o, load)); err != nil {
			return err
		}
		if err := load.Receive(s.n.Now()); err != nil {
			return err
		}
		if load.Version != seen {
			return ErrStale
		}
		if err := s.store(ctx, o, &load, &out); err != nil {
			return err
		}
		return work.Begin(ctx, out.Receipt.ID.String())
	})
	if err != nil {
		return ReceivedLoad{}, fmt.Errorf("receive shipment %s: %w", shipment, err)
	}
	out.Shipment = load
	return out, nil
}

// incoming loads a shipment that the caller's company is to receive.
func (s *Service) incoming(ctx context.Context, shipment id.Shipment) (Shipment, Order, caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Shipment{}, Order{}, c, err
	}
	load, err := s.n.Store.Shipment(ctx, shipment)
	if err != nil {
		return Shipment{}, Order{}, c, err
	}
	if c.Org.IsZero() || load.Buyer != c.Org {
		return Shipment{}, Order{}, c, ErrNotFound
	}
	if again := load; work.Begun(ctx) == "" {
		if err := again.Receive(s.n.Now()); err != nil {
			return Shipment{}, Order{}, c, err
		}
	}
	o, err := s.n.Orders.Order(ctx, load.Order, false)
	return load, o, c, err
}

// count checks the input and works out what it means in money.
func (s *Service) count(ctx context.Context, load Shipment, o Order, by caller.Caller, in ReceiptInput) (ReceivedLoad, error) {
	r, err := readReceipt(load, o, in)
	if err != nil {
		return ReceivedLoad{}, err
	}
	r.ReceivedBy, r.At = by.Person, s.n.Now()
	loads, err := s.n.Store.OfOrder(ctx, o.ID)
	if err != nil {
		return ReceivedLoad{}, err
	}
	loads = slices.DeleteFunc(loads, func(l Shipment) bool { return l.ID == load.ID })
	found := arrivals(o, load, r, sent(loads, Received))
	measures := make([]Measure, len(found))
	for i, a := range found {
		if measures[i], err = a.measure(); err != nil {
			return ReceivedLoad{}, err
		}
	}
	verdicts, err := s.n.Settlement.Settle(ctx, measures)
	if err != nil {
		return ReceivedLoad{}, err
	}
	out := ReceivedLoad{Receipt: r}
	for i, a := range found {
		settled, diffs, err := a.conclude(measures[i], verdicts[i])
		if err != nil {
			return ReceivedLoad{}, err
		}
		out.Settled = append(out.Settled, settled)
		out.Differences = append(out.Differences, diffs...)
	}
	return out, nil
}

// receipt is one of a load's order.
func (s *Service) receipt(ctx context.Context, load Shipment, which string) (Receipt, error) {
	all, err := s.n.Store.Receipts(ctx, load.Order)
	if err != nil {
		return Receipt{}, err
	}
	for _, r := range all {
		if r.ID.String() == which {
			return r, nil
		}
	}
	return Receipt{}, ErrNotFound
}

func (s *Service) store(ctx context.Context, o Order, load *Shipment, out *ReceivedLoad) error {
	var err error
	if out.Receipt.Number, err = s.n.Numbers.Next(ctx, ReceiptNumber); err != nil {
		return err
	}
	if err := s.n.Store.Save(ctx, *load); err != nil {
		return err
	}
	load.Version++
	if err := s.n.Store.InsertReceipt(ctx, out.Receipt); err != nil {
		return err
	}
	loads, err := s.n.Store.OfOrder(ctx, o.ID)
	if err != nil {
		return err
	}
	last := whole(o, loads) && !outstanding(loads)
	settled := out.Settled
	if last {
		settled = append(slices.Clone(settled), neverSent(o, loads)...)
	}
	if err := s.n.Orders.MarkReceived(ctx, o.ID, settled, last); err != nil {
		return err
	}
	if len(out.Differences) > 0 {
		if err := s.n.Claims.Open(ctx, o.ID, out.Differences); err != nil {
			return err
		}
	}
	return s.n.Events.Append(ctx, event.ShipmentReceived{
		Consignment: consignment(o, *load), Receipt: out.Receipt.ID.String(),
		ReceiptNumber: out.Receipt.Number, Differences: len(out.Differences), Last: last,
	})
}

// neverSent are lines of which a finished order got nothing: nothing is owed for them.
func neverSent(o Order, loads []Shipment) []Settled {
	got := sent(loads, Received)
	var out []Settled
	for _, l := range o.Lines {
		if got[l.ID] == 0 {
			out = append(out, Settled{l.ID, quantity.Quantity{Unit: l.PricedQty.Unit}, money.Zero(o.Currency)})
		}
	}
	return out
}

func readReceipt(load Shipment, o Order, in ReceiptInput) (Receipt, error) {
	var c fault.Check
	r := Receipt{ID: id.Receipt{}.New(), Shipment: load.ID, Order: o.ID, Note: strings.TrimSpace(in.Note)}
	c.Text("note", in.Note, 0, 2000)
	counted := map[id.OrderLine]int64{}
	mentioned := map[ReceiptLineInput]bool{}
	for i, l := range in.Lines {
		at := fmt.Sprintf("lines[%d].", i)
		sl, ok := load.line(l.Line)
		if !ok {
			c.Add(at+"line", "unknown", "This is not on the shipment.")
			continue
		}
		key := ReceiptLineInput{Line: l.Line, Lot: l.Lot, Damaged: l.Damaged}
		c.If(mentioned[key], at+"line", "repeated", "")
		mentioned[key] = true
		ol, _ := o.Line(l.Line)
		line := readCount(&c, at, l, sl, ol)
		counted[l.Line] += line.Qty.Micro
		r.Lines = append(r.Lines, line)
	}
	for _, l := range load.Lines {
		_, ok := counted[l.Line]
		c.If(!ok, "lines", "missing", fmt.Sprintf("Count line %s too, even if none of it came.", l.Line))
	}
	for i := range r.Lines {
		l := &r.Lines[i]
		sl, _ := load.line(l.Line)
		if l.Outcome == Accepted && counted[l.Line] < sl.Qty.Micro {
			l.Outcome = Short
		}
		if l.Outcome == Accepted && counted[l.Line] > sl.Qty.Micro {
			l.Outcome = Over
		}
	}
	return r, c.Or(ErrReceiptInvalid)
}

func readCount(c *fault.Check, at string, in ReceiptLineInput, sl ShipmentLine, ol OrderLine) ReceiptLine {
	l := ReceiptLine{Line: in.Line, Lot: strings.TrimSpace(in.Lot), Outcome: Accepted, Note: strings.TrimSpace(in.Note)}
	if in.Damaged {
		l.Outcome = Damaged
	}
	c.Text(at+"note", in.Note, 0, 1000)
	l.Qty = readQtyOrNone(c, at+"qty", in.Qty, in.Unit, sl.Qty.Unit)
	// Ten times what was sent is a slip of the pen, not a delivery.
	c.If(l.Qty.Micro/10 > sl.Qty.Micro, at+"qty", "too_large", "Far more than was sent.")
	switch {
	case len(sl.Lots) == 0 && l.Lot != "":
		c.Add(at+"lot", "unexpected", "These goods were sent without a lot.")
	case len(sl.Lots) > 0 && l.Lot == "" && l.Qty.Micro > 0:
		c.Add(at+"lot", "required", "Say which lot arrived.")
	case l.Lot != "" && !slices.Contains(sl.Lots, l.Lot):
		c.Add(at+"lot", "not_shipped", "This lot was not on the shipment.")
	}
	if ol.Basis == Weighed && l.Qty.Micro > 0 {
		c.If(in.WeighedKg == "", at+"weighed_kg", "required", "This line settles on the weighbridge: state the kilograms.")
	}
	if in.WeighedKg != "" {
		m, err := quantity.ParseMicro(in.WeighedKg)
		c.If(err != nil || m <= 0 || m > maxMassMicro, at+"weighed_kg", "malformed", "Write kilograms such as 5998.5.")
		l.WeighedMicro = m
	}
	return l
}

// readQtyOrNone takes zero as well: "none of it came" is a count.
func readQtyOrNone(c *fault.Check, path, value, unit string, want quantity.Unit) quantity.Quantity {
	if m, err := quantity.ParseMicro(value); err == nil && m == 0 {
		return quantity.Quantity{Unit: want}
	}
	return readQty(c, path, value, unit, want)
}
