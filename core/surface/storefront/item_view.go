package storefront

import (
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Item is an item's own page.
type Item struct {
	frame.Frame
	ID, SKU, Name, URL, Brand string
	Category, CategoryURL     string
	Description               string
	Schedule                  string // what a licence must cover
	Picture                   string
	Attrs                     map[string]string
	Specs                     []Spec
	Unit                      string
	MassKgMicro               int64 // of one unit, 0 where unknown
	Offers                    []OfferView
	Papers                    []Paper // of the item itself
	Similar                   []Card
	Free                      quantity.Quantity
	From                      *money.Price
	Buys                      bool // the reader's role orders
	SignedIn                  bool
	SignInURL                 string // and back here
	QuoteURL                  string
	CompareURL                string
	Form                      OfferForm // what was sent and refused
}

// OfferForm is what somebody asked for and did not get.
type OfferForm struct{ Offer, Quantity, Unit string }

// OfferView is one seller's terms.
type OfferView struct {
	ID, Seller, SellerURL, Place string
	SKU, Basis, Incoterm, Note   string
	LeadDays                     int
	MOQ, Step                    quantity.Quantity
	Unit                         string
	Units                        []string // that a quantity may be given in
	Tiers                        []TierRow
	Steps                        []theme.Tier
	Contract                     bool
	Best                         bool // the lowest price of those that have goods
	Own                          bool // the reader's own company's
	Free                         quantity.Quantity
	Stock                        string
	Places                       []PlaceRow
	Papers                       []Paper
	Quantity                     string // what stands in the field
}

// TierRow is a price from a quantity on.
type TierRow struct {
	From   quantity.Quantity
	Price  money.Price
	Second *money.Price // the same in the other unit of the trade
}

// PlaceRow is what is free in one warehouse, of one lot where goods have lots.
type PlaceRow struct {
	Name, City, Lot string
	ExpiresOn       time.Time
	Soon            bool // within half a year
	Free            quantity.Quantity
}

// Paper is a document to fetch.
type Paper struct {
	Kind, Title, Lot, URL string
	ValidTo               time.Time
}
