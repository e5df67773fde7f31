package ordering

import (
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// MaxLines bounds a cart, a checkout and with them a transaction.
const MaxLines = 200

// Cart is what one person of a company is about to order, from any number of sellers.
type Cart struct {
	ID        id.Cart
	Org       id.Org
	Person    id.Person
	Version   int64
	UpdatedAt time.Time
	Lines     []CartLine
}

// CartLine is an offer and how much of it; prices are looked up, never kept here.
type CartLine struct {
	Offer id.Offer
	Qty   quantity.Quantity
}

// OfferFacts is what ordering needs to know of an offer.
type OfferFacts struct {
	Offer          id.Offer
	Item           id.Item
	SKU            string
	Names          map[string]string
	Seller         id.Org
	SellerName     string
	SellerState    string
	Unit           quantity.Unit
	Basis          Basis
	KgPerUnitMicro int64
	Regulated      string
	LeadDays       int
	OnSale         bool
	ShipsFrom      Place
	// Check is the catalogue's rule: the quantity in the offer's unit, or a fault that
	// names the nearest quantities which are sold.
	Check func(quantity.Quantity) (quantity.Quantity, error)
}

// Place is a city, for freight.
type Place struct {
	City    string `json:"city"`
	Country string `json:"country"`
}

// Same tells whether two places are one to a carrier, however they were typed.
func (p Place) Same(o Place) bool {
	same := func(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), strings.TrimSpace(b)) }
	return same(p.City, o.City) && same(p.Country, o.Country)
}
