package buyer

import (
	"context"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
)

type licencesPage struct {
	room
	Rows                []licenceRow
	MaySubmit           bool
	Kind, Number, Scope string
	From, To            string
	Kinds               []theme.Choice
}

type licenceRow struct {
	parties.Licence
	Is   string // valid, expiring, expired, submitted, revoked
	Days int    // until it ends
}

// soon is when a licence that ends is shown as ending.
const soon = 60 * 24 * time.Hour

func (c desk) licencesPage(ctx context.Context, v *web.Visit) (*licencesPage, error) {
	r, err := c.room(ctx, v, "licences", "buyer.company.licences")
	if err != nil {
		return nil, err
	}
	m := &licencesPage{room: r, MaySubmit: c.Roles.Can(ctx, parties.ActionLicenceSubmit)}
	ls, err := c.Parties.Licences(ctx, r.Org.ID)
	for _, l := range ls {
		w := licenceRow{Licence: l, Is: string(l.State), Days: int(l.ValidTo.Sub(c.Now()).Hours() / 24)}
		if l.State == parties.LicenceValid {
			switch ends := l.ValidTo.AddDate(0, 0, 1); {
			case !ends.After(c.Now()):
				w.Is = "expired"
			case ends.Before(c.Now().Add(soon)):
				w.Is = "expiring"
			}
		}
		m.Rows = append(m.Rows, w)
	}
	return m, err
}

func (c desk) licences(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.licencesPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/licences", m), nil
}

func (c desk) submitLicence(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.licencesPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	m.Kind, m.Number, m.Scope, m.From, m.To = f.Get("kind"), f.Get("number"), f.Get("scope"), f.Get("valid_from"), f.Get("valid_to")
	l := parties.Licence{Org: m.Org.ID, Kind: m.Kind, Number: m.Number, Scope: strings.FieldsFunc(m.Scope, func(r rune) bool { return strings.ContainsRune(" ,;，、\n\t", r) })}
	l.ValidFrom, _ = time.Parse(time.DateOnly, m.From) // none is none: the service says so
	l.ValidTo, _ = time.Parse(time.DateOnly, m.To)
	if _, err := c.Parties.SubmitLicence(ctx, l); err != nil {
		return web.Again("buyer/licences", m, err)
	}
	return web.Redirect("/buyer/company/licences").Flash("buyer.licence.submitted", "number", m.Number), nil
}

type budgetsPage struct {
	room
	Rows                      []budgetRow
	MayManage                 bool
	Units                     []theme.Choice
	Code, Label, Unit, Amount string
	From, To                  string
}

type budgetRow struct {
	reads.Budget
	Left money.Money
	Used int64 // millionths of the budget
	Tone string
	Now  bool // its period is running
}

func (c desk) budgetsPage(ctx context.Context, v *web.Visit) (*budgetsPage, error) {
	r, err := c.room(ctx, v, "budgets", "buyer.company.budgets")
	if err != nil {
		return nil, err
	}
	m := &budgetsPage{room: r, MayManage: c.Roles.Can(ctx, parties.ActionCentreManage)}
	bs, err := c.Reads.Budgets(ctx)
	if err != nil {
		return nil, err
	}
	now := c.Now()
	for _, b := range bs {
		w := budgetRow{Budget: b, Left: b.Left(), Tone: "good", Now: !now.Before(b.From) && now.Before(b.To.AddDate(0, 0, 1))}
		if used, err := b.Spent.Share(1_000_000); err == nil && b.Amount.Minor > 0 {
			w.Used = used.Minor * 1000 / b.Amount.Minor * 1000
		}
		switch {
		case w.Left.Minor < 0:
			w.Tone = "bad"
		case w.Left.Minor < b.Amount.Minor/10:
			w.Tone = "warn"
		}
		m.Rows = append(m.Rows, w)
		if b.Code == v.Query("edit") {
			m.Code, m.Label, m.Amount, m.From, m.To = b.Code, b.Name, b.Amount.Decimal(), b.From.Format(time.DateOnly), b.To.Format(time.DateOnly)
		}
	}
	us, err := c.Parties.Units(ctx, r.Org.ID)
	for _, u := range us {
		m.Units = append(m.Units, theme.Choice{Value: u.ID.String(), Label: u.Code + " · " + u.Name})
	}
	return m, err
}

func (c desk) budgets(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.budgetsPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("buyer/budgets", m), nil
}

func (c desk) saveBudget(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := c.budgetsPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	m.Code, m.Label, m.Unit, m.Amount, m.From, m.To = f.Get("code"), f.Get("name"), f.Get("unit"), number(f.Get("budget")), f.Get("from"), f.Get("to")
	cc := parties.CostCentre{Org: m.Org.ID, Code: m.Code, Name: m.Label}
	var bad []fault.Field
	if cc.Budget, err = money.Parse(m.Amount, money.Currency(v.Site().Currency)); err != nil {
		bad = append(bad, fault.Field{Path: "budget", Reason: "malformed"})
	}
	if m.Unit != "" && cc.Unit.UnmarshalText([]byte(m.Unit)) != nil {
		bad = append(bad, fault.Field{Path: "unit", Reason: "unknown"})
	}
	for _, d := range []struct {
		path, text string
		into       *time.Time
	}{{"from", m.From, &cc.From}, {"to", m.To, &cc.To}} {
		if *d.into, err = time.Parse(time.DateOnly, d.text); err != nil {
			bad = append(bad, fault.Field{Path: d.path, Reason: "required"})
		}
	}
	if len(bad) > 0 {
		return web.Again("buyer/budgets", m, parties.ErrInvalid.At(bad...))
	}
	if _, err := c.Parties.PutCostCentre(ctx, cc); err != nil {
		return web.Again("buyer/budgets", m, pointed(err, map[string]string{"code": m.Code, "name": m.Label}))
	}
	return web.Redirect("/buyer/company/budgets").Flash("buyer.budget.saved", "code", m.Code), nil
}
