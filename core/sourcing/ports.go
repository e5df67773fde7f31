package sourcing

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/quantity"
)

// Store keeps requests, quotes and awards. Every method runs inside the current unit of
// work when there is one. Saving a stale version answers ErrStale.
type Store interface {
	Insert(ctx context.Context, r RFQ) error
	Save(ctx context.Context, r RFQ) error    // the head and the state
	Rewrite(ctx context.Context, r RFQ) error // head, lines, sellers and files of a draft
	RFQ(ctx context.Context, rfq id.RFQ) (RFQ, error)
	Lock(ctx context.Context, rfq id.RFQ) (RFQ, error) // RFQ, held until the unit ends
	List(ctx context.Context, which Listing, p page.Request) (page.List[Summary], error)
	Due(ctx context.Context, now time.Time, most int) ([]id.RFQ, error)
	SaveInvitation(ctx context.Context, rfq id.RFQ, v Invitation) error

	// Quotes are all versions, newest first per seller; a zero seller means everybody's.
	Quotes(ctx context.Context, rfq id.RFQ, seller id.Org) ([]Quote, error)
	Quote(ctx context.Context, quote id.Quote) (Quote, error)
	InsertQuote(ctx context.Context, q Quote) error
	SaveQuote(ctx context.Context, q Quote) error // the state alone: quotes are immutable
	InsertAward(ctx context.Context, a Award) error
	Award(ctx context.Context, rfq id.RFQ) (Award, error) // zero when there is none
}

// Item is what sourcing must know of a catalogue item.
type Item struct {
	SKU            string
	Names          map[string]string
	Unit           quantity.Unit
	KgPerUnitMicro int64  // millionths of a kilogram in one unit; 0 where unknown
	Regulated      string // a schedule such as "CII", empty for free goods
}

// Offer is what sourcing must know of a seller's offer that a quote refers to.
type Offer struct {
	Item   id.Item
	Seller id.Org
}

// Catalog answers facts about goods. What does not exist, or may not be traded, is
// absent from the answer.
type Catalog interface {
	Items(ctx context.Context, ids []id.Item) (map[id.Item]Item, error)
	Offers(ctx context.Context, ids []id.Offer) (map[id.Offer]Offer, error)
}

// Company is what sourcing must know of a party.
type Company struct {
	Name      string
	NameLocal string
	City      string
	Country   string
	Buys      bool
	Sells     bool
	Approved  bool
}

// Companies answers facts about parties; unknown ones are absent.
type Companies interface {
	Companies(ctx context.Context, ids []id.Org) (map[id.Org]Company, error)
}

// Files says which of the files belong to the company; others are absent.
type Files interface {
	Owned(ctx context.Context, org id.Org, files []id.Blob) (map[id.Blob]File, error)
}

// File is an attachment's name and size.
type File struct {
	Name      string
	MediaType string
	Size      int64
}

// Numbers gives the next human number of a kind, "RFQ-2026-000123", inside the unit.
type Numbers interface {
	Next(ctx context.Context, kind string) (string, error)
}

// NumberKind is what Numbers is asked for.
const NumberKind = "rfq"

// Basis says on what the goods' amount is computed.
type Basis string

// The bases of a price. Steel by the tonne is paid on the table's weight
// ("theoretical") or on the weighbridge's ("weighed").
const (
	ByPiece     Basis = "piece"
	Theoretical Basis = "theoretical"
	Weighed     Basis = "weighed"
)

// AwardedGroup is what an award asks ordering to place: one order per seller.
type AwardedGroup struct {
	RFQ      id.RFQ
	Number   string
	Buyer    id.Org
	ShipTo   Address
	Incoterm string
	Currency money.Currency
	Orders   []AwardedOrder
}

// AwardedOrder is one seller's share. Freight is fixed; tax is on goods and freight.
type AwardedOrder struct {
	Seller       id.Org
	Quote        id.Quote
	Freight      money.Money
	TaxRateMicro int64
	PaymentDays  int
	Lines        []AwardedLine
}

// AwardedLine is one line as it was quoted. Qty is in the unit that was asked for,
// PricedQty the same amount in the unit of the price.
type AwardedLine struct {
	RFQLine        id.RFQLine
	Item           id.Item
	Offer          id.Offer
	SKU            string
	Names          map[string]string
	Qty            quantity.Quantity
	Price          money.Price
	PricedQty      quantity.Quantity
	Goods          money.Money
	Basis          Basis
	KgPerUnitMicro int64
	LeadDays       int
	NeedBy         time.Time
}

// PlacedOrder is an order that resulted.
type PlacedOrder struct {
	Order  id.Order
	Number string
}

// Orders places what was awarded, in the same unit of work, with the same checks as any
// order. The answer is by seller.
type Orders interface {
	PlaceAwarded(ctx context.Context, g AwardedGroup) (map[id.Org]PlacedOrder, error)
}
