package fulfilment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/work"
)

// ShipInput is a load as the seller wrote it. Without lines it is all that is left.
// OfferID takes a freight offer; otherwise Carrier names who drives.
type ShipInput struct {
	Lines    []ShipLineInput
	Plugin   string
	OfferID  string
	MassKg   string // of the load, where the goods' own is not known
	Carrier  string
	Service  string
	Tracking string
	Vehicle  string
	ETA      string // a day
	Final    bool
	Note     string
}

// ShipLineInput is one line as written; an empty Qty is all that is left of it.
type ShipLineInput struct {
	Line id.OrderLine
	Qty  string
	Unit string
	Lots []string
}

// Ship sends goods on their way. Where a carrier has to be booked there are three steps:
// the goods are set aside, the carrier is asked outside any transaction, and the answer
// is kept; a process that dies in between leaves a load that Resume finishes.
func (s *Service) Ship(ctx context.Context, order id.Order, in ShipInput) (Shipment, error) {
	if work.Active(ctx) && in.OfferID != "" {
		return Shipment{}, fmt.Errorf("ship order %s: a carrier is asked outside a unit of work", order)
	}
	var load Shipment
	if done, err := s.begun(ctx, &load); err != nil || done {
		return load, err
	}
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		o, c, err := s.sellers(ctx, order, true)
		if err != nil {
			return err
		}
		if load, err = s.load(ctx, o, c, in); err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionShip, factsOf(o, load)); err != nil {
			return err
		}
		if load.Number, err = s.n.Numbers.Next(ctx, ShipmentNumber); err != nil {
			return err
		}
		if err := s.n.Store.Insert(ctx, load); err != nil {
			return err
		}
		if err := work.Begin(ctx, load.ID.String()); err != nil {
			return err
		}
		if load.Booking.Asked() {
			return s.n.Events.Append(ctx, event.ShipmentPrepared{Consignment: consignment(o, load)})
		}
		return s.leave(ctx, o, &load)
	})
	if err != nil {
		return Shipment{}, fmt.Errorf("ship order %s: %w", order, err)
	}
	if load.Booking.Asked() {
		return s.book(ctx, load.ID)
	}
	return load, nil
}

// begun goes on with the load that this same request has set aside before, when the carrier
// was not to be reached or the answer was lost. One that was given up is begun anew.
func (s *Service) begun(ctx context.Context, load *Shipment) (bool, error) {
	was := work.Begun(ctx)
	if was == "" {
		return false, nil
	}
	var sid id.Shipment
	err := sid.UnmarshalText([]byte(was))
	if err != nil {
		return false, err
	}
	if *load, err = s.n.Store.Shipment(ctx, sid); err != nil || load.State == Abandoned {
		return false, err
	}
	if load.State == Preparing && load.Booking.Asked() {
		*load, err = s.book(ctx, sid)
	}
	return true, err
}

// leave moves a prepared load out of the warehouse and tells ordering.
func (s *Service) leave(ctx context.Context, o Order, load *Shipment) error {
	if err := load.Leave(s.n.Now()); err != nil {
		return err
	}
	if err := s.takeOut(ctx, o, load); err != nil {
		return err
	}
	if err := s.n.Store.Save(ctx, *load); err != nil {
		return err
	}
	load.Version++
	loads, err := s.n.Store.OfOrder(ctx, o.ID)
	if err != nil {
		return err
	}
	all := whole(o, loads)
	if err := s.n.Orders.MarkShipped(ctx, o.ID, all); err != nil {
		return err
	}
	return s.n.Events.Append(ctx, event.ShipmentSent{Consignment: consignment(o, *load), Carrier: load.Carrier, Tracking: load.Tracking, Vehicle: load.Vehicle, Whole: all})
}

