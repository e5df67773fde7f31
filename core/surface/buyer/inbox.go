package buyer

import (
	"context"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/sourcing"
)

type inboxPage struct {
	screen
	Tasks     []theme.Task
	Stats     reads.Stats
	Recent    []orderRow
	NoCompany bool
	MayAsk    bool
	MayOrder  bool
	Month     money.Money
	Before    money.Money // the month before, to compare with
}

// taskLooks are the icon and the address of each kind of task.
var taskLooks = map[string][2]string{
	"approval": {"clipboard-check", "/buyer/approvals/"}, "release": {"wallet", "/buyer/releases/"}, "rfq": {"scale", "/buyer/rfqs/"}, "pay": {"landmark", "/buyer/orders/"},
	"receive": {"truck", "/buyer/shipments/"}, "claim": {"triangle-alert", "/buyer/claims/"}, "licence": {"file-check", "/buyer/company/licences#"},
}

func (c desk) inbox(ctx context.Context, v *web.Visit) (web.Answer, error) {
	s, err := c.open(ctx, v, "inbox", "nav.inbox")
	if err != nil {
		return web.Answer{}, err
	}
	s.Crumbs = nil
	cur := money.Currency(v.Site().Currency)
	in, err := c.Reads.Inbox(ctx, cur, c.Roles.Can(ctx, ordering.ActionDecide))
	if err != nil {
		return web.Answer{}, err
	}
	m := &inboxPage{screen: s, Stats: in.Stats, NoCompany: s.self.Org.IsZero(), MayAsk: c.Roles.Can(ctx, sourcing.ActionCreate), MayOrder: c.Roles.Can(ctx, ordering.ActionRead)}
	for _, t := range in.Tasks {
		m.Tasks = append(m.Tasks, c.task(s, t))
	}
	if n := len(in.Stats.Months); n > 1 {
		m.Month, m.Before = money.Of(in.Stats.Months[n-1], cur), money.Of(in.Stats.Months[n-2], cur)
	}
	if !m.NoCompany && m.MayOrder {
		if err := c.recent(ctx, m); err != nil {
			return web.Answer{}, err
		}
	}
	return web.Render("buyer/inbox", m), nil
}

// recent are the newest orders, to come back to.
func (c desk) recent(ctx context.Context, m *inboxPage) error {
	list, err := c.Ordering.Orders(ctx, ordering.AsBuyer, ordering.Filter{}, pageOf(5))
	if err != nil {
		return err
	}
	names, err := c.sellersOf(ctx, list.Items)
	for _, o := range list.Items {
		m.Recent = append(m.Recent, orderRowOf(o, sellerName(names[o.Seller], m.screen), m.p))
	}
	return err
}

// task says one thing that waits in the reader's words.
func (c desk) task(s screen, t reads.Task) theme.Task {
	p := s.p
	args := []any{"number", t.Number, "title", t.Title, "party", t.Party, "amount", p.Money(t.Amount), "n", strconv.Itoa(t.N), "of", strconv.Itoa(t.Of)}
	look := taskLooks[t.Kind]
	out := theme.Task{Title: p.T("buyer.task."+t.Kind, args...), Text: p.T("buyer.task."+t.Kind+".text", args...), Icon: look[0], URL: look[1] + t.ID, Since: t.Since, Until: t.Until}
	switch t.Kind {
	case "rfq":
		out.URL += "/compare"
	case "pay":
		out.URL += "#pay"
	case "receive", "licence":
		if !t.Until.IsZero() {
			out.Until = t.Until.Add(24*time.Hour - time.Second) // a day is due until it ends
		}
	}
	out.Late = !out.Until.IsZero() && out.Until.Before(c.Now())
	return out
}
