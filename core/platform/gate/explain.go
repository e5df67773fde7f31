package gate

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
)

// Explanation is why the gate answers as it does: what `kontor why` prints.
type Explanation struct {
	Tenant  string        `json:"tenant"`
	Actor   string        `json:"actor"`
	Action  policy.Action `json:"action"`
	Outcome Outcome       `json:"outcome"`
	State   string        `json:"tenant_state"`
	Open    bool          `json:"tenant_open"`
	Roles   []RoleAnswer  `json:"roles"`
	MayBe   []string      `json:"roles_that_may"`
	Ways    []Way         `json:"ways,omitempty"` // where the roles refuse: each role that would do
	Rules   *RulesAnswer  `json:"rules,omitempty"`
	Change  []string      `json:"what_would_change_it,omitempty"`
}

// Way is a role that would allow the action, and who gives it: "company" (its own
// administrator), "operator" or "platform".
type Way struct {
	Role string `json:"role"`
	By   string `json:"given_by"`
}

// ways are all roles that hold an action, by whatever inheritance.
func (t *table) ways(do policy.Action) []Way {
	var out []Way
	for _, r := range t.roles() {
		switch {
		case !t.grants(r, do) || r == caller.RoleSystem || r == roleGuest || r == caller.RoleVisitor || r == rolePerson:
		case slices.Contains(t.grantable, r):
			out = append(out, Way{r, "company"})
		case r == caller.RoleOperator || r == caller.RolePlatform:
			out = append(out, Way{r, "platform"})
		default:
			out = append(out, Way{r, "operator"})
		}
	}
	slices.SortFunc(out, func(a, b Way) int { return strings.Compare(a.Role, b.Role) })
	return out
}

// RoleAnswer is one role of the caller's: whether it grants the action, by what way of
// inheritance and which line.
type RoleAnswer struct {
	Role   string   `json:"role"`
	Grants bool     `json:"grants"`
	Chain  []string `json:"chain,omitempty"`
	Line   string   `json:"line,omitempty"`
	Source string   `json:"source,omitempty"`
}

// RulesAnswer is what the rules of the trade say to the facts.
type RulesAnswer struct {
	Package   string         `json:"package"`
	Title     string         `json:"title"`
	About     string         `json:"about,omitempty"`
	Verticals []string       `json:"verticals,omitempty"`
	PolicyRev string         `json:"policy_rev"`
	Outcome   Outcome        `json:"outcome"`
	Reasons   []fault.Reason `json:"reasons,omitempty"`
	Error     string         `json:"error,omitempty"`
}

// Explain answers as Allow would for c, records nothing, and says why. The rules are asked
// even when the roles refuse, so that one look shows everything that stands in the way;
// without facts they are named and not asked.
func (g *Gate) Explain(ctx context.Context, c caller.Caller, do policy.Action, facts any) (Explanation, error) {
	t, err := g.tenant(caller.With(ctx, c), c.Tenant)
	if err != nil {
		return Explanation{}, err
	}
	e := Explanation{
		Tenant: t.Slug, Actor: c.Subject(), Action: do, Outcome: Allow, State: t.State,
		Open: t.open(c, do), MayBe: t.table.named(do),
	}
	for _, r := range append([]string{t.implied(c)}, claimed(c)...) {
		e.Roles = append(e.Roles, t.table.explain(r, do))
	}
	if !e.Open {
		e.refuse(notOpen(t.State).in(c.Locale))
	}
	if !c.Covers(string(do)) {
		e.refuse(fault.Reason{Code: "scope.missing", Detail: "The key lacks the scope " + string(do) + ".", Fix: "Use a key that has it."})
	} else if !t.may(c, do) {
		e.Ways = t.table.ways(do)
		e.refuse(t.roleMissing(do).in(c.Locale))
	}
	if r := g.rules.actions[do]; r != nil {
		e.Rules = g.explainRules(ctx, c, t, do, facts)
		switch {
		case e.Rules.Outcome == Deny:
			e.Outcome = Deny
		case e.Rules.Outcome == Review && e.Outcome == Allow:
			e.Outcome = Review
		}
		for _, r := range e.Rules.Reasons {
			e.Change = append(e.Change, r.Fix)
		}
	}
	return e, nil
}

