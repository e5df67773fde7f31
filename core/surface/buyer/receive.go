package buyer

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/surface/console"
)

type receivePage struct {
	screen
	Load     fulfilment.Shipment
	Order    fulfilment.Order
	OrderURL string
	URL      string
	Seller   string
	Carrier  string
	Lines    []expected
	Rows     []countRow
	Note     string
	Open     bool
}

// expected is a line of the load with what should be on it.
type expected struct {
	ID        id.OrderLine
	At        int
	SKU, Name string
	Qty       quantity.Quantity
	Weighed   bool
	KgHint    *quantity.Quantity // what the goods should weigh
	Lots      []string
	Rows      []countRow
}

// countRow is one count as typed. Index is its number in the form, for the fields' names.
type countRow struct {
	Index                            int
	Line                             string
	Qty, WeighedKg, Lot, Found, Note string
}

func (c desk) receiving(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.receivePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.begin()
	return web.Render("buyer/receive", m), nil
}

func (c desk) receivePage(ctx context.Context, v *web.Visit) (*receivePage, error) {
	var sid id.Shipment
	if err := pathID(v, "id", &sid, fulfilment.ErrNotFound); err != nil {
		return nil, err
	}
	load, o, err := c.Fulfilment.Shipment(ctx, sid)
	if err != nil {
		return nil, err
	}
	if me := v.Caller().Org; me.IsZero() || o.Buyer != me {
		return nil, fulfilment.ErrNotFound
	}
	url := "/buyer/orders/" + o.ID.String()
	s, err := c.open(ctx, v, "orders", "", console.Crumb("nav.orders", "/buyer/orders"), linkTo(o.Number, url))
	if err != nil {
		return nil, err
	}
	s.named(s.p.T("buyer.receive.title", "number", load.Number))
	names, err := c.companies(ctx, o.Seller)
	if err != nil {
		return nil, err
	}
	m := &receivePage{screen: s, Load: load, Order: o, OrderURL: url, URL: "/buyer/shipments/" + sid.String(), Seller: sellerName(names[o.Seller], s), Carrier: carrierName(s, load), Open: load.State == fulfilment.Shipped}
	for _, sl := range load.Lines {
		l, ok := o.Line(sl.Line)
		if !ok {
			continue
		}
		e := expected{ID: l.ID, At: l.Position, SKU: l.SKU, Name: s.p.Name(l.Names), Qty: sl.Qty, Weighed: l.Basis == fulfilment.Weighed, Lots: sl.Lots}
		if kg, err := sl.Qty.In(quantity.Kilogram, l.KgPerUnitMicro); err == nil && sl.Qty.Unit != quantity.Kilogram {
			e.KgHint = &kg
		}
		m.Lines = append(m.Lines, e)
	}
	return m, nil
}

// begin puts one empty count under every line, one per lot where there are several.
func (m *receivePage) begin() {
	for _, l := range m.Lines {
		for _, lot := range lotsOf(l) {
			m.Rows = append(m.Rows, countRow{Line: l.ID.String(), Lot: lot, Found: "accepted"})
		}
	}
	m.arrange()
}

func lotsOf(l expected) []string {
	if len(l.Lots) == 0 {
		return []string{""}
	}
	return l.Lots
}

// arrange numbers the counts and hangs them under their lines.
func (m *receivePage) arrange() {
	for i := range m.Lines {
		m.Lines[i].Rows = nil
	}
	for i := range m.Rows {
		m.Rows[i].Index = i
		for n := range m.Lines {
			if m.Lines[n].ID.String() == m.Rows[i].Line {
				m.Lines[n].Rows = append(m.Lines[n].Rows, m.Rows[i])
			}
		}
	}
}

// typed reads the counts back from the form, in the order they were sent.
func (m *receivePage) typed(form url.Values) {
	m.Note = form.Get("note")
	for _, r := range console.Rows(form, "lines") {
		m.Rows = append(m.Rows, countRow{Line: r.Get("line"), Qty: number(r.Get("qty")), WeighedKg: number(r.Get("weighed_kg")), Lot: r.Get("lot"), Found: r.Get("found"), Note: r.Get("note")})
	}
	m.arrange()
}

// number takes the commas out that people group digits with; 1,250.5 is 1250.5.
func number(s string) string { return strings.ReplaceAll(strings.TrimSpace(s), ",", "") }

// shapeReceipt changes the form without sending it: another count of a line, one less, or
// everything as it was sent.
func (c desk) shapeReceipt(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.receivePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.typed(v.Form())
	what, arg, _ := strings.Cut(v.Form().Get("do"), ":")
	switch what {
	case "more":
		m.Rows = append(m.Rows, countRow{Line: arg, Found: "damaged", Lot: m.onlyLot(arg)})
	case "less":
		if i, err := strconv.Atoi(arg); err == nil && i >= 0 && i < len(m.Rows) {
			m.Rows = slices.Delete(m.Rows, i, i+1)
		}
	case "as_sent":
		m.asSent()
	}
	m.arrange()
	return web.Render("buyer/receive", m), nil
}

func (m *receivePage) onlyLot(line string) string {
	for _, l := range m.Lines {
		if l.ID.String() == line && len(l.Lots) == 1 {
			return l.Lots[0]
		}
	}
	return ""
}

// asSent fills the quantities of lines that have one empty count. What is weighed has to
// be weighed all the same.
func (m *receivePage) asSent() {
	for _, l := range m.Lines {
		if len(l.Rows) == 1 && l.Rows[0].Qty == "" {
			m.Rows[l.Rows[0].Index].Qty = l.Qty.Value()
		}
	}
}

func (c desk) receive(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.receivePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.typed(v.Form())
	in := fulfilment.ReceiptInput{Note: m.Note}
	for _, r := range m.Rows {
		var line id.OrderLine
		if line.UnmarshalText([]byte(r.Line)) != nil {
			return web.Answer{}, fulfilment.ErrReceiptInvalid
		}
		in.Lines = append(in.Lines, fulfilment.ReceiptLineInput{Line: line, Qty: r.Qty, WeighedKg: r.WeighedKg, Lot: r.Lot, Damaged: r.Found == "damaged", Note: r.Note})
	}
	got, err := c.Fulfilment.Receive(ctx, m.Load.ID, in)
	if err != nil {
		return web.Again("buyer/receive", m, err)
	}
	said := "buyer.receive.done"
	if len(got.Differences) > 0 {
		said = "buyer.receive.differs"
	}
	return web.Redirect(m.OrderURL).Flash(said, "number", got.Receipt.Number, "n", strconv.Itoa(len(got.Differences))), nil
}
