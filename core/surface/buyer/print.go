package buyer

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

type printPage struct {
	*orderPage
	Buyer  parties.Org
	Seller parties.Org
}

// printOrder is the order as a sheet of paper.
func (c desk) printOrder(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var oid id.Order
	if err := pathID(v, "id", &oid, ordering.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	o, err := c.ownOrder(ctx, v, oid)
	if err != nil {
		return web.Answer{}, err
	}
	f := file{Order: o}
	names, err := c.companies(ctx, o.Seller, o.Buyer)
	if err != nil {
		return web.Answer{}, err
	}
	f.Seller = names[o.Seller]
	s := screen{p: c.words(v), v: v, self: v.Caller()}
	s.Frame = frame.Frame{Title: o.Number, NoIndex: true, Crumbs: []frame.Crumb{linkTo(o.Number, "/buyer/orders/"+o.ID.String())}}
	m, err := c.showOrder(ctx, s, f)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/order-print", &printPage{m, names[o.Buyer], names[o.Seller]}), nil
}
