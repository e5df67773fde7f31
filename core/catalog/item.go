package catalog

import (
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// ItemState is where an item is on its way to the shelf.
type ItemState string

// The states of an item.
const (
	Draft     ItemState = "draft"
	Review    ItemState = "review"
	Published ItemState = "published"
	Retired   ItemState = "retired"
)

// Item is what is traded, whoever sells it.
type Item struct {
	ID             id.Item
	Category       id.Category
	SKU            string
	Names          Names
	Descriptions   Names
	Brand          string
	Attributes     map[string]string // every value is text; numbers are exact decimals
	Unit           quantity.Unit
	KgPerUnitMicro int64  // millionths of a kilogram in one unit, 0 where unknown
	Regulated      string // a schedule such as "CII", empty for what anybody may trade
	Picture        string
	State          ItemState
	Seller         id.Org // who submitted it, none for the operator
	CreatedAt      time.Time
	UpdatedAt      time.Time
	Version        int64
}

var key = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// Check collects everything that is wrong with an item by itself.
func (i Item) Check() error {
	var bad []fault.Field
	add := func(path, reason string) { bad = append(bad, fault.Field{Path: path, Reason: reason}) }
	if s := strings.TrimSpace(i.SKU); s == "" || len(s) > 120 || s != i.SKU {
		add("sku", "required")
	}
	if i.Names.Blank() {
		add("names", "required")
	}
	for l, n := range i.Names {
		if len(n) > 400 || len(l) > 20 {
			add("names."+clip(l, 20), "too_long")
		}
	}
	for l, n := range i.Descriptions {
		if len(n) > 20_000 || len(l) > 20 {
			add("descriptions."+clip(l, 20), "too_long")
		}
	}
	if len(i.Brand) > 120 {
		add("brand", "too_long")
	}
	if len(i.Attributes) > 80 {
		add("attributes", "too_many")
	}
	if _, err := quantity.ParseUnit(string(i.Unit)); err != nil {
		add("unit", "unknown")
	}
	if i.KgPerUnitMicro < 0 || i.KgPerUnitMicro > 1_000_000*quantity.Scale {
		add("kg_per_unit", "out_of_range")
	}
	if i.Category.IsZero() {
		add("category", "required")
	}
	if len(bad) > 0 {
		return ErrItemInvalid.At(bad...)
	}
	return nil
}

// Submit hands a draft to the reviewers.
func (i *Item) Submit() error {
	if i.State != Draft {
		return ErrItemNotDraft
	}
	i.State = Review
	return nil
}

// Publish puts an item on the shelf.
func (i *Item) Publish() error {
	if !slices.Contains([]ItemState{Draft, Review}, i.State) {
		return ErrItemNotReviewable
	}
	i.State = Published
	return nil
}

// SendBack returns an item to its author.
func (i *Item) SendBack() error {
	if i.State != Review {
		return ErrItemNotReviewable
	}
	i.State = Draft
	return nil
}

// Retire takes an item off the shelf for good. Orders that name it keep doing so.
func (i *Item) Retire() error {
	if i.State != Published {
		return ErrItemNotPublished
	}
	i.State = Retired
	return nil
}
