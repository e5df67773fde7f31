package account

import (
	"context"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Representatives are who acts for whom by consent, as far as it concerns the reader.
type Representatives struct {
	frame.Frame
	Mine, Account, Firm []Representative
	MayConsent          bool
	MayAssign           bool
	Scopes              []RoleChoice
	Tomorrow            string
	People, Companies   []theme.Choice
	Form                AssignForm
	Failed              string // the one whose form was refused
}

// Representative is one of them. Live says that he may act now.
type Representative struct {
	ID, Org, Name, Email, Company, Firm, Note, State string
	Scope                                            []string
	Until                                            time.Time
	Live, Open, Current                              bool
}

// AssignForm is what was typed.
type AssignForm struct{ Person, Company, Note string }

func (s desk) representatives(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.representativesView(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/representatives", m), nil
}

func (s desk) representativesView(ctx context.Context, v *web.Visit) (*Representatives, error) {
	c, p, now := v.Caller(), s.printer(v), s.Parties.Now()
	rs, err := s.Parties.Representations(ctx)
	if err != nil {
		return nil, err
	}
	m := &Representatives{
		MayConsent: s.Roles.Can(ctx, parties.ActionConsent) && !c.Org.IsZero(), MayAssign: s.Roles.Can(ctx, parties.ActionRepresent),
		Tomorrow: now.AddDate(0, 0, 1).Format(time.DateOnly),
	}
	m.Frame = s.behalfFrame(c)
	for _, sc := range parties.Scopes {
		m.Scopes = append(m.Scopes, RoleChoice{theme.Choice{Value: sc, Label: roleWord(p, sc), Hint: p.T("role." + sc + ".hint")}, sc == parties.ScopeLook})
	}
	for _, r := range rs {
		x := representative(r, p, now, c)
		if r.Person == c.Person {
			m.Mine = append(m.Mine, x)
		}
		switch {
		case r.Account == c.Org && m.MayConsent:
			m.Account = append(m.Account, x)
		case m.MayAssign && (r.Employer == c.Org && !c.Org.IsZero() || c.Has(caller.RoleOperator) && r.Employer.IsZero()):
			m.Firm = append(m.Firm, x)
		}
	}
	if m.MayAssign {
		err = s.assignable(ctx, v, m)
	}
	return m, err
}

func (s desk) behalfFrame(c caller.Caller) frame.Frame {
	f, _ := frameOf(c)
	f.TitleKey, f.Crumbs = "behalf.title", []frame.Crumb{f.Crumbs[0], {Key: "behalf.title"}}
	return housed(c, f, "people")
}

func representative(r parties.Representation, p *theme.Printer, now time.Time, c caller.Caller) Representative {
	st := r.State(now)
	x := Representative{
		ID: r.ID.String(), Org: r.Account.String(), Name: r.Name, Email: r.Email, Company: r.AccountName, Firm: p.T("behalf.from_market"), Note: r.Note, State: string(st), Until: r.Until.Add(-time.Second),
		Live: st == parties.RepresentationAgreed, Open: st != parties.RepresentationEnded, Current: c.Consent == r.ID,
	}
	if r.Firm != "" {
		x.Firm = p.T("behalf.from", "firm", r.Firm)
	}
	for _, sc := range r.Scope {
		x.Scope = append(x.Scope, roleWord(p, sc))
	}
	return x
}

// assignable offers one's own people and the companies that buy.
func (s desk) assignable(ctx context.Context, v *web.Visit, m *Representatives) error {
	c := v.Caller()
	if c.Has(caller.RoleOperator) {
		l, err := s.Identity.People(ctx, page.Request{Limit: 200})
		if err != nil {
			return err
		}
		for _, x := range l.Items {
			if x.StaffRole == caller.RoleOperator {
				m.People = append(m.People, theme.Choice{Value: x.ID.String(), Label: x.Name})
			}
		}
	} else {
		ms, err := s.Parties.Members(ctx, c.Org)
		if err != nil {
			return err
		}
		for _, x := range ms {
			if x.Representation.IsZero() {
				m.People = append(m.People, theme.Choice{Value: x.Person.String(), Label: x.Name})
			}
		}
	}
	l, err := s.Parties.List(ctx, parties.Filter{State: parties.Approved, Buys: true}, page.Request{Limit: 200})
	for _, o := range l.Items {
		if o.ID != c.Org {
			m.Companies = append(m.Companies, theme.Choice{Value: o.ID.String(), Label: o.NameIn(v.Locale()) + " · " + o.City})
		}
	}
	return err
}

func (s desk) assign(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	form := AssignForm{f.Get("person"), f.Get("company"), f.Get("note")}
	in := parties.RepresentInput{Note: form.Note}
	var check fault.Check
	check.If(in.Person.UnmarshalText([]byte(form.Person)) != nil || in.Person.IsZero(), "person", "required", "")
	check.If(in.Account.UnmarshalText([]byte(form.Company)) != nil || in.Account.IsZero(), "company", "required", "")
	err := check.Or(parties.ErrInvalid)
	if err == nil {
		_, err = s.Parties.Represent(ctx, in)
	}
	if err != nil {
		m, lost := s.representativesView(ctx, v)
		if lost != nil {
			return web.Answer{}, lost
		}
		m.Form = form
		return web.Again("account/representatives", m, err)
	}
	return web.Redirect("/company/representatives").Flash("behalf.asked"), nil
}

func pathRepresentation(v *web.Visit) (r id.Representation, err error) {
	if r.UnmarshalText([]byte(v.Path("id"))) != nil || r.IsZero() {
		return r, parties.ErrNoRepresentation
	}
	return r, nil
}

func (s desk) consent(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := pathRepresentation(v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	in := parties.ConsentInput{Representation: which, Scope: f["scope"]}
	day, err := time.Parse(time.DateOnly, f.Get("until"))
	if err != nil {
		err = parties.ErrUntil.At(fault.Field{Path: "until", Reason: "malformed"})
	}
	in.Until = day.AddDate(0, 0, 1) // the last day counts
	if text := strings.TrimSpace(f.Get("limit")); err == nil && text != "" {
		var limit money.Money
		if limit, err = money.Parse(strings.ReplaceAll(text, ",", ""), money.Currency(v.Site().Currency)); err != nil {
			err = parties.ErrInvalid.At(fault.Field{Path: "limit", Reason: "malformed"})
		}
		in.Limit = &limit
	}
	var r parties.Representation
	if err == nil {
		r, err = s.Parties.Consent(ctx, in)
	}
	if err != nil {
		m, lost := s.representativesView(ctx, v)
		if lost != nil {
			return web.Answer{}, lost
		}
		m.Failed = which.String()
		return web.Again("account/representatives", m, err)
	}
	return web.Redirect("/company/representatives").Flash("behalf.agreed", "name", r.Name), nil
}

func (s desk) endRepresentation(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := pathRepresentation(v)
	if err != nil {
		return web.Answer{}, err
	}
	if _, err := s.Parties.EndRepresentation(ctx, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/company/representatives").Flash("behalf.ended"), nil
}
