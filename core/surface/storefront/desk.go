package storefront

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/tenancy"
)

// personal fills what the home page shows of its reader: a portal's desk, a licence, the
// market's open demand.
func (s shop) personal(ctx context.Context, e eye, m *Home, sh *catalog.Shelf, t tenancy.Tenant) error {
	licensed := slices.Contains(t.Settings.Verticals, "pharma")
	if len(t.Settings.Board) > 0 {
		if err := s.demand(ctx, e, m); err != nil {
			return err
		}
	}
	if !licensed && t.Kind != tenancy.Portal {
		return nil
	}
	var d reads.Desk
	if !e.who.Org.IsZero() {
		var err error
		if d, err = s.Reads.Desk(ctx); err != nil {
			return err
		}
	}
	if licensed {
		m.Licence = licence(d.Licences, e, s.Now())
	}
	if t.Kind == tenancy.Portal {
		return s.desk(ctx, e, m, sh, d)
	}
	return nil
}

func (s shop) demand(ctx context.Context, e eye, m *Home) error {
	open, err := s.Reads.Closing(ctx, 5)
	if err != nil {
		return err
	}
	for _, d := range open {
		r := RFQRow{Title: e.Name(d.Names), URL: itemURL(d.SKU), Quantity: d.Qty, Lines: d.Lines, ClosesAt: d.Closes, Urgent: d.Closes.Before(s.Now().Add(24 * time.Hour))}
		if e.who.Has("seller") {
			r.URL = "/seller/rfqs"
		}
		m.UrgentRFQs = append(m.UrgentRFQs, r)
	}
	return nil
}

// licence picks the licence that matters: a valid one, else the newest.
func licence(ls []reads.Licence, e eye, now time.Time) *LicenceStatus {
	out := &LicenceStatus{SignedIn: e.who.SignedIn(), State: "none", URL: "/sign-up"}
	if out.SignedIn {
		out.URL = "/buyer/company"
	}
	for _, l := range ls {
		state := l.State
		if l.State == "valid" && l.To.Before(now.Truncate(24*time.Hour)) {
			state = "expired"
		}
		if out.State == "none" || (state == "valid" && out.State != "valid") {
			out.State, out.Kind, out.Number, out.Scope, out.ValidTo = state, e.licenceKind(l.Kind), l.Number, l.Scope, l.To
		}
	}
	return out
}

func (e eye) licenceKind(kind string) string {
	if e.Has("licence.kind." + kind) {
		return e.T("licence.kind." + kind)
	}
	return strings.ReplaceAll(kind, "_", " ")
}

func (s shop) desk(ctx context.Context, e eye, m *Home, sh *catalog.Shelf, d reads.Desk) error {
	out := &Desk{}
	for _, a := range d.Approvals {
		out.Tasks = append(out.Tasks, theme.Task{
			Title: e.T("desk.approve", "number", a.Number), Text: e.Money(a.Amount) + " · " + a.By + " · " + a.Seller,
			URL: "/buyer/approvals/" + a.ID.String(), Icon: "clipboard-check", Since: a.Since,
		})
	}
	for _, o := range d.Arriving {
		out.Tasks = append(out.Tasks, theme.Task{Title: e.T("desk.receive", "number", o.Number), Text: o.Seller, URL: "/buyer/orders/" + o.ID.String(), Icon: "package-check", Since: o.At})
	}
	for _, o := range d.Orders {
		out.Orders = append(out.Orders, DeskOrder{Number: o.Number, URL: "/buyer/orders/" + o.ID.String(), Seller: o.Seller, State: o.State, Total: o.Total, At: o.At})
	}
	for _, c := range d.Centres {
		out.Budgets = append(out.Budgets, budget(c))
	}
	for i, c := range m.Companies {
		if i < 6 {
			out.Catalogs = append(out.Catalogs, CatalogTile{Name: c.Name, URL: c.URL, Note: c.City, Items: c.Offers, Draw: "draw:box"})
		}
	}
	m.Desk = out
	rows, err := s.Reads.Rows(ctx, d.Often)
	if len(rows) > 8 {
		rows = rows[:8]
	}
	out.Frequent = e.cards(sh, rows)
	return err
}

// budget: the bar shows what is spent, its mark where open orders will bring it.
func budget(c reads.Centre) Budget {
	used := c.Spent + c.Bound
	cur := c.Budget.Currency
	b := Budget{
		Code: c.Code, Name: c.Name, Total: c.Budget, Spent: money.Of(used, cur), Bound: money.Of(c.Bound, cur), Left: money.Of(c.Budget.Minor-used, cur),
		SpentMinor: c.Spent, BoundMinor: used, AllSums: c.Budget.Minor,
	}
	switch {
	case used > c.Budget.Minor:
		b.Tone = "bad"
	case used*10 > c.Budget.Minor*8:
		b.Tone = "warn"
	}
	return b
}
