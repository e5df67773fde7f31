package buyer

import (
	"bytes"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
)

// The values that the filters of the list take.
var (
	orderStates = []string{"awaiting_approval", "placed", "accepted", "completed", "declined", "cancelled"}
	payStates   = []string{"none", "pending", "funded", "released", "refunded"}
	goodsStates = []string{"none", "partly_shipped", "shipped", "received"}
)

type ordersPage struct {
	screen
	Rows                        []orderRow
	State, Payment, Goods, Text string
	States, Payments, Goodses   []theme.Choice
	Tabs                        []theme.Tab
	Filtered                    bool
	Clear, Export               string
	Pager                       console.Pager
}

type orderRow struct {
	URL, Number, PONumber, Seller, What string
	More                                int // lines beyond the first
	Status, Payment, Fulfilment         string
	Total                               money.Money
	At                                  time.Time
}

func filterOf(v *web.Visit) ordering.Filter {
	return ordering.Filter{
		State: ordering.State(console.OneOf(v.Query("state"), orderStates...)), Payment: ordering.Payment(console.OneOf(v.Query("payment"), payStates...)),
		Fulfilment: ordering.Fulfilment(console.OneOf(v.Query("goods"), goodsStates...)), Text: strings.ToUpper(strings.TrimSpace(v.Query("q"))),
	}
}

func (c desk) orders(ctx context.Context, v *web.Visit) (web.Answer, error) {
	s, err := c.open(ctx, v, "orders", "nav.orders")
	if err != nil {
		return web.Answer{}, err
	}
	f := filterOf(v)
	list, err := c.Ordering.Orders(ctx, ordering.AsBuyer, f, console.Ask(v, listSize))
	if err != nil {
		return web.Answer{}, err
	}
	names, err := c.sellersOf(ctx, list.Items)
	if err != nil {
		return web.Answer{}, err
	}
	m := &ordersPage{
		screen: s, State: string(f.State), Payment: string(f.Payment), Goods: string(f.Fulfilment), Text: v.Query("q"), Pager: console.Pages(v, list.Next),
		Tabs:   s.tabs("order", "awaiting_approval", "placed", "accepted", "completed"),
		States: choices(s.p, "order", orderStates...), Payments: choices(s.p, "payment", payStates...), Goodses: choices(s.p, "fulfilment", goodsStates...),
		Clear: "/buyer/orders", Export: strings.Replace(console.With(v, "after", ""), "/buyer/orders", "/buyer/orders/export", 1),
	}
	m.Filtered = m.State+m.Payment+m.Goods+m.Text != ""
	for _, o := range list.Items {
		m.Rows = append(m.Rows, orderRowOf(o, called(names[o.Seller], v.Locale()), s.p))
	}
	return web.Render("buyer/orders", m), nil
}

func orderRowOf(o ordering.Order, seller string, p *theme.Printer) orderRow {
	r := orderRow{
		URL: "/buyer/orders/" + o.ID.String(), Number: o.Number, PONumber: o.PONumber, Seller: seller, Status: o.Status(), Payment: string(o.Payment),
		Fulfilment: string(o.Fulfilment), Total: o.Total, At: o.PlacedAt, More: len(o.Lines) - 1,
	}
	if len(o.Lines) > 0 {
		r.What = p.Name(o.Lines[0].Names)
	}
	return r
}

func (c desk) sellersOf(ctx context.Context, orders []ordering.Order) (map[id.Org]parties.Org, error) {
	ids := make([]id.Org, len(orders))
	for i, o := range orders {
		ids[i] = o.Seller
	}
	return c.companies(ctx, ids...)
}

// exportOrders is the list as it is filtered, as a table for spreadsheets.
func (c desk) exportOrders(ctx context.Context, v *web.Visit) (web.Answer, error) {
	p := console.Words(c.Texts, v)
	all, err := page.All(func(ask page.Request) (page.List[ordering.Order], error) {
		return c.Ordering.Orders(ctx, ordering.AsBuyer, filterOf(v), ask)
	})
	if err != nil {
		return web.Answer{}, err
	}
	names, err := c.sellersOf(ctx, all)
	if err != nil {
		return web.Answer{}, err
	}
	rows := make([][]string, len(all))
	for i, o := range all {
		rows[i] = orderCells(o, called(names[o.Seller], v.Locale()))
	}
	head := make([]string, len(orderHeads))
	for i, h := range orderHeads {
		head[i] = p.T("buyer.csv." + h)
	}
	body, err := console.CSV(head, rows)
	if err != nil {
		return web.Answer{}, err
	}
	return web.File("orders-"+c.Now().Format(time.DateOnly)+".csv", "text/csv; charset=utf-8", bytes.NewReader(body), int64(len(body))), nil
}

var orderHeads = []string{"number", "po_number", "seller", "placed_at", "status", "payment", "fulfilment", "aftersale", "lines", "goods", "freight", "tax", "total", "currency"}

func orderCells(o ordering.Order, seller string) []string {
	return []string{
		o.Number, o.PONumber, seller, o.PlacedAt.UTC().Format(time.RFC3339), string(o.State), string(o.Payment), string(o.Fulfilment), string(o.Aftersale),
		strconv.Itoa(len(o.Lines)), o.Goods.Decimal(), o.Freight.Decimal(), o.Tax.Decimal(), o.Total.Decimal(), string(o.Currency),
	}
}
