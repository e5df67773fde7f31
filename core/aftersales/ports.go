package aftersales

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/quantity"
)

// Store keeps claims.
type Store interface {
	Insert(ctx context.Context, c Claim) error
	Save(ctx context.Context, c Claim) error // state and answer; stale is ErrStale
	Claim(ctx context.Context, claim id.Claim) (Claim, error)
	Lock(ctx context.Context, claim id.Claim) (Claim, error)
	OfOrder(ctx context.Context, order id.Order) ([]Claim, error)
	List(ctx context.Context, f Filter, p page.Request) (page.List[Claim], error)
}

// Filter narrows a list; a zero buyer and seller is the operator's, who sees all.
type Filter struct {
	Buyer, Seller id.Org
	State         State
}

// Order is what aftersales must know of an order. Claimable: goods have been shipped and
// the money is still in escrow.
type Order struct {
	ID        id.Order
	Number    string
	Buyer     id.Org
	Seller    id.Org
	Currency  money.Currency
	Claimable bool
	Lines     []OrderLine
}

// OrderLine is a line with what it stands at.
type OrderLine struct {
	ID         id.OrderLine
	Position   int
	SKU        string
	Qty        quantity.Quantity
	PricedQty  quantity.Quantity
	Goods      money.Money
	SettledQty *quantity.Quantity // once something was received
	SettledSum *money.Money
}

// standing is what the line comes to at the moment.
func (l OrderLine) standing() (quantity.Quantity, money.Money) {
	qty, sum := l.PricedQty, l.Goods
	if l.SettledQty != nil {
		qty = *l.SettledQty
	}
	if l.SettledSum != nil {
		sum = *l.SettledSum
	}
	return qty, sum
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

// Orders answers about orders and is told how claims change them; hold keeps the order
// locked until the unit ends.
type Orders interface {
	Order(ctx context.Context, order id.Order, hold bool) (Order, error)
	Resettle(ctx context.Context, order id.Order, line id.OrderLine, qty quantity.Quantity, sum money.Money) error
	MarkClaimed(ctx context.Context, order id.Order) error
	MarkSettled(ctx context.Context, order id.Order) error
}

// Numbers gives out document numbers inside the unit.
type Numbers interface {
	Next(ctx context.Context, kind string) (string, error)
}

// NumberKind is what Numbers is asked for.
const NumberKind = "claim"

// Difference is what fulfilment found on receipt.
type Difference struct {
	Line     id.OrderLine
	Kind     Kind
	Expected quantity.Quantity
	Actual   quantity.Quantity
	Amount   money.Money
	Note     string
}
