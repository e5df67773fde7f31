package fulfilment

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Outcome is how goods were found.
type Outcome string

// The outcomes of counting a line. Short and over follow from the count; the receiver
// only has to say what is damaged.
const (
	Accepted Outcome = "accepted"
	Short    Outcome = "short"
	Over     Outcome = "over"
	Damaged  Outcome = "damaged"
)

// Receipt is what the buyer found in a shipment.
type Receipt struct {
	ID         id.Receipt
	Number     string
	Shipment   id.Shipment
	Order      id.Order
	ReceivedBy id.Person
	At         time.Time
	Note       string
	Lines      []ReceiptLine
}

// ReceiptLine is one count: of a line, of a lot, of what is sound or what is damaged.
type ReceiptLine struct {
	Line         id.OrderLine
	Qty          quantity.Quantity
	WeighedMicro int64 // millionths of a kilogram; 0 where nothing was weighed
	Lot          string
	Outcome      Outcome
	Note         string
}

// Kind says in what a line differs; the words are aftersales'.
type Kind string

// The kinds of difference found on receipt.
const (
	DiffShort   Kind = "short"
	DiffOver    Kind = "over"
	DiffDamaged Kind = "damaged"
	DiffWeight  Kind = "weight"
)

// Difference is a deviation beyond the tolerance. Amount is what the buyer would pay
// less if it is accepted; nothing for a surplus.
type Difference struct {
	Line     id.OrderLine
	Kind     Kind
	Expected quantity.Quantity
	Actual   quantity.Quantity
	Amount   money.Money
	Note     string
}

// Arrived is all that came of one order line, sound or not.
type Arrived struct {
	Line         OrderLine
	Before       quantity.Quantity // received in earlier loads, in the line's unit
	Shipped      quantity.Quantity // on this load
	Qty          quantity.Quantity // counted
	DamagedMicro int64             // of Qty
	WeighedMicro int64             // kilograms in millionths; 0 where nothing was weighed
	Note         string
}

// Settled is what a line comes to, in the price's unit.
type Settled struct {
	Line id.OrderLine
	Qty  quantity.Quantity
	Sum  money.Money
}

// arrivals adds the counts up per order line.
func arrivals(o Order, s Shipment, r Receipt, before map[id.OrderLine]int64) []Arrived {
	var out []Arrived
	for _, ol := range o.Lines {
		load, ok := s.line(ol.ID)
		if !ok {
			continue
		}
		a := Arrived{Line: ol, Shipped: load.Qty, Qty: quantity.Quantity{Unit: ol.Qty.Unit}, Before: quantity.Quantity{Micro: before[ol.ID], Unit: ol.Qty.Unit}}
		for _, l := range r.Lines {
			if l.Line != ol.ID {
				continue
			}
			a.Qty.Micro += l.Qty.Micro
			a.WeighedMicro += l.WeighedMicro
			if l.Outcome == Damaged {
				a.DamagedMicro += l.Qty.Micro
			}
			if a.Note == "" {
				a.Note = l.Note
			}
		}
		out = append(out, a)
	}
	return out
}
