package pricing

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Catalog knows offers, and forgets its lists when prices order them anew.
type Catalog interface {
	Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]catalog.OfferFacts, error)
	Repriced(ctx context.Context) error
}

// CalcLine is one line to calculate: the price is chosen, the quantity as asked for.
type CalcLine struct {
	Offer          id.Offer
	Item           id.Item
	SKU            string
	Category       string
	Basis          catalog.Basis
	Qty            quantity.Quantity
	KgPerUnitMicro int64
	Price          money.Price
}

// CalcResult is the quantity in the price's unit, the amount, and what it is based on.
type CalcResult struct {
	Qty    quantity.Quantity
	Amount money.Money
	Note   string // "theoretical weight by GB/T 11263", empty where there is nothing to say
}

// Calculator turns quantities into amounts, all lines of a cart at once and in order. A
// plugin may stand behind it, so it is never called inside a unit.
type Calculator interface {
	Calculate(ctx context.Context, lines []CalcLine) ([]CalcResult, error)
}

// Store keeps prices, floors and indices.
type Store interface {
	// Prices are those of the offers that a buyer may see: public ones and its own. A zero
	// buyer sees public ones alone.
	Prices(ctx context.Context, offers []id.Offer, buyer id.Org) ([]Price, error)
	Put(ctx context.Context, ps []Price) error
	// End lets an offer's price list for a buyer end now, but for what keep names.
	End(ctx context.Context, offer id.Offer, buyer id.Org, keep []id.Price, at time.Time) error
	// AllPrices are the prices of everybody, with terms, of all open offers of the items.
	AllPrices(ctx context.Context, items []id.Item, at time.Time) ([]OfferTerms, []Price, error)
	PutFloors(ctx context.Context, items []id.Item, fs []Floor) error
	StaleItems(ctx context.Context, at time.Time, limit int) ([]id.Item, error)
	PutIndices(ctx context.Context, is []Index) error
	Indices(ctx context.Context, since time.Time) ([]Index, error)
}
