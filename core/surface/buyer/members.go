package buyer

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
)

type membersPage struct {
	room
	Rows      []memberRow
	MayManage bool
}

type memberRow struct {
	parties.Member
	URL   string
	Roles []string // in words
	Unit  string
	Limit *money.Money
	Self  bool
}

func (c desk) members(ctx context.Context, v *web.Visit) (web.Answer, error) {
	r, err := c.room(ctx, v, "members", "buyer.company.members")
	if err != nil {
		return web.Answer{}, err
	}
	m := &membersPage{room: r, MayManage: c.Roles.Can(ctx, parties.ActionMemberManage)}
	ms, err := c.Parties.Members(ctx, r.Org.ID)
	if err != nil {
		return web.Answer{}, err
	}
	us, err := c.Parties.Units(ctx, r.Org.ID)
	if err != nil {
		return web.Answer{}, err
	}
	for _, x := range ms {
		w := memberRow{Member: x, URL: "/buyer/company/members/" + x.Person.String(), Self: x.Person == r.self.Person}
		for _, role := range x.Roles {
			w.Roles = append(w.Roles, roleWord(r.p, role))
		}
		for _, u := range us {
			if u.ID == x.Unit {
				w.Unit = u.Name
			}
		}
		if x.LimitMinor != nil {
			l := money.Of(*x.LimitMinor, x.Currency)
			w.Limit = &l
		}
		m.Rows = append(m.Rows, w)
	}
	return web.Render("buyer/members", m), nil
}

func roleWord(p *theme.Printer, role string) string {
	if p.Has("role." + role) {
		return p.T("role." + role)
	}
	return role
}

type memberForm struct {
	room
	URL, RemoveURL string
	Person         id.Person
	Name, Email    string
	Roles          []roleChoice
	Units          []theme.Choice
	Unit           string
	Limit          string
	NoLimit        bool
	Inherit        bool
	Self           bool
}

type roleChoice struct {
	theme.Choice
	On bool
}

// memberForm is the form for one member. New ones come by invitation: an administrator who
// chose their first password would know it.
func (c desk) memberForm(ctx context.Context, v *web.Visit) (*memberForm, error) {
	r, err := c.room(ctx, v, "members", "buyer.member.edit")
	if err != nil {
		return nil, err
	}
	r.Crumbs = append(r.Crumbs, linkTo(r.p.T("buyer.company.members"), "/buyer/company/members"))
	m := &memberForm{room: r, NoLimit: true}
	us, err := c.Parties.Units(ctx, r.Org.ID)
	for _, u := range us {
		m.Units = append(m.Units, theme.Choice{Value: u.ID.String(), Label: u.Code + " · " + u.Name})
	}
	return m, err
}

func (m *memberForm) offer(c desk, ctx context.Context, has []string) {
	for _, role := range c.Grants.Grantable(ctx) {
		hint := ""
		if m.p.Has("role." + role + ".hint") {
			hint = m.p.T("role." + role + ".hint")
		}
		m.Roles = append(m.Roles, roleChoice{theme.Choice{Value: role, Label: roleWord(m.p, role), Hint: hint}, slices.Contains(has, role)})
	}
}

func (c desk) member(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.memberForm(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	x, err := c.known(ctx, v, m)
	if err != nil {
		return web.Answer{}, err
	}
	m.offer(c, ctx, x.Roles)
	m.Unit, m.NoLimit, m.Inherit = x.Unit.String(), x.LimitMinor == nil, x.LimitInherits
	if x.LimitMinor != nil {
		m.Limit = money.Of(*x.LimitMinor, x.Currency).Decimal()
	}
	return web.Render("buyer/member", m), nil
}

// known finds the member that the form is about.
func (c desk) known(ctx context.Context, v *web.Visit, m *memberForm) (parties.Member, error) {
	if err := pathID(v, "id", &m.Person, parties.ErrNoMember); err != nil {
		return parties.Member{}, err
	}
	ms, err := c.Parties.Members(ctx, m.Org.ID)
	if err != nil {
		return parties.Member{}, err
	}
	at := slices.IndexFunc(ms, func(x parties.Member) bool { return x.Person == m.Person })
	if at < 0 {
		return parties.Member{}, parties.ErrNoMember
	}
	x := ms[at]
	m.Name, m.Email, m.Self = x.Name, x.Email, x.Person == m.self.Person
	m.URL = "/buyer/company/members/" + x.Person.String()
	m.RemoveURL = m.URL + "/remove"
	m.named(x.Name)
	return x, nil
}

func (c desk) saveMember(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.memberForm(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := c.known(ctx, v, m); err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	m.Unit, m.NoLimit, m.Inherit, m.Limit = f.Get("unit"), f.Get("no_limit") == "1", f.Get("inherit") == "1", number(f.Get("limit"))
	m.offer(c, ctx, f["roles"])
	in := parties.MemberInput{Org: m.Org.ID, Person: m.Person, Roles: f["roles"]}
	if err := m.limits(&in, money.Currency(v.Site().Currency)); err != nil {
		return web.Again("buyer/member", m, err)
	}
	if _, err := c.Parties.PutMember(ctx, in); err != nil {
		return web.Again("buyer/member", m, err)
	}
	return web.Redirect("/buyer/company/members").Flash("buyer.member.saved", "name", m.Name), nil
}

// limits reads the member's department and how much he may order or approve alone.
func (m *memberForm) limits(in *parties.MemberInput, cur money.Currency) error {
	if m.Unit != "" && in.Unit.UnmarshalText([]byte(m.Unit)) != nil {
		return parties.ErrUnit
	}
	if len(in.Roles) == 0 {
		return parties.ErrInvalid.At(fault.Field{Path: "roles", Reason: "required"})
	}
	if in.Inherit = m.Inherit; m.Inherit || m.NoLimit {
		return nil
	}
	limit, err := money.Parse(orZero(m.Limit), cur)
	if err != nil {
		return parties.ErrInvalid.At(fault.Field{Path: "limit", Reason: "malformed"}).Because(err)
	}
	in.Limit = &limit
	return nil
}

func orZero(s string) string {
	if s == "" {
		return "0"
	}
	return s
}

func (c desk) removeMember(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.memberForm(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	x, err := c.known(ctx, v, m)
	if err != nil {
		return web.Answer{}, err
	}
	if err := c.Parties.RemoveMember(ctx, m.Org.ID, m.Person); err != nil {
		m.offer(c, ctx, x.Roles)
		return web.Again("buyer/member", m, err)
	}
	return web.Redirect("/buyer/company/members").Flash("buyer.member.removed", "name", m.Name), nil
}

// whole64 reads a version; what is none matches no row.
func whole64(s string) int64 {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return -1
	}
	return n
}

func upper(s string) string { return strings.ToUpper(strings.TrimSpace(s)) }
