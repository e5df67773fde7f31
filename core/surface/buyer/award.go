package buyer

import (
	"context"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
)

// awardPage is the last look before an award: the orders it makes, and what stays open.
type awardPage struct {
	screen
	RFQ    sourcing.RFQ
	URL    string
	Orders []awardOrder
	Total  money.Money
	Open   []openRest
	Reason string
	Fields []hidden // the choice, carried to the decision
}

type awardOrder struct {
	Seller              string
	Lines               []awardedLine
	Goods, Freight, Tax money.Money
	Total               money.Money
	PaymentDays         int
}

type awardedLine struct {
	Name, SKU string
	Qty       quantity.Quantity
	Price     money.Price
	Goods     money.Money
	LeadDays  int
}

type openRest struct {
	Name string
	Qty  quantity.Quantity
}

type hidden struct{ Name, Value string }

// checkAward shows what the choice would come to; nothing is decided yet.
func (c desk) checkAward(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, _, err := c.comparePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	in, names := m.choice(v.Form())
	if v.Form().Get("do") == "back" {
		return web.Render("buyer/compare", m), nil
	}
	t, a, orders, err := c.Sourcing.Preview(ctx, m.RFQ.ID, in)
	if err != nil {
		return web.Again("buyer/compare", m, renamed(err, names))
	}
	page, err := m.confirm(t, a, orders)
	if err != nil {
		return web.Answer{}, err
	}
	for k, vs := range v.Form() {
		if k != "do" && len(vs) > 0 {
			page.Fields = append(page.Fields, hidden{k, vs[0]})
		}
	}
	slices.SortFunc(page.Fields, func(a, b hidden) int { return strings.Compare(a.Name, b.Name) })
	return web.Render("buyer/award", page), nil
}

func (m *comparePage) confirm(t sourcing.Comparison, a sourcing.Award, orders []sourcing.AwardedOrder) (*awardPage, error) {
	s := m.screen
	s.named(s.p.T("buyer.award.title", "number", m.RFQ.Number))
	s.Crumbs = append(slices.Clone(s.Crumbs), console.Crumb("buyer.compare.crumb", m.URL+"/compare"))
	page := &awardPage{screen: s, RFQ: m.RFQ, URL: m.URL, Reason: a.Reason, Total: money.Zero(m.RFQ.Currency)}
	for _, o := range orders {
		w, err := m.order(t, o)
		if err != nil {
			return nil, err
		}
		if page.Total, err = page.Total.Add(w.Total); err != nil {
			return nil, err
		}
		page.Orders = append(page.Orders, w)
	}
	for i, l := range m.RFQ.Lines {
		rest := l.Qty
		for _, al := range a.Lines {
			if al.Line == l.ID {
				rest.Micro -= al.Qty.Micro
			}
		}
		if rest.Micro > 0 {
			page.Open = append(page.Open, openRest{m.Rows[i].Line.Name, rest})
		}
	}
	return page, nil
}

// order adds one seller's part up the way the order will.
func (m *comparePage) order(t sourcing.Comparison, o sourcing.AwardedOrder) (awardOrder, error) {
	w := awardOrder{Seller: m.columnName(o.Quote), Freight: o.Freight, Goods: money.Zero(m.RFQ.Currency), PaymentDays: o.PaymentDays}
	var err error
	for _, l := range o.Lines {
		w.Lines = append(w.Lines, awardedLine{m.p.Name(l.Names), l.SKU, l.Qty, l.Price, l.Goods, l.LeadDays})
		if w.Goods, err = w.Goods.Add(l.Goods); err != nil {
			return w, err
		}
	}
	if w.Total, err = w.Goods.Add(w.Freight); err != nil {
		return w, err
	}
	if w.Tax, err = w.Total.Share(o.TaxRateMicro); err != nil {
		return w, err
	}
	w.Total, err = w.Total.Add(w.Tax)
	return w, err
}

func (m *comparePage) columnName(q id.Quote) string {
	for _, c := range m.Columns {
		if c.ID == q.String() {
			return c.Name
		}
	}
	return ""
}

// renamed points a fault's complaints at the fields of our form.
func renamed(err error, names map[string]string) error {
	f := *fault.From(err)
	f.Fields = slices.Clone(f.Fields)
	for i := range f.Fields {
		if n, ok := names[f.Fields[i].Path]; ok {
			f.Fields[i].Path = n
		}
	}
	return &f
}

func (c desk) award(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, _, err := c.comparePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	in, names := m.choice(v.Form())
	r, _, err := c.Sourcing.Award(ctx, m.RFQ.ID, in)
	if err != nil {
		return web.Again("buyer/compare", m, renamed(err, names))
	}
	return web.Redirect(m.URL).Flash("buyer.award.done", "number", r.Number), nil
}
