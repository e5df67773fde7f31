package operator

import (
	"bytes"
	"context"
	"encoding/json"
	"net/url"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// ErrDecision says that there is no such decision.
var ErrDecision = fault.New(fault.NotFound, "console.decision_not_found", "There is no such decision.")

// decisionsPage is the record of what the rules answered.
type decisionsPage struct {
	frame.Frame
	Rows    []decided
	Filter  consoles.DecisionFilter
	Actions []string
	Tabs    []theme.Tab
	Pager   console.Pager
}

// decided is a decision with its reasons in the reader's language.
type decided struct {
	consoles.DecisionRow
	Who     string
	Grounds []fault.Reason
	Why     string
}

var outcomes = []string{"", "deny", "review", "allow"}

func (p pages) decisions(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := consoles.DecisionFilter{Outcome: console.OneOf(v.Query("outcome"), outcomes...), Action: v.Query("action"), Text: strings.TrimSpace(v.Query("q"))}
	list, actions, err := p.Reads.Decisions(ctx, f, console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &decisionsPage{Frame: p.screen(ctx, "decisions", "nav.decisions"), Filter: f, Actions: actions, Tabs: console.Tabs(v, w, "outcome", "state.policy.", nil, outcomes...), Pager: console.Pages(v, list.Next)}
	for _, d := range list.Items {
		page.Rows = append(page.Rows, decidedIn(w, d))
	}
	return web.Render("operator/decisions", page), nil
}

func decidedIn(w *theme.Printer, d consoles.DecisionRow) decided {
	out := decided{DecisionRow: d, Who: console.Actor(w, d.Actor, d.Name), Grounds: grounds(d.Reasons, w.Locale())}
	if d.Email != "" && d.Outcome != "allow" {
		out.Why = whyURL(d)
	}
	return out
}

// grounds reads stored reasons: English as they are, other languages beside them.
func grounds(stored []byte, locale string) []fault.Reason {
	var rows []struct {
		fault.Reason
		Texts map[string]fault.Reason `json:"texts"`
	}
	if json.Unmarshal(stored, &rows) != nil {
		return nil
	}
	var out []fault.Reason
	for _, r := range rows {
		said := r.Reason
		if t, ok := r.Texts[locale]; ok {
			said = t
		}
		out = append(out, said)
	}
	return out
}

// whyURL asks the same question anew.
func whyURL(d consoles.DecisionRow) string {
	return "/operator/why?" + url.Values{"who": {d.Email}, "action": {d.Action}, "decision": {d.Decision.String()}}.Encode()
}

// decisionPage is one decision.
type decisionPage struct {
	frame.Frame
	D     decided
	Why   string // the same question, asked now
	Steps []theme.WhyStep
	Raw   string
}

func (p pages) decision(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var did id.Decision
	if err := console.ReadID(v.Path("id"), &did, ErrDecision); err != nil {
		return web.Answer{}, err
	}
	d, found, err := p.Reads.Decision(ctx, did)
	if err == nil && !found {
		err = ErrDecision
	}
	if err != nil {
		return web.Answer{}, err
	}
	page := &decisionPage{Frame: p.thing(ctx, "decisions", "/operator/decisions", d.Action), D: decidedIn(p.words(v), d)}
	if d.Email != "" {
		page.Why = whyURL(d)
	}
	tone := map[string]string{"allow": "ok", "review": "wait", "deny": "no"}[d.Outcome]
	for _, g := range page.D.Grounds {
		page.Steps = append(page.Steps, theme.WhyStep{Tone: tone, Title: g.Detail, Detail: g.Code, Fix: g.Fix})
	}
	if len(page.Steps) == 0 {
		page.Steps = []theme.WhyStep{{Tone: tone, Title: p.words(v).T("operator.rules_fine")}}
	}
	var pretty bytes.Buffer
	if json.Indent(&pretty, d.Reasons, "", "  ") == nil {
		page.Raw = pretty.String()
	}
	return web.Render("operator/decision", page), nil
}

// whyPage explains what a person may do, role by role and rule by rule.
type whyPage struct {
	frame.Frame
	Who     string
	Action  string
	People  []theme.Choice
	Actions []theme.Choice
	Answers []whyAnswer
	Unknown bool
	Past    *decided // the decision that led here: what the rules of the trade said to its facts
}

// whyAnswer is the chain for one of the companies that the person acts for.
type whyAnswer struct {
	Label   string
	Outcome string
	Steps   []theme.WhyStep
	MayBe   []string
	Change  []string
	Ways    []string
}

func (p pages) why(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page := &whyPage{Frame: p.screen(ctx, "decisions", "operator.why", console.Crumb("nav.decisions", "/operator/decisions"), console.Crumb("operator.why", "")), Who: strings.TrimSpace(v.Query("who")), Action: v.Query("action")}
	for _, a := range p.Gate.Actions(ctx) {
		page.Actions = append(page.Actions, theme.Choice{Value: string(a)})
	}
	list, err := p.Reads.People(ctx, "", console.Ask(v, 200))
	if err != nil {
		return web.Answer{}, err
	}
	for _, x := range list.Items {
		page.People = append(page.People, theme.Choice{Value: x.Email, Label: x.Name})
	}
	if page.Who == "" || page.Action == "" {
		return web.Render("operator/why", page), nil
	}
	if err := p.past(ctx, v, page); err != nil {
		return web.Answer{}, err
	}
	acting, err := p.Reads.ActingAs(ctx, page.Who)
	if err != nil {
		return web.Answer{}, err
	}
	page.Unknown = len(acting) == 0
	w := p.words(v)
	for _, a := range acting {
		a.Caller.Locale = v.Locale()
		e, err := p.Gate.Explain(ctx, a.Caller, policy.Action(page.Action), nil)
		if err != nil {
			return web.Answer{}, err
		}
		page.Answers = append(page.Answers, whyAnswer{Label: a.Label, Outcome: string(e.Outcome), Steps: chain(w, e), MayBe: e.MayBe, Change: e.Change, Ways: ways(w, e.Ways)})
	}
	return web.Render("operator/why", page), nil
}

// past fetches the decision that is asked about. Its facts are not kept, only their hash,
// so the rules' own words are what can be said about them later.
func (p pages) past(ctx context.Context, v *web.Visit, page *whyPage) error {
	var did id.Decision
	if v.Query("decision") == "" || console.ReadID(v.Query("decision"), &did, ErrDecision) != nil {
		return nil
	}
	d, found, err := p.Reads.Decision(ctx, did)
	if err == nil && found && d.Email == page.Who && d.Action == page.Action {
		said := decidedIn(p.words(v), d)
		page.Past = &said
	}
	return err
}

// ways says which roles would do and who gives them.
func ways(w *theme.Printer, all []gate.Way) []string {
	out := make([]string, len(all))
	for i, x := range all {
		out[i] = w.T("roles.given_by_"+x.By, "role", roleName(w, x.Role))
	}
	return out
}

// chain is roles first, then the rules of the trade, as the gate asks them.
func chain(w *theme.Printer, e gate.Explanation) []theme.WhyStep {
	var out []theme.WhyStep
	one := slices.ContainsFunc(e.Roles, func(r gate.RoleAnswer) bool { return r.Grants })
	for _, r := range e.Roles {
		switch {
		case r.Grants:
			names := make([]string, len(r.Chain))
			for i, c := range r.Chain {
				names[i] = roleName(w, c)
			}
			out = append(out, theme.WhyStep{Tone: "ok", Title: w.T("operator.role_grants", "role", roleName(w, r.Role)), Detail: strings.Join(names, " → ") + " · " + r.Line + " (" + r.Source + ")"})
		case !one: // that others of his roles do not grant it matters only when none does
			out = append(out, theme.WhyStep{Tone: "no", Title: w.T("operator.role_refuses", "role", roleName(w, r.Role))})
		}
	}
	switch {
	case e.Rules == nil:
		out = append(out, theme.WhyStep{Tone: "ok", Title: w.T("operator.no_rules")})
	case e.Rules.Outcome == "":
		out = append(out, theme.WhyStep{Tone: "wait", Title: e.Rules.Title, Detail: w.T("operator.rules_need_facts", "package", e.Rules.Package) + " " + strings.Join(e.Rules.Verticals, ", ")})
	default:
		out = append(out, rules(w, e)...)
	}
	return out
}

func roleName(w *theme.Printer, role string) string {
	if w.Has("role." + role) {
		return w.T("role." + role)
	}
	return role
}
