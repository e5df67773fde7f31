// Package fulfilment is how goods get from seller to buyer: freight offers, shipments,
// and the receipt on which the buyer counts and weighs what came.
//
// What arrived is worth what it measures; where it differs from what was sent by more
// than the tolerance, the difference becomes a claim, and until that is decided the
// order stands at the seller's figure.
package fulfilment

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// State is where a shipment stands.
type State string

// The states of a shipment. One without a carrier to book is shipped at once.
const (
	Preparing State = "preparing" // its goods are set aside while the carrier is asked
	Shipped   State = "shipped"
	Received  State = "received"
	Abandoned State = "abandoned" // the carrier refused; its goods are free again
)

// Shipment is one load of an order.
type Shipment struct {
	ID         id.Shipment
	Number     string
	Order      id.Order
	Buyer      id.Org
	Seller     id.Org
	Carrier    string
	Service    string
	Tracking   string
	Vehicle    string // lorry or wagon number, for own transport
	ETA        time.Time
	Booking    Booking
	Final      bool // nothing more of the order will be sent
	Note       string
	State      State
	ShippedBy  id.Person
	ShippedAt  time.Time
	ReceivedAt time.Time
	Lines      []ShipmentLine
	Version    int64
}

// ShipmentLine is how much of an order line is on the load, in the line's unit.
type ShipmentLine struct {
	Line id.OrderLine
	Qty  quantity.Quantity
	Lots []string
}

// Booking is the carrier's side, where a plugin booked one. OfferID is what was taken.
type Booking struct {
	Plugin  string `json:"plugin,omitempty"`
	OfferID string `json:"offer_id,omitempty"`
	ID      string `json:"id,omitempty"`
	MassKg  int64  `json:"mass_kg_micro,omitempty"`
}

// Asked reports whether a carrier has to be booked.
func (b Booking) Asked() bool { return b.OfferID != "" }

// Leave notes that the goods are on their way.
func (s *Shipment) Leave(now time.Time) error {
	if s.State != Preparing {
		return ErrNotPreparing
	}
	s.State, s.ShippedAt = Shipped, now
	return nil
}

// Abandon frees the goods of a load that no carrier took.
func (s *Shipment) Abandon(why string) error {
	if s.State != Preparing {
		return ErrNotPreparing
	}
	s.State, s.Note = Abandoned, why
	return nil
}

// Receive notes the arrival. A load arrives once.
func (s *Shipment) Receive(now time.Time) error {
	switch s.State {
	case Shipped:
		s.State, s.ReceivedAt = Received, now
		return nil
	case Received:
		return ErrAlreadyReceived
	}
	return ErrNotShipped
}

// line finds the share of an order line on the load.
func (s Shipment) line(want id.OrderLine) (ShipmentLine, bool) {
	for _, l := range s.Lines {
		if l.Line == want {
			return l, true
		}
	}
	return ShipmentLine{}, false
}

// sent adds up what loads in the given states hold of each order line.
func sent(loads []Shipment, states ...State) map[id.OrderLine]int64 {
	sum := map[id.OrderLine]int64{}
	for _, s := range loads {
		for _, state := range states {
			if s.State != state {
				continue
			}
			for _, l := range s.Lines {
				sum[l.Line] += l.Qty.Micro
			}
		}
	}
	return sum
}

// whole reports whether nothing of the order is left to send.
func whole(o Order, loads []Shipment) bool {
	left := sent(loads, Shipped, Received)
	all := true
	for _, l := range o.Lines {
		all = all && left[l.ID] >= l.Qty.Micro
	}
	for _, s := range loads {
		all = all || (s.Final && (s.State == Shipped || s.State == Received))
	}
	return all
}

// outstanding reports whether a load is still on its way, or about to leave.
func outstanding(loads []Shipment) bool {
	for _, s := range loads {
		if s.State == Shipped || s.State == Preparing {
			return true
		}
	}
	return false
}
