package catalog

import (
	"slices"

	"github.com/kontorhq/kontor/core/id"
)

// Card is what every reader may see of a published item and its offers: no prices, no
// stock. Cards are shared between requests and must not be changed.
type Card struct {
	Item      Item
	Path      string // of its category
	Offers    []OfferCard
	Documents []Document
}

// OfferCard is an offer that can be ordered from, with who makes it.
type OfferCard struct {
	Offer
	SellerName    string
	SellerNative  string
	SellerCountry string
	SellerCity    string
}

// OfferIDs are the card's offers.
func (c *Card) OfferIDs() []id.Offer {
	out := make([]id.Offer, len(c.Offers))
	for i, o := range c.Offers {
		out[i] = o.ID
	}
	return out
}

// Sellers is how many companies offer the item.
func (c *Card) Sellers() int {
	n := 0
	for i, o := range c.Offers {
		if !slices.ContainsFunc(c.Offers[:i], func(before OfferCard) bool { return before.Seller == o.Seller }) {
			n++
		}
	}
	return n
}

// Hit is one row of a list and its place in the order.
type Hit struct {
	Item id.Item
	Place
}

// Count is how many items of the list have a value, or the numbers' range.
type Count struct {
	Key       string
	Term      string
	Items     int64
	Low, High int64 // millionths, for ranges
}

// MaxTotal is where counting stops: more is "1,000+".
const MaxTotal = 1_000

// Result is one page of a list.
type Result struct {
	Hits   []Hit
	Next   string
	Total  int  // of all pages, at most MaxTotal
	More   bool // there are more than Total
	Loose  bool // nothing had all the words; these have some
	Counts []Count
}
