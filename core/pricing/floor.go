package pricing

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Floor is the lowest price that a buyer (zero: anybody) can reach for an item, for lists.
// A price of 0 stands for "none before StaleAt".
type Floor struct {
	Item       id.Item
	Buyer      id.Org
	Offer      id.Offer
	Price      money.Price
	Comparable int64     // per unit of the item, for sorting
	StaleAt    time.Time // when a price begins or ends next; zero: never
}

// OfferTerms is what a floor must know of an open offer.
type OfferTerms struct {
	Offer          id.Offer
	Item           id.Item
	ItemUnit       quantity.Unit
	KgPerUnitMicro int64
}

// FloorsOf are the floors of items over their open offers: one for everybody, and one for
// each company that has a contract for any of them.
func FloorsOf(offers []OfferTerms, prices []Price, at time.Time) []Floor {
	byOffer := map[id.Offer][]Price{}
	buyers := map[id.Item]map[id.Org]bool{}
	for _, p := range prices {
		byOffer[p.Offer] = append(byOffer[p.Offer], p)
	}
	byItem := map[id.Item][]OfferTerms{}
	var order []id.Item
	for _, o := range offers {
		if byItem[o.Item] == nil {
			order = append(order, o.Item)
			buyers[o.Item] = map[id.Org]bool{{}: true}
		}
		byItem[o.Item] = append(byItem[o.Item], o)
		for _, p := range byOffer[o.Offer] {
			buyers[o.Item][p.Buyer] = true
		}
	}
	var out []Floor
	for _, item := range order {
		for buyer := range buyers[item] {
			if f, ok := floorOf(byItem[item], byOffer, buyer, at); ok {
				out = append(out, f)
			}
		}
	}
	return out
}

func floorOf(offers []OfferTerms, byOffer map[id.Offer][]Price, buyer id.Org, at time.Time) (Floor, bool) {
	var best Floor
	var stale time.Time
	found := false
	for _, o := range offers {
		var mine []Price
		for _, p := range byOffer[o.Offer] {
			if p.Buyer == buyer || p.Buyer.IsZero() {
				mine = append(mine, p)
				stale = sooner(stale, p, at)
			}
		}
		for _, p := range InForce(mine, at) {
			one, err := (quantity.Quantity{Micro: quantity.Scale, Unit: o.ItemUnit}).In(p.Unit, o.KgPerUnitMicro)
			if err != nil {
				continue
			}
			per, err := quantity.MulDiv(p.Micro, one.Micro, quantity.Scale)
			if err != nil || (found && (per > best.Comparable || (per == best.Comparable && o.Offer.String() > best.Offer.String()))) {
				continue
			}
			best, found = Floor{Item: o.Item, Buyer: buyer, Offer: o.Offer, Price: p.Money(), Comparable: per}, true
		}
	}
	best.StaleAt = stale
	if !found && !stale.IsZero() { // nothing yet: kept so that the first price to begin is noticed
		return Floor{Item: offers[0].Item, Buyer: buyer, Offer: offers[0].Offer, StaleAt: stale}, true
	}
	return best, found
}

// sooner is the next moment at which p begins or ends, if that is before t.
func sooner(t time.Time, p Price, at time.Time) time.Time {
	for _, edge := range []time.Time{p.ValidFrom, p.ValidTo} {
		if edge.After(at) && (t.IsZero() || edge.Before(t)) {
			t = edge
		}
	}
	return t
}
