package buyer

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/surface/console"
)

type approvalsPage struct {
	screen
	Rows     []approvalRow
	Releases []reads.ReleaseRow
	State    string
	Tabs     []theme.Tab
	Pager    console.Pager
	Decides  bool // the reader may decide at all
}

type approvalRow struct {
	reads.ApprovalRow
	URL  string
	Mine bool // the reader asked for it himself
}

func (c desk) approvals(ctx context.Context, v *web.Visit) (web.Answer, error) {
	s, err := c.open(ctx, v, "approvals", "nav.approvals")
	if err != nil {
		return web.Answer{}, err
	}
	m := &approvalsPage{screen: s, State: "pending", Decides: c.Roles.Can(ctx, ordering.ActionDecide)}
	if v.Queries().Has("state") {
		m.State = console.OneOf(v.Query("state"), "pending", "approved", "rejected", "withdrawn")
	}
	list, err := c.Reads.Approvals(ctx, m.State, console.Ask(v, listSize))
	if err != nil {
		return web.Answer{}, err
	}
	for _, a := range list.Items {
		m.Rows = append(m.Rows, approvalRow{a, "/buyer/approvals/" + a.ID.String(), a.RequestedBy == s.self.Person})
	}
	if m.State == "pending" && v.Query("after") == "" {
		if m.Releases, err = c.Reads.ReleasesWaiting(ctx); err != nil {
			return web.Answer{}, err
		}
	}
	for _, st := range []string{"pending", "approved", "rejected", ""} {
		text := s.p.T("common.all")
		if st != "" {
			text = word(s.p, "approval", st)
		}
		m.Tabs = append(m.Tabs, theme.Tab{Text: text, URL: "/buyer/approvals?state=" + st, Current: m.State == st})
	}
	m.Pager = console.Pages(v, list.Next)
	return web.Render("buyer/approvals", m), nil
}

type approvalPage struct {
	screen
	A         reads.Consent
	URL       string
	OrderURL  string
	Facts     []theme.Pair
	Lines     []lineView
	Why       []theme.WhyStep
	Budget    *budgetView
	Pending   bool
	MayDecide bool
	TooMuch   bool // above what the reader may approve
	Own       bool
}

// budgetView is a cost centre as a bar: spent before, this order, what is left.
type budgetView struct {
	reads.Budget
	Before, After money.Money // spent without and with the order
	Left          money.Money
	Over          bool
	Tone          string
}

func (c desk) approval(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.approvalPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/approval", m), nil
}

func (c desk) approvalPage(ctx context.Context, v *web.Visit) (*approvalPage, error) {
	var aid id.Approval
	if err := pathID(v, "id", &aid, ordering.ErrApproval); err != nil {
		return nil, err
	}
	a, err := c.Reads.Approval(ctx, aid)
	if err != nil {
		return nil, err
	}
	o, err := c.ownOrder(ctx, v, a.Order)
	if err != nil {
		return nil, err
	}
	s, err := c.open(ctx, v, "approvals", "", console.Crumb("nav.approvals", "/buyer/approvals"))
	if err != nil {
		return nil, err
	}
	s.named(s.p.T("buyer.approval.title", "number", a.Number))
	m := &approvalPage{
		screen: s, A: a, URL: "/buyer/approvals/" + aid.String(), OrderURL: "/buyer/orders/" + a.Order.String(), Lines: linesOf(s.p, o), Pending: a.State == string(ordering.Pending),
		Own: a.RequestedBy == s.self.Person, TooMuch: a.Mine != nil && a.Mine.Minor < a.Amount.Minor,
	}
	m.MayDecide = m.Pending && !m.Own && c.Roles.Can(ctx, ordering.ActionDecide)
	p := s.p
	m.Facts = []theme.Pair{
		{Name: p.T("buyer.amount"), Value: p.Money(a.Amount), Total: true},
		{Name: p.T("buyer.seller"), Value: a.Seller},
		{Name: p.T("buyer.requested_by"), Value: a.Requester},
		{Name: p.T("buyer.requested_at"), Value: p.DateTime(a.RequestedAt)},
	}
	if a.CostCentre != "" {
		m.Facts = append(m.Facts, theme.Pair{Name: p.T("buyer.cost_centre"), Value: a.CostCentre})
	}
	m.Facts = append(m.Facts, theme.Pair{Name: p.T("buyer.ship_to"), Value: addressLine(o.ShipTo)})
	if o.Note != "" {
		m.Facts = append(m.Facts, theme.Pair{Name: p.T("buyer.note"), Value: o.Note})
	}
	m.Budget = budgetOf(a)
	m.Why = whyOf(p, a, m.Budget)
	return m, nil
}

// budgetOf shows what the order does to its cost centre.
func budgetOf(a reads.Consent) *budgetView {
	if a.Budget == nil {
		return nil
	}
	b := &budgetView{Budget: *a.Budget, Before: a.Budget.Spent, After: a.Budget.Spent, Tone: "good"}
	if a.Counts {
		b.Before.Minor -= a.Amount.Minor
	} else {
		b.After.Minor += a.Amount.Minor
	}
	b.Left = money.Of(b.Amount.Minor-b.After.Minor, b.Amount.Currency)
	switch {
	case b.Left.Minor < 0:
		b.Over, b.Tone = true, "bad"
	case b.Left.Minor < b.Amount.Minor/10:
		b.Tone = "warn"
	}
	return b
}