// load checks the input against what is left of the order.
func (s *Service) load(ctx context.Context, o Order, by caller.Caller, in ShipInput) (Shipment, error) {
	earlier, err := s.n.Store.OfOrder(ctx, o.ID)
	if err != nil {
		return Shipment{}, err
	}
	gone := sent(earlier, Preparing, Shipped, Received)
	if !o.Shippable || whole(o, earlier) {
		return Shipment{}, ErrNotShippable
	}
	var c fault.Check
	load := Shipment{
		ID: id.Shipment{}.New(), Order: o.ID, Buyer: o.Buyer, Seller: o.Seller, Carrier: strings.TrimSpace(in.Carrier), Service: strings.TrimSpace(in.Service),
		Tracking: strings.TrimSpace(in.Tracking), Vehicle: strings.TrimSpace(in.Vehicle), Final: in.Final, Note: strings.TrimSpace(in.Note),
		State: Preparing, ShippedBy: by.Person, ShippedAt: s.n.Now(), Version: 1, Booking: Booking{Plugin: in.Plugin, OfferID: in.OfferID},
	}
	least := 1
	if in.OfferID != "" {
		least = 0
	}
	for _, f := range []struct {
		path, text  string
		least, most int
	}{
		{"carrier", in.Carrier, least, 100},
		{"service", in.Service, 0, 100},
		{"tracking", in.Tracking, 0, 100},
		{"vehicle", in.Vehicle, 0, 60},
		{"note", in.Note, 0, 2000},
		{"offer", in.OfferID, 0, 2000},
		{"plugin", in.Plugin, 0, 100},
	} {
		c.Text(f.path, f.text, f.least, f.most)
	}
	load.ETA = readETA(&c, in.ETA, s.n.Now())
	s.lines(&c, &load, o, in.Lines, gone)
	if err := c.Or(ErrShipInvalid); err != nil {
		return Shipment{}, err
	}
	if load.Booking.Asked() {
		load.Booking.MassKg, err = mass(o, load.Lines, in.MassKg)
	}
	return load, err
}

func (s *Service) lines(c *fault.Check, load *Shipment, o Order, in []ShipLineInput, gone map[id.OrderLine]int64) {
	if len(in) == 0 {
		for _, l := range o.Lines {
			if left := l.Qty.Micro - gone[l.ID]; left > 0 {
				load.Lines = append(load.Lines, ShipmentLine{Line: l.ID, Qty: quantity.Quantity{Micro: left, Unit: l.Qty.Unit}})
			}
		}
		c.If(len(load.Lines) == 0, "lines", "required", "Nothing is left to send.")
		return
	}
	seen := map[id.OrderLine]bool{}
	for i, l := range in {
		at := fmt.Sprintf("lines[%d].", i)
		ol, ok := o.Line(l.Line)
		if !ok || seen[l.Line] {
			c.Add(at+"line", map[bool]string{true: "repeated", false: "unknown"}[ok], "")
			continue
		}
		seen[l.Line] = true
		left := ol.Qty.Micro - gone[l.Line]
		qty := quantity.Quantity{Micro: left, Unit: ol.Qty.Unit}
		if l.Qty != "" {
			qty = readQty(c, at+"qty", l.Qty, l.Unit, ol.Qty.Unit)
		}
		c.If(qty.Micro > left, at+"qty", "too_large", "This is more than is left of the order.")
		c.If(left <= 0, at+"qty", "nothing_left", "All of this line has been sent.")
		load.Lines = append(load.Lines, ShipmentLine{Line: l.Line, Qty: qty, Lots: readLots(c, at+"lots", l.Lots)})
	}
}

// readQty reads a positive quantity in the line's own unit; another unit of mass will do
// where the line is by mass.
func readQty(c *fault.Check, path, value, unit string, want quantity.Unit) quantity.Quantity {
	if unit == "" {
		unit = string(want)
	}
	q, err := quantity.Parse(value, unit)
	if err != nil {
		c.Add(path, "malformed", fault.From(err).Detail)
		return quantity.Quantity{Unit: want}
	}
	own, err := q.In(want, 0)
	switch {
	case err != nil:
		c.Add(path, "unit_mismatch", fmt.Sprintf("This line is in %s.", want))
		return quantity.Quantity{Unit: want}
	case own.Micro <= 0:
		c.Add(path, "not_positive", "")
	}
	return own
}

