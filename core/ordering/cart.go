package ordering

import (
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
	MOQMicro       int64
	StepMicro      int64
	Basis          Basis
	KgPerUnitMicro int64
	Regulated      string
	LeadDays       int
	OnSale         bool
	ShipsFrom      Place
}

// Place is a city, for freight.
type Place struct {
	City    string `json:"city"`
	Country string `json:"country"`
}

// Fits checks a quantity against the offer's unit, minimum and step, and names the
// nearest quantities that are sold.
func (f OfferFacts) Fits(q quantity.Quantity) error {
	if q.Unit != f.Unit {
		return ErrUnit.With("unit", f.Unit)
	}
	step := max(f.StepMicro, 1)
	if q.Micro >= f.MOQMicro && q.Micro > 0 && (q.Micro-f.MOQMicro)%step == 0 {
		return nil
	}
	below := f.MOQMicro
	if q.Micro > f.MOQMicro {
		below = f.MOQMicro + (q.Micro-f.MOQMicro)/step*step
	}
	above := below
	if q.Micro > f.MOQMicro {
		above = below + step
	}
	say := func(m int64) string { return quantity.Quantity{Micro: m, Unit: f.Unit}.String() }
	return ErrQuantity.With("qty", q).With("moq", say(f.MOQMicro)).With("step", say(step)).With("below", say(below)).With("above", say(above))
}
