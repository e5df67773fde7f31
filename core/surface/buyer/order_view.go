package buyer

import (
	"context"
	"net/url"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/quantity"
)

type orderPage struct {
	screen
	Order      ordering.Order
	Status     string
	URL        string
	SellerName string
	SellerURL  string
	SellerCity string
	Lines      []lineView
	Totals     []theme.Pair
	Settled    bool // the amounts differ from what was ordered
	Terms      []theme.Pair
	Pay        *payView
	Approvals  []consentView
	Loads      []loadView
	Claims     []claimView
	Release    *releaseView
	MayAsk     bool // for the release
	MayCancel  bool
	MayClaim   bool
	InvoiceURL string
	InvoiceNo  string
	Events     []theme.Event
	Next       string // what happens next, a text's key
}

type lineView struct {
	At             int
	SKU, Name, URL string
	Qty, Priced    quantity.Quantity
	Price          money.Price
	Sum            money.Money
	Basis          string
	Converted      bool // charged in another unit than ordered
	SettledQty     *quantity.Quantity
	SettledSum     *money.Money
	Less           *money.Money
	Source         string
	PriceSource    map[string]string
}

type consentView struct {
	URL, Rule, State, Note string
	By                     string
	At                     time.Time
}

type loadView struct {
	Shipment    fulfilment.Shipment
	URL         string
	State       string
	Carrier     string
	Lines       []loadLine
	Receipt     string
	ReceiptBy   string
	ReceiptAt   time.Time
	ReceiptNote string
	Receivable  bool
	Late        bool
}

type loadLine struct {
	Name, SKU string
	Qty       quantity.Quantity
	Lots      string
	Counted   *quantity.Quantity
	WeighedKg *quantity.Quantity
	Outcomes  []string
}

type claimView struct {
	aftersales.Claim
	URL, Line string
}

type releaseView struct {
	URL, State, Why, By string
	At                  time.Time
	MayDecide           bool
}

func (c desk) showOrder(ctx context.Context, s screen, f file) (*orderPage, error) {
	o := f.Order
	m := &orderPage{
		screen: s, Order: o, Status: o.Status(), URL: "/buyer/orders/" + o.ID.String(), SellerName: called(f.Seller, s.p.Locale()), SellerURL: "/s/" + o.Seller.String(), SellerCity: f.Seller.City,
		Lines: linesOf(s.p, o), Pay: c.payOf(s, f), MayCancel: mayCancel(o) && c.Roles.Can(ctx, ordering.ActionCancel), MayClaim: claimable(o) && c.Roles.Can(ctx, aftersales.ActionOpen),
	}
	var err error
	if m.Totals, m.Settled, err = totalsOf(s.p, o); err != nil {
		return nil, err
	}
	if err = c.people(ctx, m, f); err != nil {
		return nil, err
	}
	c.releaseOf(ctx, m, f)
	for _, cl := range f.Claims {
		m.Claims = append(m.Claims, claimView{cl, "/buyer/claims/" + cl.ID.String(), lineName(m.Lines, o, cl.Line)})
	}
	if f.Invoice != nil {
		m.InvoiceNo, m.InvoiceURL = f.Invoice.Number, "/buyer/invoices/"+f.Invoice.ID.String()+"/pdf"
	}
	m.Next = next(o, f)
	m.Events, err = c.timeline(ctx, s, "order", o.ID.String())
	return m, err
}

func linesOf(p *theme.Printer, o ordering.Order) []lineView {
	out := make([]lineView, len(o.Lines))
	for i, l := range o.Lines {
		out[i] = lineView{
			At: l.Position, SKU: l.SKU, Name: p.Name(l.Names), Qty: l.Qty, Priced: l.PricedQty, Price: l.Price, Sum: l.Goods, Basis: string(l.Basis),
			Converted: l.PricedQty.Unit != l.Qty.Unit, SettledQty: l.SettledQty, SettledSum: l.SettledSum, Source: l.PriceSource["source"], PriceSource: l.PriceSource,
		}
		if l.SKU != "" {
			out[i].URL = "/i/" + url.PathEscape(l.SKU)
		}
		if l.SettledSum != nil && l.SettledSum.Minor != l.Goods.Minor {
			d := money.Of(l.SettledSum.Minor-l.Goods.Minor, l.Goods.Currency)
			out[i].Less = &d
		}
	}
	return out
}

func lineName(lines []lineView, o ordering.Order, line id.OrderLine) string {
	for i, l := range o.Lines {
		if l.ID == line {
			return lines[i].Name
		}
	}
	return ""
}

// totalsOf are the order's amounts; once something arrived, what is owed stands below.
func totalsOf(p *theme.Printer, o ordering.Order) ([]theme.Pair, bool, error) {
	rows := []theme.Pair{{Name: p.T("buyer.goods"), Value: p.Money(o.Goods)}}
	if o.Discount.Minor != 0 {
		rows = append(rows, theme.Pair{Name: p.T("buyer.discount"), Value: p.Money(money.Of(-o.Discount.Minor, o.Currency))})
	}
	freight := p.T("buyer.freight")
	if o.FreightService != "" {
		freight += " · " + p.Service(o.FreightService)
	}
	rows = append(rows, theme.Pair{Name: freight, Value: p.Money(o.Freight)},
		theme.Pair{Name: p.T("buyer.tax", "rate", p.Percent(o.TaxRateMicro)), Value: p.Money(o.Tax)}, theme.Pair{Name: p.T("common.total"), Value: p.Money(o.Total), Total: true})
	due, err := o.SettledTotal()
	if err != nil || due.Minor == o.Total.Minor {
		return rows, false, err
	}
	return append(rows, theme.Pair{Name: p.T("buyer.settled_total"), Value: p.Money(due), Total: true}), true, nil
}

