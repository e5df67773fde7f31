// Package orderinghttp is ordering's part of the API.
package orderinghttp

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/quantity"
)

type cartView struct {
	ID      id.Cart        `json:"id"`
	Version int64          `json:"version"`
	Lines   []cartLineView `json:"lines"`
}

type cartLineView struct {
	Offer    id.Offer          `json:"offer_id"`
	Quantity quantity.Quantity `json:"quantity"`
}

func viewCart(c ordering.Cart) cartView {
	v := cartView{ID: c.ID, Version: c.Version, Lines: []cartLineView{}}
	for _, l := range c.Lines {
		v.Lines = append(v.Lines, cartLineView{l.Offer, l.Qty})
	}
	return v
}

type checkoutView struct {
	ID        id.Checkout `json:"id"`
	Currency  string      `json:"currency"`
	TaxRate   string      `json:"tax_rate" doc:"share of one, 0.13 is 13 %"`
	ExpiresAt time.Time   `json:"expires_at"`
	Parts     []partView  `json:"parts"`
}

type partView struct {
	Seller     id.Org            `json:"seller_id"`
	SellerName string            `json:"seller_name"`
	Goods      money.Money       `json:"goods"`
	Lines      []checkoutLine    `json:"lines"`
	Freight    []freightView     `json:"freight"`
	Mass       quantity.Quantity `json:"mass"`
}

type checkoutLine struct {
	Offer    id.Offer          `json:"offer_id"`
	Item     id.Item           `json:"item_id"`
	SKU      string            `json:"sku"`
	Names    map[string]string `json:"names"`
	Quantity quantity.Quantity `json:"quantity"`
	Price    money.Price       `json:"price"`
	Priced   quantity.Quantity `json:"priced_quantity"`
	Basis    string            `json:"basis"`
	Goods    money.Money       `json:"goods"`
}

type freightView struct {
	ID      string      `json:"id"`
	Carrier string      `json:"carrier"`
	Service string      `json:"service"`
	Amount  money.Money `json:"amount"`
	Days    int         `json:"days"`
}

func viewCheckout(c ordering.Checkout) checkoutView {
	v := checkoutView{ID: c.ID, Currency: string(c.Currency), TaxRate: quantity.FormatMicro(c.TaxRate), ExpiresAt: c.ExpiresAt, Parts: []partView{}}
	for _, p := range c.Parts {
		pv := partView{Seller: p.Seller, SellerName: p.SellerName, Goods: p.Goods, Lines: []checkoutLine{}, Freight: []freightView{}, Mass: quantity.Quantity{Micro: p.MassKg, Unit: quantity.Kilogram}}
		for _, l := range p.Lines {
			pv.Lines = append(pv.Lines, checkoutLine{l.Offer, l.Item, l.SKU, l.Names, l.Qty, l.Price, l.PricedQty, string(l.Basis), l.Goods})
		}
		for _, f := range p.Freight {
			pv.Freight = append(pv.Freight, freightView{f.ID, f.Carrier, f.Service, f.Amount, f.Days})
		}
		v.Parts = append(v.Parts, pv)
	}
	return v
}

type orderView struct {
	ID         id.Order         `json:"id"`
	Number     string           `json:"number"`
	Group      id.Group         `json:"group_id"`
	Buyer      id.Org           `json:"buyer_id"`
	Seller     id.Org           `json:"seller_id"`
	Status     string           `json:"status" doc:"one word derived from the four axes"`
	State      string           `json:"state"`
	Payment    string           `json:"payment_state"`
	Fulfilment string           `json:"fulfilment_state"`
	Aftersale  string           `json:"aftersale_state"`
	Goods      money.Money      `json:"goods"`
	Discount   money.Money      `json:"discount"`
	Freight    money.Money      `json:"freight"`
	Tax        money.Money      `json:"tax"`
	TaxRate    string           `json:"tax_rate"`
	Total      money.Money      `json:"total"`
	Settled    money.Money      `json:"settled_total" doc:"what the buyer owes after receipt; the total until then"`
	PONumber   string           `json:"po_number"`
	ShipTo     ordering.Address `json:"ship_to"`
	FreightBy  string           `json:"freight_service"`
	Note       string           `json:"note"`
	PlacedAt   time.Time        `json:"placed_at"`
	Version    int64            `json:"version"`
	Lines      []orderLineView  `json:"lines"`
}

type orderLineView struct {
	ID         id.OrderLine       `json:"id"`
	Position   int                `json:"position"`
	Offer      string             `json:"offer_id,omitempty"`
	Item       string             `json:"item_id,omitempty"`
	SKU        string             `json:"sku"`
	Names      map[string]string  `json:"names"`
	Quantity   quantity.Quantity  `json:"quantity"`
	Price      money.Price        `json:"price"`
	Priced     quantity.Quantity  `json:"priced_quantity"`
	Basis      string             `json:"basis"`
	Goods      money.Money        `json:"goods"`
	SettledQty *quantity.Quantity `json:"settled_quantity,omitempty"`
	Settled    *money.Money       `json:"settled,omitempty"`
}

func viewOrder(o ordering.Order) (orderView, error) {
	due, err := o.SettledTotal()
	if err != nil {
		return orderView{}, err
	}
	v := orderView{
		ID: o.ID, Number: o.Number, Group: o.Group, Buyer: o.Buyer, Seller: o.Seller, Status: o.Status(), State: string(o.State), Payment: string(o.Payment),
		Fulfilment: string(o.Fulfilment), Aftersale: string(o.Aftersale), Goods: o.Goods, Discount: o.Discount, Freight: o.Freight, Tax: o.Tax,
		TaxRate: quantity.FormatMicro(o.TaxRateMicro), Total: o.Total, Settled: due, PONumber: o.PONumber, ShipTo: o.ShipTo, FreightBy: o.FreightService,
		Note: o.Note, PlacedAt: o.PlacedAt, Version: o.Version, Lines: []orderLineView{},
	}
	for _, l := range o.Lines {
		v.Lines = append(v.Lines, orderLineView{l.ID, l.Position, l.Offer.String(), l.Item.String(), l.SKU, l.Names, l.Qty, l.Price, l.PricedQty, string(l.Basis), l.Goods, l.SettledQty, l.SettledSum})
	}
	return v, nil
}

func viewOrders(os []ordering.Order) ([]orderView, error) {
	out := make([]orderView, 0, len(os))
	for _, o := range os {
		v, err := viewOrder(o)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

type approvalView struct {
	ID          id.Approval `json:"id"`
	Order       id.Order    `json:"order_id"`
	Tier        int         `json:"tier"`
	Rule        string      `json:"rule"`
	Amount      money.Money `json:"amount"`
	State       string      `json:"state"`
	RequestedBy id.Person   `json:"requested_by"`
	RequestedAt time.Time   `json:"requested_at"`
	Note        string      `json:"note,omitempty"`
}

func viewApproval(a ordering.Approval) approvalView {
	return approvalView{a.ID, a.Order, a.Tier, a.Rule, a.Amount, string(a.State), a.RequestedBy, a.RequestedAt, a.Note}
}