func (e *Explanation) refuse(r fault.Reason) {
	e.Outcome = Deny
	e.Change = append(e.Change, r.Detail+" "+r.Fix)
}

func (g *Gate) explainRules(ctx context.Context, c caller.Caller, t *tenantView, do policy.Action, facts any) *RulesAnswer {
	r := g.rules.actions[do]
	a := &RulesAnswer{
		Package: "kontor." + r.path, Title: r.title, About: r.about,
		PolicyRev: fmt.Sprintf("%s/%d", g.rules.rev, t.Version),
	}
	for _, v := range t.Settings.Verticals {
		if g.rules.verticals[v][r.path] {
			a.Verticals = append(a.Verticals, v)
		}
	}
	if facts == nil {
		return a
	}
	d := g.decide(ctx, c, t, do, facts)
	a.Outcome, a.Reasons = d.Outcome, localise(d.Reasons, c.Locale)
	if d.broken != nil {
		a.Error = d.broken.Error()
	}
	return a
}

// explain finds the shortest chain of inheritance from role to a line that names do.
func (t *table) explain(role string, do policy.Action) RoleAnswer {
	a := RoleAnswer{Role: role, Grants: t.grants(role, do)}
	if !a.Grants {
		return a
	}
	chains := [][]string{{role}}
	seen := map[string]bool{role: true}
	for len(chains) > 0 {
		chain := chains[0]
		chains = chains[1:]
		at := chain[len(chain)-1]
		for l := range t.lines() {
			if l.Role != at {
				continue
			}
			if l.Type == "p" && l.Grants == string(do) {
				a.Chain, a.Line, a.Source = chain, l.String(), l.Source
				return a
			}
			if l.Type == "g" && !seen[l.Grants] {
				seen[l.Grants] = true
				chains = append(chains, append(slices.Clone(chain), l.Grants))
			}
		}
	}
	return a
}

// Text is the explanation for a terminal.
func (e Explanation) Text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s  %s  in %s\n", strings.ToUpper(string(e.Outcome)), e.Actor, e.Action, e.Tenant)
	if !e.Open {
		fmt.Fprintf(&b, "  the tenant is %s\n", e.State)
	}
	b.WriteString("roles\n")
	for _, r := range e.Roles {
		if r.Grants {
			fmt.Fprintf(&b, "  + %s  by %s  (%s: %s)\n", r.Role, strings.Join(r.Chain, " > "), r.Source, r.Line)
		} else {
			fmt.Fprintf(&b, "  - %s  does not grant it\n", r.Role)
		}
	}
	if len(e.MayBe) > 0 {
		fmt.Fprintf(&b, "  granted to: %s\n", strings.Join(e.MayBe, ", "))
	}
	if e.Rules == nil {
		b.WriteString("rules\n  none for this action\n")
	} else {
		e.Rules.text(&b)
	}
	if len(e.Change) > 0 {
		b.WriteString("what would change it\n")
		for _, c := range e.Change {
			fmt.Fprintf(&b, "  * %s\n", c)
		}
	}
	return b.String()
}

func (a RulesAnswer) text(b *strings.Builder) {
	fmt.Fprintf(b, "rules  %s: %s  (%s)\n", a.Package, a.Title, a.PolicyRev)
	if len(a.Verticals) > 0 {
		fmt.Fprintf(b, "  with %s\n", strings.Join(a.Verticals, ", "))
	}
	switch {
	case a.Outcome == "":
		b.WriteString("  not asked: no facts were given\n")
	case a.Outcome == Allow:
		b.WriteString("  + nothing against it\n")
	}
	for _, r := range a.Reasons {
		fmt.Fprintf(b, "  - %s: %s\n", r.Code, r.Detail)
	}
	if a.Error != "" {
		fmt.Fprintf(b, "  ! %s\n", a.Error)
	}
}
