package operator

import (
	"context"
	"errors"
	"time"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// ordersPage is every order of the market.
type ordersPage struct {
	frame.Frame
	Rows       []ordering.Order
	Names      map[id.Org]parties.Org
	Tabs       []theme.Tab
	Payment    []theme.Choice
	Fulfilment []theme.Choice
	Filter     ordering.Filter
	CSV        string
	Pager      console.Pager
}

var (
	orderStates = []string{"", "awaiting_approval", "placed", "accepted", "completed", "declined", "cancelled"}
	payStates   = []string{"none", "pending", "funded", "released", "refunded"}
	goodsStates = []string{"none", "partly_shipped", "shipped", "received"}
)

func orderFilter(v *web.Visit) ordering.Filter {
	return ordering.Filter{
		State: ordering.State(console.OneOf(v.Query("state"), orderStates...)), Payment: ordering.Payment(console.OneOf(v.Query("payment"), payStates...)),
		Fulfilment: ordering.Fulfilment(console.OneOf(v.Query("goods"), goodsStates...)), Text: v.Query("q"),
	}
}

func (p pages) orders(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := orderFilter(v)
	list, err := p.Ordering.Orders(ctx, ordering.AsOperator, f, console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	names, err := p.names(ctx, list.Items)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	return web.Render("operator/orders", &ordersPage{
		Frame: p.screen(ctx, "orders", "nav.orders"), Rows: list.Items, Names: names, Filter: f, Pager: console.Pages(v, list.Next),
		Tabs: console.Tabs(v, w, "state", "state.order.", nil, orderStates...), Payment: console.Choices(w, "state.payment.", payStates),
		Fulfilment: console.Choices(w, "state.fulfilment.", goodsStates), CSV: "/operator/orders.csv?" + v.Queries().Encode(),
	}), nil
}

func (p pages) names(ctx context.Context, orders []ordering.Order) (map[id.Org]parties.Org, error) {
	var orgs []id.Org
	for _, o := range orders {
		orgs = append(orgs, o.Buyer, o.Seller)
	}
	return p.Parties.Companies(ctx, orgs)
}

func (p pages) ordersCSV(ctx context.Context, v *web.Visit) (web.Answer, error) {
	all, err := page.All(func(ask page.Request) (page.List[ordering.Order], error) {
		return p.Ordering.Orders(ctx, ordering.AsOperator, orderFilter(v), ask)
	})
	if err != nil {
		return web.Answer{}, err
	}
	names, err := p.names(ctx, all)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	rows := make([][]string, len(all))
	for i, o := range all {
		rows[i] = []string{
			o.Number, names[o.Buyer].Name, names[o.Seller].Name, o.PONumber, o.PlacedAt.Format(time.DateOnly), string(o.State), string(o.Payment), string(o.Fulfilment), string(o.Aftersale),
			o.Goods.Decimal(), o.Freight.Decimal(), o.Tax.Decimal(), o.Total.Decimal(), string(o.Currency),
		}
	}
	return console.CSVFile("orders.csv", []string{
		w.T("col.number"), w.T("col.buyer"), w.T("col.seller"), w.T("col.po"), w.T("col.placed"), w.T("axis.order"), w.T("axis.payment"), w.T("axis.fulfilment"), w.T("axis.aftersale"),
		w.T("sum.goods"), w.T("sum.freight"), w.T("sum.tax"), w.T("common.total"), w.T("col.currency"),
	}, rows)
}

// orderPage is one order with everything that every context knows of it.
type orderPage struct {
	frame.Frame
	Order     ordering.Order
	Buyer     parties.Org
	Seller    parties.Org
	Settled   money.Money
	Escrow    *payments.Escrow
	Approvals []ordering.Approval
	Loads     []fulfilment.Shipment
	Claims    []aftersales.Claim
	Invoice   *invoicing.Invoice
	Entries   []consoles.EntryRow
	Timeline  []theme.Event
	MayCancel bool
}

func (p pages) order(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.orderPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/order", page), nil
}

func (p pages) orderPage(ctx context.Context, v *web.Visit) (*orderPage, error) {
	var oid id.Order
	if err := console.ReadID(v.Path("id"), &oid, ordering.ErrNotFound); err != nil {
		return nil, err
	}
	o, err := p.Ordering.Order(ctx, oid)
	if err != nil {
		return nil, err
	}
	out := &orderPage{
		Frame: p.thing(ctx, "orders", "/operator/orders", o.Number), Order: o,
		MayCancel: o.State == ordering.AwaitingApproval || o.State == ordering.Placed,
	}
	if out.Settled, err = o.SettledTotal(); err != nil {
		return nil, err
	}
	orgs, err := p.names(ctx, []ordering.Order{o})
	if err != nil {
		return nil, err
	}
	out.Buyer, out.Seller = orgs[o.Buyer], orgs[o.Seller]
	if err := p.around(ctx, out); err != nil {
		return nil, err
	}
	list, _, err := p.Reads.Journal(ctx, consoles.JournalFilter{Order: oid}, page.Request{Limit: 50})
	if err != nil {
		return nil, err
	}
	out.Entries = list.Items
	news, err := p.Reads.Timeline(ctx, event.Subject{Kind: "order", ID: oid.String()}, false)
	out.Timeline = console.Timeline(p.words(v), news)
	return out, err
}

// around adds what other contexts know of the order; what is not there yet is left out.
func (p pages) around(ctx context.Context, out *orderPage) error {
	o := out.Order.ID
	var err error
	if _, out.Loads, _, err = p.Fulfilment.OfOrder(ctx, o); err != nil {
		return err
	}
	if out.Claims, err = p.Aftersales.OfOrder(ctx, o); err != nil {
		return err
	}
	if out.Approvals, err = p.Ordering.ApprovalsOf(ctx, o); err != nil {
		return err
	}
	if out.Escrow, err = console.Optional(p.Payments.Of(ctx, o)); err != nil {
		return err
	}
	out.Invoice, err = console.Optional(p.Invoicing.OfOrder(ctx, o))
	return err
}

func (p pages) cancelOrder(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.orderPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := p.Ordering.Cancel(ctx, page.Order.ID, v.Form().Get("reason")); err != nil {
		if errors.Is(err, ordering.ErrNote) {
			err = fault.From(err).At(fault.Field{Path: "reason", Reason: "required"})
		}
		return web.Again("operator/order", page, err)
	}
	return web.Redirect("/operator/orders/"+page.Order.ID.String()).Flash("operator.order_cancelled", "number", page.Order.Number), nil
}
