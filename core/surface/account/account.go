package account

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Account is what people see of themselves.
type Account struct {
	frame.Frame
	Name, Email string
	Staff       string
	Companies   []Company
	SSO         bool // he may see the company's connections
	Keys        bool // he may see the keys of his company's programs
}

// Company is one that the person may act for.
type Company struct {
	ID, Name, Other, State string
	Roles                  []string
	Current                bool
	Represents             bool
	Until                  time.Time
}

func (s desk) account(ctx context.Context, v *web.Visit) (web.Answer, error) {
	me, err := s.Identity.Me(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	p := s.printer(v)
	m := &Account{Frame: frame.Frame{TitleKey: "account.title", NoIndex: true}, Name: me.Person.Name, Email: me.Person.Email, Staff: me.Person.StaffRole, Keys: s.Roles.Can(ctx, access.ActionRead), SSO: s.Roles.Can(ctx, sso.ActionRead)}
	for _, c := range me.Memberships {
		x := Company{ID: c.Org.String(), Name: c.Name, Other: c.Local, State: c.State, Current: c.Org == me.Org, Represents: c.Represents, Until: c.Until}
		if !c.Until.IsZero() && !s.Parties.Now().Before(c.Until) {
			continue // that consent is over
		}
		for _, r := range c.Roles {
			x.Roles = append(x.Roles, roleWord(p, r))
		}
		m.Companies = append(m.Companies, x)
	}
	return web.Render("account/account", m), nil
}

// stopActing leaves a company that one represents.
func (s desk) stopActing(ctx context.Context) (web.Answer, error) {
	in, err := s.Identity.StopActing(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
	return web.Redirect("/account").Flash("behalf.stopped"), nil
}

func (s desk) switchCompany(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if v.Form().Get("stop") != "" {
		return s.stopActing(ctx)
	}
	var to id.Org
	if to.UnmarshalText([]byte(v.Form().Get("company"))) != nil || to.IsZero() {
		return web.Answer{}, identity.ErrNotMember.At(fault.Field{Path: "company", Reason: "unknown"})
	}
	in, err := s.Identity.SwitchOrg(ctx, to)
	if err != nil {
		return web.Answer{}, err
	}
	web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
	return web.Redirect("/account").Flash("account.switched"), nil
}
