// Package storefront is what visitors and buyers see of a marketplace: home, lists, items,
// sellers, cart and checkout. The types here are what its templates take; they hold text
// and typed amounts, and no rule.
package storefront

import (
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Home is the front page. Each theme composes it in its own way and leaves out what is
// empty: steel begins with Board, pharma with the search, procure with Desk.
type Home struct {
	frame.Frame
	Intro      string // one sentence about the market, in the reader's language
	Items      int    // published items
	Offers     int
	Sellers    int
	BoardDay   time.Time
	Board      []BoardRow
	Categories []CategoryTile
	Classes    []CategoryTile // pharma: therapeutic or dosage classes
	UrgentRFQs []RFQRow
	Featured   []Card
	Companies  []SellerTile
	Notices    []Notice
	Licence    *LicenceStatus // of the reader's company, where the market is licence-bound
	Desk       *Desk          // the reader's own work, where the market is a portal
	Popular    []theme.Link   // searches
}

// BoardRow is one family on the price board.
type BoardRow struct {
	Key, Name, Spec string
	URL             string
	Price           money.Price
	Delta           string  // "+18" in the currency, already written
	DeltaPct        string  // "+0.47 %"
	Up              int     // 1, 0, -1
	Line            []int64 // thirty closings, oldest first
	Low, High       string  // of those thirty days
	Draw            string  // kind of section
	Dims            map[string]string
}

// CategoryTile is one entrance to the catalogue.
type CategoryTile struct {
	Name, URL, Text string
	Count           int
	Draw            string
	Dims            map[string]string
	Children        []theme.Link
}

// RFQRow is an open request as sellers see it.
type RFQRow struct {
	Number, Title, URL string
	Buyer, City        string
	Quantity           quantity.Quantity
	Lines, Quotes      int
	ClosesAt           time.Time
	Urgent             bool
}

// SellerTile is a company that sells here.
type SellerTile struct {
	Name, URL, City string
	Note            string
	Offers          int
	Verified        bool
}

// Notice is a message from the operator: a recall, a holiday, a change of terms.
type Notice struct {
	Title, Text, URL string
	At               time.Time
	Tone             string // info, warn or bad
}

// LicenceStatus says what the reader's company may buy.
type LicenceStatus struct {
	SignedIn       bool
	Kind, Number   string
	Scope          []string
	ValidTo        time.Time
	State          string // valid, submitted, revoked, expiring, expired, none
	URL            string
	MayBuy, MayNot []string
}

// Desk is a portal's front page: what waits, what runs, what is left to spend.
type Desk struct {
	Tasks    []theme.Task
	Orders   []DeskOrder
	Budgets  []Budget
	Frequent []Card
	Catalogs []CatalogTile
}

// DeskOrder is one of the reader's own orders.
type DeskOrder struct {
	Number, URL, Seller string
	State               string
	Total               money.Money
	At                  time.Time
}

// Budget is a cost centre's money: spent, bound by open orders, left.
type Budget struct {
	Code, Name                      string
	Total, Spent, Bound, Left       money.Money
	SpentMinor, BoundMinor, AllSums int64 // for the bar
	Tone                            string
}

// CatalogTile is an approved supplier's catalogue or punch-out.
type CatalogTile struct {
	Name, URL, Note string
	PunchOut        bool
	Items           int
	Draw            string
}

// Card is an item in a list. Which fields are filled depends on the market; the theme's
// parts/item-card shows what is there.
type Card struct {
	ID, SKU, Name, URL string
	Brand, Category    string
	Picture            string // URL, or "draw:<kind>"
	Attrs              map[string]string
	Specs              []Spec            // the three or four that matter
	Cells              map[string]string // every attribute as written, for tables
	Price              *money.Price
	PriceNote          string       // "from 5 t", "your contract"
	SecondPrice        *money.Price // the same per piece
	Sellers            int
	Stock              string // in_stock, low, out
	StockText          string
	LeadDays           int
	MOQ                *quantity.Quantity
	Pack               string
	Schedule           string // DEA schedule, "CII"
	Lots               int
	NextExpiry         time.Time
	OfferID            string // for a form that adds the best offer to the cart
	Contract           bool
	Favourite          bool
}

// Spec is one attribute as written.
type Spec struct{ Name, Value string }

// List is a category's or a search's page.
type List struct {
	frame.Frame
	Title, Intro                   string
	Query                          string
	Private                        bool // no visitors: no words about them
	Loose                          bool // nothing has all the words; these have some
	MayCompare                     bool
	HasLots, HasSchedule, HasBrand bool         // worth a column
	Suggested                      []theme.Link // where nothing was found: other words, categories
	Keep                           []theme.Choice
	GridURL                        string
	TableURL                       string
	Total                          int
	Exact                          bool // Total is a count, not "more than"
	Cards                          []Card
	Columns                        []ListColumn // the attributes that the table shows
	Facets                         []theme.Facet
	Chips                          []theme.Chip
	Sort                           string
	Sorts                          []theme.Choice
	View                           string // "table" or "grid"
	URL                            string // of this list with its filters
	ClearURL                       string
	First, Next                    string
	Children                       []theme.Link // sub-categories
}

// ListColumn heads one attribute of the table; Card.Attrs holds its cells.
type ListColumn struct {
	Key, Name, Unit string
	Num             bool
}
