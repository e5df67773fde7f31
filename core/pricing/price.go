// Package pricing is what goods cost whom: public tiers, contract prices of one company,
// the choice between them, and the amount for a quantity. What is charged is always
// resolved from the prices themselves, never from what a list showed.
package pricing

import (
	"cmp"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Price is what one unit costs from a quantity on. A zero Buyer is everybody.
type Price struct {
	ID        id.Price
	Offer     id.Offer
	Buyer     id.Org
	MinMicro  int64         // from this quantity on, in Unit
	Unit      quantity.Unit // of both the quantity and the price
	Micro     int64         // millionths of the currency per unit
	Currency  money.Currency
	ValidFrom time.Time
	ValidTo   time.Time // zero: until further notice
}

// Sources of a price, in the order in which they go before each other.
const (
	Contract = "contract"
	Public   = "public"
)

// Source is whose price it is.
func (p Price) Source() string {
	if p.Buyer.IsZero() {
		return Public
	}
	return Contract
}

// Money is the price as kernel value.
func (p Price) Money() money.Price {
	return money.Price{Micro: p.Micro, Currency: p.Currency, Per: p.Unit}
}

// Valid reports whether the price holds at a moment.
func (p Price) Valid(at time.Time) bool {
	return !p.ValidFrom.After(at) && (p.ValidTo.IsZero() || p.ValidTo.After(at))
}

// Check collects everything that is wrong with a price by itself.
func (p Price) Check() error {
	var bad []fault.Field
	add := func(path, reason string) { bad = append(bad, fault.Field{Path: path, Reason: reason}) }
	if p.Micro <= 0 || p.Micro > 1_000_000_000*quantity.Scale {
		add("price", "out_of_range")
	}
	if p.MinMicro < 0 || p.MinMicro > 1_000_000_000*quantity.Scale {
		add("min_qty", "out_of_range")
	}
	if _, err := quantity.ParseUnit(string(p.Unit)); err != nil {
		add("unit", "unknown")
	}
	if !p.Currency.Known() {
		add("currency", "unknown")
	}
	if !p.ValidTo.IsZero() && !p.ValidTo.After(p.ValidFrom) {
		add("valid_to", "before_valid_from")
	}
	if len(bad) > 0 {
		return ErrPriceInvalid.At(bad...)
	}
	return nil
}

// Candidate is a price that could apply, and why it does or does not.
type Candidate struct {
	Price
	Chosen bool
	Reason string
}

// Reasons of candidates, stable words for the explanation.
const (
	ReasonChosen     = "chosen"
	ReasonNotValid   = "not_valid_now"
	ReasonSuperseded = "superseded"
	ReasonNotReached = "quantity_not_reached"
	ReasonContract   = "contract_goes_first"
	ReasonDearer     = "dearer_tier"
	ReasonUnit       = "unit_does_not_fit"
)

// Choose finds the price for a quantity among an offer's prices for one buyer, and says
// about each other one why not. The order is fixed, so that the same question always has
// the same answer: of each tier the youngest price in force; contract before public; of
// the tiers reached the cheapest per unit of the offer, then the higher tier, then the id.
func Choose(prices []Price, q quantity.Quantity, kgPerUnitMicro int64, at time.Time) ([]Candidate, bool) {
	out := make([]Candidate, len(prices))
	cost := make([]int64, len(prices)) // of the quantity, for comparing prices by different units
	for i, p := range prices {
		out[i].Price = p
		got, err := q.In(p.Unit, kgPerUnitMicro)
		switch {
		case !p.Valid(at):
			out[i].Reason = ReasonNotValid
		case superseded(prices, p, at):
			out[i].Reason = ReasonSuperseded
		case err != nil:
			out[i].Reason = ReasonUnit
		case got.Micro < p.MinMicro:
			out[i].Reason = ReasonNotReached
		default:
			if cost[i], err = quantity.MulDiv(p.Micro, got.Micro, quantity.Scale); err != nil {
				out[i].Reason = ReasonUnit
			}
		}
	}
	best := -1
	for i := range out {
		if out[i].Reason == "" && (best < 0 || before(out[i].Price, cost[i], out[best].Price, cost[best])) {
			best = i
		}
	}
	for i := range out {
		switch {
		case out[i].Reason != "":
		case i == best:
			out[i].Chosen, out[i].Reason = true, ReasonChosen
		case out[i].Source() == Public && out[best].Source() == Contract:
			out[i].Reason = ReasonContract
		default:
			out[i].Reason = ReasonDearer
		}
	}
	return out, best >= 0
}

func superseded(prices []Price, p Price, at time.Time) bool {
	return slices.ContainsFunc(prices, func(o Price) bool {
		return o.Offer == p.Offer && o.Buyer == p.Buyer && o.MinMicro == p.MinMicro && o.Unit == p.Unit && o.Valid(at) && o.ValidFrom.After(p.ValidFrom)
	})
}

// before reports whether a goes before b.
func before(a Price, costA int64, b Price, costB int64) bool {
	rank := func(p Price) int {
		if p.Source() == Contract {
			return 0
		}
		return 1
	}
	return cmp.Or(
		cmp.Compare(rank(a), rank(b)),
		cmp.Compare(costA, costB),
		cmp.Compare(b.MinMicro, a.MinMicro),
		b.ValidFrom.Compare(a.ValidFrom),
		cmp.Compare(a.ID.String(), b.ID.String()),
	) < 0
}

// InForce are the prices that a buyer may see now: the youngest of each tier, contract
// tiers instead of public ones where there are any, lowest quantity first.
func InForce(prices []Price, at time.Time) []Price {
	contract := map[id.Offer]bool{}
	var out []Price
	for _, p := range prices {
		if p.Valid(at) && !superseded(prices, p, at) {
			out = append(out, p)
			contract[p.Offer] = contract[p.Offer] || p.Source() == Contract
		}
	}
	out = slices.DeleteFunc(out, func(p Price) bool { return contract[p.Offer] && p.Source() == Public })
	slices.SortFunc(out, func(a, b Price) int {
		return cmp.Or(cmp.Compare(a.Offer.String(), b.Offer.String()), cmp.Compare(a.MinMicro, b.MinMicro), cmp.Compare(a.ID.String(), b.ID.String()))
	})
	return out
}
