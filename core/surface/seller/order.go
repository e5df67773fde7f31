package seller

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// orderPage is one order with everything around it.
type orderPage struct {
	frame.Frame
	Order     ordering.Order
	Buyer     parties.Org
	Settled   money.Money
	Escrow    *payments.Escrow
	Loads     []fulfilment.Shipment
	Receipts  []fulfilment.Receipt
	Claims    []aftersales.Claim
	Invoice   *invoicing.Invoice
	Held      map[id.OrderLine][]consoles.HeldLot
	Timeline  []theme.Event
	Shippable bool
	Why       string // why it cannot be shipped yet, a text's key
}

func (p pages) order(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.orderPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/order", page), nil
}

// sold loads an order that the caller's company sells.
func (p pages) sold(ctx context.Context, v *web.Visit) (ordering.Order, error) {
	var oid id.Order
	if err := console.ReadID(v.Path("id"), &oid, ordering.ErrNotFound); err != nil {
		return ordering.Order{}, err
	}
	o, err := p.Ordering.Order(ctx, oid)
	if err == nil && o.Seller != v.Caller().Org {
		err = ordering.ErrNotFound
	}
	return o, err
}

func (p pages) orderPage(ctx context.Context, v *web.Visit) (*orderPage, error) {
	o, err := p.sold(ctx, v)
	if err != nil {
		return nil, err
	}
	page := &orderPage{Frame: p.thing(ctx, "orders", "nav.orders", "/seller/orders", o.Number), Order: o, Why: waitsFor(o)}
	if page.Settled, err = o.SettledTotal(); err != nil {
		return nil, err
	}
	orgs, err := p.Parties.Companies(ctx, []id.Org{o.Buyer})
	if err != nil {
		return nil, err
	}
	page.Buyer = orgs[o.Buyer]
	if err := p.around(ctx, page); err != nil {
		return nil, err
	}
	if page.Held, err = p.Reads.HeldFor(ctx, o.ID); err != nil {
		return nil, err
	}
	news, err := p.Reads.Timeline(ctx, event.Subject{Kind: "order", ID: o.ID.String()}, true)
	page.Timeline = console.Timeline(p.words(v), news)
	return page, err
}

// around adds what other contexts know of the order; what is not there yet is left out.
func (p pages) around(ctx context.Context, page *orderPage) error {
	o := page.Order.ID
	fo, loads, receipts, err := p.Fulfilment.OfOrder(ctx, o)
	if err != nil {
		return err
	}
	page.Loads, page.Receipts, page.Shippable = loads, receipts, fo.Shippable
	if page.Claims, err = p.Aftersales.OfOrder(ctx, o); err != nil {
		return err
	}
	if page.Escrow, err = console.Optional(p.Payments.Of(ctx, o)); err != nil {
		return err
	}
	page.Invoice, err = console.Optional(p.Invoicing.OfOrder(ctx, o))
	return err
}

// waitsFor says in a word what the order waits for, seen by its seller.
func waitsFor(o ordering.Order) string {
	switch {
	case o.State == ordering.Placed:
		return "accept"
	case o.State != ordering.Accepted:
		return ""
	case o.Payment == ordering.PaymentNone || o.Payment == ordering.PaymentPending:
		return "payment"
	case o.Fulfilment == ordering.NotShipped || o.Fulfilment == ordering.PartlyShipped:
		return "ship"
	case o.Fulfilment == ordering.Shipped:
		return "receipt"
	case o.Aftersale == ordering.Claimed:
		return "claim"
	case o.Payment == ordering.PaymentFunded:
		return "release"
	}
	return ""
}

func (p pages) acceptOrder(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onOrder(ctx, v, "seller.order_accepted", func(o id.Order) error {
		_, err := p.Ordering.Accept(ctx, o)
		return err
	})
}

func (p pages) declineOrder(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onOrder(ctx, v, "seller.order_declined", func(o id.Order) error {
		_, err := p.Ordering.Decline(ctx, o, v.Form().Get("reason"))
		if errors.Is(err, ordering.ErrNote) {
			return fault.From(err).At(fault.Field{Path: "reason", Reason: "required"})
		}
		return err
	})
}

// onOrder does something to an order and goes back to its page; a refusal is shown there.
func (p pages) onOrder(ctx context.Context, v *web.Visit, flash string, do func(id.Order) error) (web.Answer, error) {
	o, err := p.sold(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := do(o.ID); err != nil {
		page, lost := p.orderPage(ctx, v)
		if lost != nil {
			return web.Answer{}, err
		}
		return web.Again("seller/order", page, err)
	}
	return web.Redirect("/seller/orders/"+o.ID.String()).Flash(flash, "number", o.Number), nil
}
