package catalog

import (
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// OfferFacts is all that an order, a quote or a price must know of an offer, read fresh.
type OfferFacts struct {
	Offer     id.Offer
	Item      id.Item
	SKU       string
	SellerSKU string
	Names     Names
	Category  string // path
	Picture   string
	Regulated string
	ItemState ItemState

	Seller        id.Org
	SellerName    string
	SellerNative  string // the name in its own script
	SellerState   string
	SellerCountry string
	SellerCity    string

	State          OfferState
	Unit           quantity.Unit
	ItemUnit       quantity.Unit
	KgPerUnitMicro int64
	MOQMicro       int64
	StepMicro      int64
	LeadDays       int
	Incoterm       string
	Currency       money.Currency
	Basis          Basis
}

// Orderable reports whether it can be bought now: offer, item and seller all say so.
func (f OfferFacts) Orderable() bool {
	return f.State == OfferPublished && f.ItemState == Published && f.SellerState == "approved"
}

// maxMicro bounds a quantity at a thousand million units.
const maxMicro = 1_000_000_000 * quantity.Scale

// CheckQuantity is q in the offer's unit, or a fault that names the nearest quantities
// which would do.
func (f OfferFacts) CheckQuantity(q quantity.Quantity) (quantity.Quantity, error) {
	if !q.Positive() {
		return q, ErrQuantityNotPositive
	}
	if !f.sells(q.Unit) {
		return q, quantity.ErrUnitMatch.With("from", q.Unit).With("to", f.Unit)
	}
	got, err := q.In(f.Unit, f.KgPerUnitMicro)
	if err != nil {
		return q, err
	}
	if got.Micro > maxMicro {
		return q, ErrQuantityTooLarge
	}
	below, above := f.nearest(got.Micro)
	if got.Micro == below {
		return got, nil
	}
	say := func(m int64) string { return quantity.Quantity{Micro: m, Unit: f.Unit}.String() }
	if below == 0 {
		return q, ErrQuantityBelowMOQ.With("moq", say(above)).With("asked", got.String())
	}
	return q, ErrQuantityStep.With("step", say(f.StepMicro)).With("below", say(below)).With("above", say(above))
}

// sells reports whether a quantity may be given in a unit: the offer's, the item's, or one
// of mass. The weight of a piece says nothing about a litre.
func (f OfferFacts) sells(u quantity.Unit) bool {
	if u == f.Unit || u == f.ItemUnit {
		return true
	}
	_, err := quantity.Of(1, u).In(quantity.Kilogram, 0)
	return err == nil
}

// nearest are the valid quantities around m, equal when m is one; below is 0 under the
// minimum. Valid is a multiple of the step, from the minimum up.
func (f OfferFacts) nearest(m int64) (below, above int64) {
	step := max(f.StepMicro, 1)
	lowest := (max(f.MOQMicro, 1) + step - 1) / step * step
	switch {
	case m < lowest:
		return 0, lowest
	case m%step == 0:
		return m, m
	}
	return m / step * step, (m/step + 1) * step
}