// people fills in who ordered, who decides and who received, by name.
func (c desk) people(ctx context.Context, m *orderPage, f file) error {
	o, p := f.Order, m.p
	ids := []id.Person{o.PlacedBy}
	for _, a := range f.Approvals {
		ids = append(ids, a.RequestedBy, a.DecidedBy)
	}
	for _, r := range f.Receipts {
		ids = append(ids, r.ReceivedBy)
	}
	names, err := c.Reads.People(ctx, ids...)
	if err != nil {
		return err
	}
	for _, a := range f.Approvals {
		w := consentView{URL: "/buyer/approvals/" + a.ID.String(), Rule: a.Rule, State: string(a.State), Note: a.Note, By: names[a.RequestedBy], At: a.RequestedAt}
		if a.State == ordering.Approved || a.State == ordering.Rejected {
			w.By, w.At = names[a.DecidedBy], a.DecidedAt
		}
		m.Approvals = append(m.Approvals, w)
	}
	m.Loads = c.loadsOf(m, f, names)
	m.Terms = []theme.Pair{{Name: p.T("buyer.placed_at"), Value: p.DateTime(o.PlacedAt)}}
	add := func(key, value string) {
		if value != "" {
			m.Terms = append(m.Terms, theme.Pair{Name: p.T(key), Value: value})
		}
	}
	if by := names[o.PlacedBy]; o.Consent.IsZero() {
		add("buyer.placed_by", by)
	} else {
		add("buyer.placed_by", p.T("buyer.placed_for", "name", by))
	}
	add("buyer.po_number", o.PONumber)
	add("buyer.ship_to", addressLine(o.ShipTo))
	add("buyer.contact", joined(" · ", o.ShipTo.Contact, o.ShipTo.Phone))
	if !o.CostCentre.IsZero() {
		if cc, err := c.Parties.CostCentre(ctx, o.Buyer, o.CostCentre); err == nil {
			add("buyer.cost_centre", cc.Code+" · "+cc.Name)
		}
	}
	add("buyer.note", o.Note)
	return nil
}

func addressLine(a ordering.Address) string {
	return joined(", ", a.Label, a.Street, joined(" ", a.Postcode, a.City), a.Region, a.Country)
}

func joined(sep string, parts ...string) string {
	kept := parts[:0:0]
	for _, p := range parts {
		if p != "" {
			kept = append(kept, p)
		}
	}
	return strings.Join(kept, sep)
}

// The page offers what the services would take; they decide again when asked.
func mayCancel(o ordering.Order) bool {
	return (o.State == ordering.AwaitingApproval || o.State == ordering.Placed) && o.Fulfilment == ordering.NotShipped
}

func claimable(o ordering.Order) bool {
	return o.Fulfilment != ordering.NotShipped && o.Payment == ordering.PaymentFunded
}

func (c desk) releaseOf(ctx context.Context, m *orderPage, f file) {
	o := f.Order
	for _, r := range f.Releases {
		m.Release = &releaseView{
			URL: "/buyer/releases/" + r.ID.String(), State: r.State, Why: r.Why, By: r.Requester, At: r.RequestedAt,
			MayDecide: r.State == string(payments.ReleaseRequested) && r.RequestedBy != m.self.Subject() && c.Roles.Can(ctx, payments.ActionApprove),
		}
	}
	open := 0
	for _, cl := range f.Claims {
		if cl.Undecided() {
			open++
		}
	}
	waiting := m.Release != nil && (m.Release.State == string(payments.ReleaseRequested) || m.Release.State == string(payments.ReleaseApproved))
	m.MayAsk = o.Fulfilment == ordering.Received && f.Escrow != nil && f.Escrow.State == payments.Funded && open == 0 && !waiting && c.Roles.Can(ctx, payments.ActionRelease)
}

// next is the key of the sentence that says what the order waits for.
func next(o ordering.Order, f file) string {
	switch {
	case o.State == ordering.AwaitingApproval, o.State == ordering.Declined, o.State == ordering.Cancelled, o.State == ordering.Completed:
		return "buyer.next." + string(o.State)
	case o.Aftersale == ordering.Claimed:
		return "buyer.next.claimed"
	case o.Payment == ordering.PaymentNone || o.Payment == ordering.PaymentPending:
		return "buyer.next.pay"
	case o.Fulfilment == ordering.Received:
		return "buyer.next.release"
	case o.Fulfilment == ordering.Shipped || o.Fulfilment == ordering.PartlyShipped:
		return "buyer.next.receive"
	case o.State == ordering.Placed:
		return "buyer.next.accept"
	}
	return "buyer.next.ship"
}

func sellerName(o parties.Org, s screen) string { return called(o, s.p.Locale()) }
