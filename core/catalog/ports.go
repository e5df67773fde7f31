package catalog

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
)

// Store keeps the catalogue. Reads inside a unit see what the unit wrote.
type Store interface {
	Shelf(ctx context.Context) (*Shelf, error)
	// Find answers a page of hits and, where f asks for counts, tallies: of the whole list,
	// then of each facet that is counted apart. Terms says what their numbers stand for.
	Find(ctx context.Context, f Find) ([]Hit, []Tally, error)
	Terms(ctx context.Context, numbers []int64) (map[int64]Term, error)
	Cards(ctx context.Context, ids []id.Item) ([]*Card, error)
	Offers(ctx context.Context, ids []id.Offer) ([]OfferFacts, error)
	Items(ctx context.Context, ids []id.Item) ([]Item, error)
	Waiting(ctx context.Context, f ItemsFilter) ([]Item, error)
	OffersOf(ctx context.Context, f OffersFilter) ([]OfferFacts, error)

	Item(ctx context.Context, i id.Item, lock bool) (Item, error)
	Offer(ctx context.Context, o id.Offer, lock bool) (Offer, error)
	Document(ctx context.Context, d id.Document) (Document, error)
	SaveCategories(ctx context.Context, cs []Category) error
	SaveAttributes(ctx context.Context, as []Attribute) error
	AddItem(ctx context.Context, i Item) error
	SaveItem(ctx context.Context, i Item) error
	// PutItems writes many by their SKU and fills in the identifiers of those that exist.
	PutItems(ctx context.Context, is []Item) error
	AddOffer(ctx context.Context, o Offer) error
	SaveOffer(ctx context.Context, o Offer) error
	// PutOffers writes many by seller and seller's SKU and fills in identifiers likewise.
	PutOffers(ctx context.Context, os []Offer) error
	AddDocument(ctx context.Context, d Document) error
	// List replaces what items are found by; Unlist makes them unfindable.
	List(ctx context.Context, ls []Listing) error
	Unlist(ctx context.Context, ids []id.Item) error
	// SellersOf names the sellers of published offers, and their part numbers, per item.
	SellersOf(ctx context.Context, ids []id.Item) (map[id.Item][]SellerOf, error)
}

// SellerOf is a seller of an item and the part number it uses.
type SellerOf struct {
	Org id.Org
	SKU string
}

// Room refuses items that the marketplace has no room for: add runs, which stores n more
// (0: as many as turn out to be new), or nothing is stored.
type Room interface {
	Growing(ctx context.Context, n int64, add func(ctx context.Context) error) error
}

// ItemsFilter narrows the reviewers' and a seller's list of items.
type ItemsFilter struct {
	State  ItemState // "" for any
	Seller id.Org
	After  id.Item
	Limit  int
}

// OffersFilter narrows a seller's list of its offers.
type OffersFilter struct {
	Seller id.Org
	State  OfferState // "" for any
	Item   id.Item
	After  id.Offer
	Limit  int
}

// Company is a seller as the compliance rules see it.
type Company struct {
	ID       string    `json:"id"`
	Name     string    `json:"name"`
	State    string    `json:"state"`
	Licences []Licence `json:"licences"`
}

// Licence lets a company trade what is regulated; days are written 2006-01-02.
type Licence struct {
	Kind      string   `json:"kind"`
	Number    string   `json:"number"`
	Scope     []string `json:"scope"`
	ValidFrom string   `json:"valid_from"`
	ValidTo   string   `json:"valid_to"`
	State     string   `json:"state"`
}

// SellerLicences knows companies and what they are licensed for.
type SellerLicences interface {
	Company(ctx context.Context, org id.Org) (Company, error)
}
