package operator

import (
	"context"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// companiesPage is the list of companies, those who wait first.
type companiesPage struct {
	frame.Frame
	Rows  []parties.Org
	Tabs  []theme.Tab
	Side  string
	Pager console.Pager
}

var companyStates = []string{"submitted", "approved", "suspended", "rejected", ""}

func (p pages) companies(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := parties.Filter{State: parties.State(console.OneOf(v.Query("state"), companyStates...)), Sells: v.Query("side") == "seller", Buys: v.Query("side") == "buyer"}
	list, err := p.Parties.List(ctx, f, console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	counts, err := p.Reads.CompanyStates(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/companies", &companiesPage{
		Frame: p.screen(ctx, "companies", "nav.companies"), Rows: list.Items, Side: console.OneOf(v.Query("side"), "seller", "buyer"),
		Tabs: console.Tabs(v, p.words(v), "state", "state.org.", counts, companyStates...), Pager: console.Pages(v, list.Next),
	}), nil
}

// companyPage is one company with all that an admission looks at.
type companyPage struct {
	frame.Frame
	Org       parties.Org
	NumberOK  bool
	Licences  []parties.Licence
	Members   []parties.Member
	Trade     consoles.CompanyTrade
	Decisions []consoles.DecisionRow
	Timeline  []theme.Event
	Ways      []theme.Choice
	Rule      []theme.WhyStep
	Reasons   []fault.Reason
	Told      []theme.Pair // what the application told beside
	Alike     []parties.Org
	Paid      []parties.Org // into the same bank account
}

func (p pages) company(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.companyPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/company", page), nil
}

// decidable are what one may decide in each state; the service has the last word.
var decidable = map[parties.State][]string{
	parties.Submitted: {"approved", "rejected"}, parties.Approved: {"suspended"}, parties.Rejected: {"approved"}, parties.Suspended: {"approved", "rejected"},
}

func (p pages) companyPage(ctx context.Context, v *web.Visit) (*companyPage, error) {
	var oid id.Org
	if err := console.ReadID(v.Path("id"), &oid, parties.ErrNotFound); err != nil {
		return nil, err
	}
	o, err := p.Parties.Own(ctx, oid)
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	page := &companyPage{Frame: p.thing(ctx, "companies", "/operator/companies", o.Name), Org: o}
	_, wrong := parties.Registration(o.Country, o.RegKind, o.RegNo)
	page.NumberOK = wrong == nil
	if page.Licences, err = p.Parties.Licences(ctx, oid); err != nil {
		return nil, err
	}
	if page.Members, err = p.Parties.Members(ctx, oid); err != nil {
		return nil, err
	}
	if err := p.review(ctx, page, w); err != nil {
		return nil, err
	}
	if page.Trade, page.Decisions, err = p.Reads.CompanyTrade(ctx, oid); err != nil {
		return nil, err
	}
	news, err := p.Reads.Timeline(ctx, event.Subject{Kind: "org", ID: oid.String()}, false)
	if err != nil {
		return nil, err
	}
	page.Timeline = console.Timeline(w, news)
	for _, to := range decidable[o.State] {
		page.Ways = append(page.Ways, theme.Choice{Value: to, Label: w.T("operator.decide_" + to), Hint: w.T("operator.decide_" + to + "_hint")})
	}
	page.Rule, err = p.admission(ctx, v, page)
	return page, err
}

// review adds what the application told, each number with its check, and companies of a
// name that is alike.
func (p pages) review(ctx context.Context, page *companyPage, w *theme.Printer) error {
	r, err := p.Parties.Review(ctx, page.Org.ID)
	if err != nil {
		return err
	}
	page.Alike, page.Paid = r.Alike, r.Paid
	for _, n := range r.Numbers {
		text := n.No
		if _, err := parties.Registration(n.Country, n.Kind, n.No); err == nil {
			text += " · " + w.T("operator.number_ok")
		}
		page.Told = append(page.Told, theme.Pair{Name: w.T("reg." + n.Kind), Value: text})
	}
	for _, k := range []string{"legal_form", "representative", "region", "postcode", "papers"} {
		if v := r.Facts[k]; v != "" {
			page.Told = append(page.Told, theme.Pair{Name: w.T("signup." + k), Value: v})
		}
	}
	return nil
}

// admission asks the rules what they would say to an approval now.
func (p pages) admission(ctx context.Context, v *web.Visit, page *companyPage) ([]theme.WhyStep, error) {
	if len(page.Ways) == 0 || page.Org.State == parties.Approved {
		return nil, nil
	}
	o, me := page.Org, v.Caller()
	member := false
	for _, m := range page.Members {
		member = member || m.Person == me.Person
	}
	e, err := p.Gate.Explain(ctx, me, parties.ActionDecide, map[string]any{
		"object": o.ID.String(), "decision": "approved", "decider_is_member": member,
		"org": map[string]any{"id": o.ID.String(), "name": o.Name, "state": string(o.State), "country": o.Country, "reg_kind": o.RegKind, "reg_no": o.RegNo, "reg_no_ok": page.NumberOK},
	})
	return rules(p.words(v), e), err
}

// rules are the steps of what the rules of the trade say, roles left out.
func rules(w *theme.Printer, e gate.Explanation) []theme.WhyStep {
	if e.Rules == nil {
		return nil
	}
	if len(e.Rules.Reasons) == 0 && e.Rules.Outcome == gate.Allow {
		return []theme.WhyStep{{Tone: "ok", Title: w.T("operator.rules_fine"), Detail: e.Rules.Title}}
	}
	return reasonSteps(e)
}

func reasonSteps(e gate.Explanation) []theme.WhyStep {
	tone := "no"
	if e.Rules.Outcome == gate.Review {
		tone = "wait"
	}
	var out []theme.WhyStep
	for _, r := range e.Rules.Reasons {
		out = append(out, theme.WhyStep{Tone: tone, Title: r.Detail, Detail: r.Code, Fix: r.Fix})
	}
	return out
}

func (p pages) decideCompany(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	return p.onCompany(ctx, v, func(o id.Org) error {
		_, err := p.Parties.Decide(ctx, parties.DecideInput{Org: o, To: parties.State(f.Get("to")), Note: f.Get("note"), Version: int64(console.Number(f.Get("version")))})
		return err
	})
}

func (p pages) verifyLicence(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onCompany(ctx, v, func(id.Org) error {
		var l id.Licence
		if err := console.ReadID(v.Form().Get("licence"), &l, parties.ErrNotFound); err != nil {
			return err
		}
		_, err := p.Parties.VerifyLicence(ctx, l, parties.LicenceState(v.Form().Get("to")))
		return err
	})
}

func (p pages) onCompany(ctx context.Context, v *web.Visit, do func(id.Org) error) (web.Answer, error) {
	var oid id.Org
	if err := console.ReadID(v.Path("id"), &oid, parties.ErrNotFound); err != nil {
		return web.Answer{}, err
	}
	if err := do(oid); err != nil {
		page, lost := p.companyPage(ctx, v)
		if lost != nil {
			return web.Answer{}, err
		}
		page.Reasons = fault.From(err).Reasons
		return web.Again("operator/company", page, err)
	}
	return web.Redirect("/operator/companies/" + oid.String()).Flash("operator.decided"), nil
}
