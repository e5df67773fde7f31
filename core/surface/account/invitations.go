package account

import (
	"context"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Invitations are whom a company asked to act for it, and the form to ask one more.
type Invitations struct {
	frame.Frame
	Back    string // the company's list of members
	Rows    []InvitationRow
	Link    string // of the one just written, where no letter can carry it
	LinkWhy string
	LinkFor string
	Form    InvitationForm
	Roles   []RoleChoice
	Units   []theme.Choice
	Locales []theme.Choice
}

// InvitationRow is one of them.
type InvitationRow struct {
	ID, Email, State  string
	Roles             []string
	Sent, Until       time.Time
	Resend, Withdraws bool
}

// InvitationForm is what was typed.
type InvitationForm struct {
	Email, Unit, Limit, Locale string
	NoLimit                    bool
}

// RoleChoice is a role to tick.
type RoleChoice struct {
	theme.Choice
	On bool
}

func (s desk) invitations(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.invitationsView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/invitations", m), nil
}

// frameOf is the console in which the person works: the page is about his company, and
// both consoles lead here.
func frameOf(c caller.Caller) (frame.Frame, string) {
	which, back := "buyer", "/buyer/company/members"
	if c.Has(caller.RoleSeller) && !c.Has(caller.RoleBuyer) && !c.Has(caller.RoleApprover) {
		which, back = "seller", "/seller/company"
	}
	return frame.Frame{
		TitleKey: "invite.title", NoIndex: true, Console: which, Active: "company",
		Crumbs: []frame.Crumb{{Key: "console." + which, URL: "/" + which}, {Key: "invite.members", URL: back}, {Key: "invite.title"}},
	}, back
}

func (s desk) invitationsView(ctx context.Context, v *web.Visit) (*Invitations, error) {
	org, p, now := v.Caller().Org, s.printer(v), s.Parties.Now()
	is, err := s.Parties.Invitations(ctx, org)
	if err != nil {
		return nil, err
	}
	st, err := s.Parties.Structure(ctx, org)
	if err != nil {
		return nil, err
	}
	m := &Invitations{Form: InvitationForm{Locale: v.Locale()}}
	if e := st.Effective(id.Unit{}, parties.SetLanguage); e.Set {
		m.Form.Locale = e.Value
	}
	m.Frame, m.Back = frameOf(v.Caller())
	for _, i := range is {
		st := i.State(now)
		row := InvitationRow{ID: i.ID.String(), Email: i.Email, State: string(st), Sent: i.SentAt, Until: i.ExpiresAt}
		row.Withdraws = st == parties.InvitationOpen
		row.Resend = row.Withdraws || st == parties.InvitationExpired
		for _, r := range i.Roles {
			row.Roles = append(row.Roles, roleWord(p, r))
		}
		m.Rows = append(m.Rows, row)
	}
	for _, u := range st.Units() {
		m.Units = append(m.Units, theme.Choice{Value: u.ID.String(), Label: u.Code + " · " + u.Name})
	}
	for _, l := range v.Site().Locales {
		m.Locales = append(m.Locales, theme.Choice{Value: l, Label: map[string]string{"en": "English", "zh-CN": "中文"}[l]})
	}
	m.offer(ctx, s, p, []string{caller.RoleBuyer})
	return m, nil
}

func (m *Invitations) offer(ctx context.Context, s desk, p *theme.Printer, on []string) {
	m.Roles = nil
	for _, r := range s.Parties.Roles.Grantable(ctx) {
		c := RoleChoice{Choice: theme.Choice{Value: r, Label: roleWord(p, r)}}
		if p.Has("role." + r + ".hint") {
			c.Hint = p.T("role." + r + ".hint")
		}
		for _, x := range on {
			c.On = c.On || x == r
		}
		m.Roles = append(m.Roles, c)
	}
}

func roleWord(p *theme.Printer, role string) string {
	if p.Has("role." + role) {
		return p.T("role." + role)
	}
	return role
}

func (s desk) invite(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	form := InvitationForm{f.Get("email"), f.Get("unit"), strings.TrimSpace(f.Get("limit")), f.Get("locale"), f.Get("no_limit") == "1"}
	in := parties.InviteInput{Org: v.Caller().Org, Email: form.Email, Roles: f["roles"], Locale: form.Locale}
	err := form.read(&in, money.Currency(v.Site().Currency))
	var i parties.Invited
	if err == nil {
		i, err = s.Parties.Invite(ctx, in)
	}
	m, lost := s.invitationsView(ctx, v)
	switch {
	case lost != nil:
		return web.Answer{}, lost
	case err != nil:
		m.Form = form
		m.offer(ctx, s, s.printer(v), in.Roles)
		return web.Again("account/invitations", m, err)
	}
	return s.written(m, i)
}

// read takes over the department and the limit.
func (f InvitationForm) read(in *parties.InviteInput, cur money.Currency) error {
	if f.Unit != "" && in.Unit.UnmarshalText([]byte(f.Unit)) != nil {
		return parties.ErrUnit
	}
	if f.NoLimit {
		return nil
	}
	text := f.Limit
	if text == "" {
		text = "0"
	}
	limit, err := money.Parse(strings.ReplaceAll(text, ",", ""), cur)
	if err != nil {
		return parties.ErrInvalid.At(fault.Field{Path: "limit", Reason: "malformed"}).Because(err)
	}
	in.Limit = &limit
	return nil
}

// written shows the link this once where there is no letter to carry it, and else goes
// back to the list.
func (s desk) written(m *Invitations, i parties.Invited) (web.Answer, error) {
	if i.Link == "" {
		return web.Redirect("/company/invitations").Flash("invite.sent", "email", i.Email), nil
	}
	m.Link, m.LinkFor, m.LinkWhy = i.Link, i.Email, "invite.why_"+i.Show
	return web.Render("account/invitations", m), nil
}

func (s desk) resendInvitation(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Invitation
	if which.UnmarshalText([]byte(v.Path("id"))) != nil || which.IsZero() {
		return web.Answer{}, parties.ErrNoInvitation
	}
	i, err := s.Parties.Resend(ctx, v.Caller().Org, which)
	if err != nil {
		return web.Answer{}, err
	}
	m, err := s.invitationsView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return s.written(m, i)
}

func (s desk) withdrawInvitation(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Invitation
	if which.UnmarshalText([]byte(v.Path("id"))) != nil || which.IsZero() {
		return web.Answer{}, parties.ErrNoInvitation
	}
	if err := s.Parties.Withdraw(ctx, v.Caller().Org, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/company/invitations").Flash("invite.withdrawn"), nil
}
