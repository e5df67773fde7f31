package fulfilment

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Store keeps shipments and receipts.
type Store interface {
	Insert(ctx context.Context, s Shipment) error
	Save(ctx context.Context, s Shipment) error // head and state; stale is ErrStale
	Shipment(ctx context.Context, shipment id.Shipment) (Shipment, error)
	Lock(ctx context.Context, shipment id.Shipment) (Shipment, error)
	OfOrder(ctx context.Context, order id.Order) ([]Shipment, error)
	Preparing(ctx context.Context, before time.Time, most int) ([]id.Shipment, error)
	InsertReceipt(ctx context.Context, r Receipt) error // a second one is ErrAlreadyReceived
	Receipts(ctx context.Context, order id.Order) ([]Receipt, error)
}

// Basis is what a line is charged on.
type Basis string

// Weighed lines settle on the weighbridge; the others by count.
const Weighed Basis = "weighed"

// Order is what fulfilment must know of an order.
type Order struct {
	ID        id.Order
	Number    string
	Buyer     id.Org
	Seller    id.Org
	Currency  money.Currency
	From, To  Place
	Shippable bool // accepted, paid for, and something left to send
	Lines     []OrderLine
}

// OrderLine is one line as it was agreed.
type OrderLine struct {
	ID             id.OrderLine
	Position       int
	Offer          id.Offer
	SKU            string
	Names          map[string]string
	Qty            quantity.Quantity
	Price          money.Price
	PricedQty      quantity.Quantity // Qty in the price's unit
	Basis          Basis
	Goods          money.Money
	KgPerUnitMicro int64             // of one unit of Qty; 0 where unknown
	PriceSource    map[string]string // where the price came from, for the plugin that made it
}

// Line finds a line of the order.
func (o Order) Line(want id.OrderLine) (OrderLine, bool) {
	for _, l := range o.Lines {
		if l.ID == want {
			return l, true
		}
	}
	return OrderLine{}, false
}

// Orders answers about orders and is told what happened to their goods. Order answers a
// NotFound fault when there is none; hold keeps it locked until the unit ends.
type Orders interface {
	Order(ctx context.Context, order id.Order, hold bool) (Order, error)
	MarkShipped(ctx context.Context, order id.Order, whole bool) error
	MarkReceived(ctx context.Context, order id.Order, lines []Settled, last bool) error
}

// StockLine is what leaves the seller's warehouse for one order line. Last puts back
// what remains held for it: nothing more will be sent.
type StockLine struct {
	Line  id.OrderLine
	Offer id.Offer
	Qty   quantity.Quantity
	Last  bool
}

// Stock is the seller's warehouse, inside the unit. Ship answers which lots the goods
// were taken from; lines whose goods have none, or that no stock is kept of, are absent.
type Stock interface {
	Ship(ctx context.Context, lines []StockLine) (map[id.OrderLine][]string, error)
	Release(ctx context.Context, lines []id.OrderLine) error
}

// Place is where goods start or end.
type Place struct {
	Country  string `json:"country,omitempty"`
	City     string `json:"city,omitempty"`
	Postcode string `json:"postcode,omitempty"`
	Street   string `json:"street,omitempty"`
	Name     string `json:"name,omitempty"`
}

// RateAsk is a load to be moved.
type RateAsk struct {
	From, To    Place
	MassKgMicro int64
	Currency    money.Currency
	ReadyAt     time.Time
}

// Offer is one way to move it.
type Offer struct {
	Plugin     string
	ID         string
	Carrier    string
	Service    string
	Amount     money.Money
	ETADays    int
	ValidUntil time.Time
	Features   []string
}

// Rater prices freight. Plugins stand behind it, so never inside a unit of work.
type Rater interface {
	Rates(ctx context.Context, ask RateAsk) ([]Offer, error)
}

// BookAsk takes an offer for a shipment.
type BookAsk struct {
	Shipment    id.Shipment
	Plugin      string
	OfferID     string
	From, To    Place
	MassKgMicro int64
}

// Booked is the carrier's promise.
type Booked struct {
	ID       string
	Carrier  string
	Service  string
	Tracking string
	ETA      time.Time
}

// Carrier books transport. The same key books once, however often it is asked; a refusal
// is a fault other than Unavailable, and after Unavailable nobody knows. Never called
// inside a unit of work.
type Carrier interface {
	Book(ctx context.Context, key string, ask BookAsk) (Booked, error)
}

// Claims takes differences found on receipt, in the receipt's unit; aftersales answers.
type Claims interface {
	Open(ctx context.Context, order id.Order, differences []Difference) error
}

// Numbers gives out document numbers inside the unit.
type Numbers interface {
	Next(ctx context.Context, kind string) (string, error)
}

// What Numbers is asked for.
const (
	ShipmentNumber = "shipment"
	ReceiptNumber  = "receipt"
)