// whyOf is the rule in the reader's words: what the one who ordered may do alone, and what
// the budget allows.
func whyOf(p *theme.Printer, a reads.Consent, b *budgetView) []theme.WhyStep {
	var out []theme.WhyStep
	switch {
	case a.Limit == nil:
		out = append(out, theme.WhyStep{Tone: "ok", Title: p.T("buyer.why.no_limit", "name", a.Requester)})
	case a.Limit.Minor < a.Amount.Minor:
		out = append(out, theme.WhyStep{
			Tone: "wait", Title: p.T("buyer.why.above_limit", "name", a.Requester, "limit", p.Money(*a.Limit)),
			Detail: p.T("buyer.why.above_by", "amount", p.Money(money.Of(a.Amount.Minor-a.Limit.Minor, a.Amount.Currency))),
		})
	default:
		out = append(out, theme.WhyStep{Tone: "ok", Title: p.T("buyer.why.within_limit", "name", a.Requester, "limit", p.Money(*a.Limit))})
	}
	switch {
	case b == nil:
	case b.Over:
		out = append(out, theme.WhyStep{Tone: "wait", Title: p.T("buyer.why.over_budget", "code", b.Code), Detail: p.T("buyer.why.over_by", "amount", p.Money(money.Of(-b.Left.Minor, b.Left.Currency)))})
	default:
		out = append(out, theme.WhyStep{Tone: "ok", Title: p.T("buyer.why.in_budget", "code", b.Code, "left", p.Money(b.Left))})
	}
	switch {
	case a.Mine == nil:
		out = append(out, theme.WhyStep{Tone: "ok", Title: p.T("buyer.why.you_any")})
	case a.Mine.Minor < a.Amount.Minor:
		out = append(out, theme.WhyStep{Tone: "no", Title: p.T("buyer.why.you_less", "limit", p.Money(*a.Mine)), Fix: p.T("buyer.why.ask_other")})
	default:
		out = append(out, theme.WhyStep{Tone: "ok", Title: p.T("buyer.why.you_upto", "limit", p.Money(*a.Mine))})
	}
	return out
}

func (c desk) decideApproval(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var aid id.Approval
	if err := pathID(v, "id", &aid, ordering.ErrApproval); err != nil {
		return web.Answer{}, err
	}
	yes := v.Form().Get("decision") == "approve"
	o, err := c.Ordering.DecideApproval(ctx, aid, yes, strings.TrimSpace(v.Form().Get("note")))
	if err != nil {
		m, seen := c.approvalPage(ctx, v)
		if seen != nil {
			return web.Answer{}, err
		}
		return web.Again("buyer/approval", m, pointed(err, map[string]string{"note": strings.TrimSpace(v.Form().Get("note"))}))
	}
	said := "buyer.approval.approved"
	if !yes {
		said = "buyer.approval.rejected"
	}
	return web.Redirect("/buyer/approvals").Flash(said, "number", o.Number), nil
}

type releasePage struct {
	screen
	R         reads.ReleaseRow
	URL       string
	OrderURL  string
	Split     []theme.Pair
	Pending   bool
	Own       bool
	MayDecide bool
}

// release is the second person's page: what leaves the safe, who asked, and two buttons.
func (c desk) release(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.releasePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/release", m), nil
}

func (c desk) releasePage(ctx context.Context, v *web.Visit) (*releasePage, error) {
	var rid id.Release
	if err := pathID(v, "id", &rid, payments.ErrRelease); err != nil {
		return nil, err
	}
	r, err := c.Reads.Release(ctx, rid)
	if err != nil {
		return nil, err
	}
	s, err := c.open(ctx, v, "approvals", "", console.Crumb("nav.approvals", "/buyer/approvals"))
	if err != nil {
		return nil, err
	}
	s.named(s.p.T("buyer.release.title", "number", r.OrderNo))
	p := s.p
	m := &releasePage{screen: s, R: r, URL: "/buyer/releases/" + rid.String(), OrderURL: "/buyer/orders/" + r.Order.String(), Pending: r.State == string(payments.ReleaseRequested), Own: r.RequestedBy == s.self.Subject()}
	m.MayDecide = m.Pending && !m.Own && c.Roles.Can(ctx, payments.ActionApprove)
	m.Split = []theme.Pair{
		{Name: p.T("buyer.release.to_seller"), Value: p.Money(r.ToSeller)},
		{Name: p.T("buyer.release.commission"), Value: p.Money(r.Commission)},
		{Name: p.T("buyer.release.to_buyer"), Value: p.Money(r.ToBuyer)},
		{Name: p.T("buyer.release.held"), Value: p.Money(r.Held), Total: true},
	}
	return m, nil
}

func (c desk) decideRelease(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.releasePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	yes := v.Form().Get("decision") == "approve"
	if _, err := c.Payments.ApproveRelease(ctx, m.R.ID, yes, strings.TrimSpace(v.Form().Get("note"))); err != nil {
		return web.Again("buyer/release", m, err)
	}
	said := "buyer.release.approved"
	if !yes {
		said = "buyer.release.refused"
	}
	return web.Redirect(m.OrderURL).Flash(said, "number", m.R.OrderNo), nil
}
