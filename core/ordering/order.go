// Package ordering is where a purchase becomes binding: carts, checkouts, the approvals
// a company asks of its own people, and orders, one per seller.
package ordering

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// State is where the agreement itself stands.
type State string

// Payment is where the money stands.
type Payment string

// Fulfilment is where the goods stand.
type Fulfilment string

// Aftersale is whether something about the order is contested.
type Aftersale string

// The four axes move independently; what a person calls "the status" is derived.
const (
	AwaitingApproval State = "awaiting_approval"
	Placed           State = "placed"
	Accepted         State = "accepted"
	Declined         State = "declined"
	Cancelled        State = "cancelled"
	Completed        State = "completed"

	PaymentNone     Payment = "none"
	PaymentPending  Payment = "pending"
	PaymentFunded   Payment = "funded"
	PaymentReleased Payment = "released"
	PaymentRefunded Payment = "refunded"

	NotShipped    Fulfilment = "none"
	PartlyShipped Fulfilment = "partly_shipped"
	Shipped       Fulfilment = "shipped"
	Received      Fulfilment = "received"

	NoClaim Aftersale = "none"
	Claimed Aftersale = "claimed"
	Settled Aftersale = "settled"
)

// Order is one buyer's order with one seller. Total = Goods − Discount + Freight + Tax.
type Order struct {
	ID       id.Order
	Number   string
	Group    id.Group
	Buyer    id.Org
	Seller   id.Org
	Currency money.Currency

	Goods, Discount, Freight, Tax, Total money.Money
	TaxRateMicro                         int64 // 130000 is 13 %

	State      State
	Payment    Payment
	Fulfilment Fulfilment
	Aftersale  Aftersale

	PONumber       string // the buyer's own number
	CostCentre     id.CostCentre
	ShipTo         Address
	Note           string
	FreightService string // "carrier · service", empty when the buyer collects
	PlacedBy       id.Person
	Consent        id.Representation // by which a representative placed it for the company; none for its own people
	PlacedAt       time.Time
	AcceptedAt     time.Time
	CompletedAt    time.Time
	Version        int64 // guards against two people acting at once
	Lines          []Line
}

// Basis is what a line is charged on.
type Basis string

// A theoretical or weighed line is priced by mass; a weighed one settles on the scale.
const (
	ByPiece       Basis = "piece"
	ByTheoretical Basis = "theoretical"
	ByWeight      Basis = "weighed"
)

// Line is what is bought, with the price as it was promised and where it came from.
type Line struct {
	ID          id.OrderLine
	Position    int
	Offer       id.Offer
	Item        id.Item
	SKU         string
	Names       map[string]string
	Qty         quantity.Quantity // as ordered
	Price       money.Price
	PricedQty   quantity.Quantity // Qty in the price's unit
	Basis       Basis
	Goods       money.Money
	PriceSource map[string]string

	SettledQty *quantity.Quantity // in the price's unit, once received
	SettledSum *money.Money
}

// Address is where the goods go, copied so that a later move does not rewrite history.
type Address struct {
	Label    string `json:"label,omitempty"`
	Contact  string `json:"contact,omitempty"`
	Phone    string `json:"phone,omitempty"`
	Street   string `json:"street,omitempty"`
	City     string `json:"city,omitempty"`
	Region   string `json:"region,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	Country  string `json:"country,omitempty"`
}

// place is where that is to a carrier.
func (a Address) place() Place { return Place{City: a.City, Country: a.Country} }

// sum fills the order's amounts from its lines, freight and tax rate. Tax is on goods
// less discount plus freight, rounded once.
func (o *Order) sum() error {
	goods := money.Zero(o.Currency)
	var err error
	for _, l := range o.Lines {
		if goods, err = goods.Add(l.Goods); err != nil {
			return err
		}
	}
	o.Goods = goods
	taxable, err := goods.Sub(o.Discount)
	if err != nil {
		return err
	}
	if taxable, err = taxable.Add(o.Freight); err != nil {
		return err
	}
	if o.Tax, err = taxable.Share(o.TaxRateMicro); err != nil {
		return err
	}
	o.Total, err = taxable.Add(o.Tax)
	return err
}

// SettledTotal is what the buyer owes after receipt: settled goods, never more than was
// ordered, with freight and tax. Until receipt it is the total.
func (o Order) SettledTotal() (money.Money, error) {
	s := o
	s.Lines = make([]Line, len(o.Lines))
	for i, l := range o.Lines {
		if l.SettledSum != nil {
			l.Goods = *l.SettledSum
			if l.Goods.Minor > o.Lines[i].Goods.Minor {
				l.Goods = o.Lines[i].Goods // escrow holds no more than was agreed
			}
		}
		s.Lines[i] = l
	}
	err := s.sum()
	return s.Total, err
}

// Status is the one word a list shows: the axis that says most about what comes next.
func (o Order) Status() string {
	switch {
	case o.State != Accepted && o.State != Placed:
		return string(o.State)
	case o.Aftersale == Claimed:
		return string(Claimed)
	case o.Fulfilment != NotShipped:
		return string(o.Fulfilment)
	case o.State == Accepted && o.Payment == PaymentFunded:
		return "ready_to_ship"
	case o.Payment == PaymentFunded:
		return "paid"
	case o.Payment == PaymentNone || o.Payment == PaymentPending:
		return "awaiting_payment"
	}
	return string(o.State)
}