func readLots(c *fault.Check, path string, lots []string) []string {
	c.If(len(lots) > 50, path, "too_many", "")
	var out []string
	for i, l := range lots {
		c.Text(fmt.Sprintf("%s[%d]", path, i), l, 1, 60)
		if l = strings.TrimSpace(l); !slices.Contains(out, l) {
			out = append(out, l)
		}
	}
	return out
}

func readETA(c *fault.Check, value string, now time.Time) time.Time {
	if value == "" {
		return time.Time{}
	}
	day, err := time.Parse(time.DateOnly, value)
	switch {
	case err != nil:
		c.Add("eta", "malformed", "Write a day as 2026-12-31.")
	case day.Before(now.Add(-36 * time.Hour)):
		c.Add("eta", "past", "")
	case day.After(now.AddDate(2, 0, 0)):
		c.Add("eta", "too_far", "")
	}
	return day
}

// takeOut moves the load's goods off the shelves and notes the lots they came from. Lots
// that the seller named must be among them: the paper has to say what is on the lorry.
func (s *Service) takeOut(ctx context.Context, o Order, load *Shipment) error {
	stock := make([]StockLine, 0, len(load.Lines))
	for _, l := range load.Lines {
		if ol, _ := o.Line(l.Line); !ol.Offer.IsZero() {
			stock = append(stock, StockLine{Line: l.Line, Offer: ol.Offer, Qty: l.Qty, Last: load.Final})
		}
	}
	took, err := s.n.Stock.Ship(ctx, stock)
	if err != nil {
		return err
	}
	var c fault.Check
	for i := range load.Lines {
		l := &load.Lines[i]
		lots, byLot := took[l.Line]
		if !byLot {
			continue // no stock is kept of it: what the seller wrote stands
		}
		for _, named := range l.Lots {
			c.If(!slices.Contains(lots, named), fmt.Sprintf("lines[%d].lots", i), "not_held", fmt.Sprintf("Lot %s is not the one set aside for this order.", named))
		}
		l.Lots = lots
	}
	if err := c.Or(ErrShipInvalid); err != nil {
		return err
	}
	return s.putBack(ctx, o, *load)
}

// putBack frees what is still held for lines of which a final load sends nothing.
func (s *Service) putBack(ctx context.Context, o Order, load Shipment) error {
	if !load.Final {
		return nil
	}
	var rest []id.OrderLine
	for _, l := range o.Lines {
		if _, on := load.line(l.ID); !on && !l.Offer.IsZero() {
			rest = append(rest, l.ID)
		}
	}
	if len(rest) == 0 {
		return nil
	}
	return s.n.Stock.Release(ctx, rest)
}

// mass is what a load weighs, in millionths of a kilogram: as stated, or from the goods.
func mass(o Order, lines []ShipmentLine, stated string) (int64, error) {
	if stated != "" {
		m, err := quantity.ParseMicro(stated)
		if err != nil || m <= 0 || m > maxMassMicro {
			return 0, ErrShipInvalid.At(fault.Field{Path: "mass_kg", Reason: "malformed"})
		}
		return m, nil
	}
	var sum int64
	for _, l := range lines {
		ol, _ := o.Line(l.Line)
		kg, err := l.Qty.In(quantity.Kilogram, ol.KgPerUnitMicro)
		if err != nil {
			return 0, ErrMassUnknown
		}
		sum += kg.Micro
	}
	if sum <= 0 || sum > maxMassMicro {
		return 0, ErrMassUnknown
	}
	return sum, nil
}

// maxMassMicro is a million tonnes: more than any ship carries.
const maxMassMicro = 1_000_000_000 * quantity.Scale
