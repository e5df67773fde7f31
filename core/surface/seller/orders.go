package seller

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// ordersPage is the list of the seller's orders.
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
	orderStates = []string{"", "placed", "accepted", "completed", "declined", "cancelled"}
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
	list, err := p.Ordering.Orders(ctx, ordering.AsSeller, f, console.Ask(v, 30))
	if err != nil {
		return web.Answer{}, err
	}
	names, err := p.names(ctx, list.Items)
	if err != nil {
		return web.Answer{}, err
	}
	words := p.words(v)
	out := &ordersPage{
		Frame: p.screen(ctx, "orders", "nav.orders"), Rows: list.Items, Names: names, Filter: f, Pager: console.Pages(v, list.Next),
		Tabs: console.Tabs(v, words, "state", "state.", nil, orderStates...), Payment: console.Choices(words, "state.payment.", payStates), Fulfilment: console.Choices(words, "state.fulfilment.", goodsStates),
	}
	out.CSV = "/seller/orders.csv?" + v.Queries().Encode()
	return web.Render("seller/orders", out), nil
}

func (p pages) names(ctx context.Context, orders []ordering.Order) (map[id.Org]parties.Org, error) {
	orgs := make([]id.Org, 0, len(orders))
	for _, o := range orders {
		orgs = append(orgs, o.Buyer)
	}
	return p.Parties.Companies(ctx, orgs)
}

// ordersCSV is the list as filtered, as a file for spreadsheets.
func (p pages) ordersCSV(ctx context.Context, v *web.Visit) (web.Answer, error) {
	all, err := page.All(func(ask page.Request) (page.List[ordering.Order], error) {
		return p.Ordering.Orders(ctx, ordering.AsSeller, orderFilter(v), ask)
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
			o.Number, names[o.Buyer].Name, o.PONumber, o.PlacedAt.Format(time.DateOnly), w.T("state." + string(o.State)), string(o.Payment), string(o.Fulfilment),
			o.Goods.Decimal(), o.Freight.Decimal(), o.Tax.Decimal(), o.Total.Decimal(), string(o.Currency),
		}
	}
	return console.CSVFile("orders.csv", []string{
		w.T("col.number"), w.T("col.buyer"), w.T("col.po"), w.T("col.placed"), w.T("axis.order"), w.T("axis.payment"), w.T("axis.fulfilment"),
		w.T("sum.goods"), w.T("sum.freight"), w.T("sum.tax"), w.T("common.total"), w.T("col.currency"),
	}, rows)
}
