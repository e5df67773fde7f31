package buyer

import (
	"context"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/console"
)

// file is everything there is about one order of the caller's company.
type file struct {
	Order     ordering.Order
	Seller    parties.Org
	Escrow    *payments.Escrow
	Loads     []fulfilment.Shipment
	Receipts  []fulfilment.Receipt
	Claims    []aftersales.Claim
	Approvals []ordering.Approval
	Releases  []reads.ReleaseRow
	Invoice   *invoicing.Invoice
}

// own finds an order that the caller's company has placed; a seller's view of one is the
// other console's.
func (c desk) own(ctx context.Context, v *web.Visit) (ordering.Order, error) {
	var oid id.Order
	if err := pathID(v, "id", &oid, ordering.ErrNotFound); err != nil {
		return ordering.Order{}, err
	}
	return c.ownOrder(ctx, v, oid)
}

func (c desk) ownOrder(ctx context.Context, v *web.Visit, oid id.Order) (ordering.Order, error) {
	o, err := c.Ordering.Order(ctx, oid)
	if err != nil {
		return o, err
	}
	if me := v.Caller().Org; me.IsZero() || o.Buyer != me {
		return o, ordering.ErrNotFound
	}
	return o, nil
}

// pull gathers the file of an order.
func (c desk) pull(ctx context.Context, o ordering.Order) (f file, err error) {
	f.Order = o
	names, err := c.companies(ctx, o.Seller)
	if err != nil {
		return f, err
	}
	f.Seller = names[o.Seller]
	if f.Escrow, err = console.Optional(c.Payments.Of(ctx, o.ID)); err != nil {
		return f, err
	}
	if _, f.Loads, f.Receipts, err = c.Fulfilment.OfOrder(ctx, o.ID); err != nil {
		return f, err
	}
	if f.Claims, err = c.Aftersales.OfOrder(ctx, o.ID); err != nil {
		return f, err
	}
	if f.Approvals, err = c.Ordering.ApprovalsOf(ctx, o.ID); err != nil {
		return f, err
	}
	if f.Releases, err = c.Reads.ReleasesOf(ctx, o.ID); err != nil {
		return f, err
	}
	f.Invoice, err = console.Optional(c.Invoicing.OfOrder(ctx, o.ID))
	return f, err
}

func (c desk) order(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.orderPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/order", m), nil
}

func (c desk) orderPage(ctx context.Context, v *web.Visit) (*orderPage, error) {
	o, err := c.own(ctx, v)
	if err != nil {
		return nil, err
	}
	s, err := c.open(ctx, v, "orders", "", console.Crumb("nav.orders", "/buyer/orders"))
	if err != nil {
		return nil, err
	}
	s.named(o.Number)
	f, err := c.pull(ctx, o)
	if err != nil {
		return nil, err
	}
	return c.showOrder(ctx, s, f)
}
