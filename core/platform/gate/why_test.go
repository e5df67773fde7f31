package gate_test

import (
	"testing"

	"github.com/kontorhq/kontor/core/platform/gate"
)

// What the page says is what the gate answers, for every role and every action.
func TestTheExplanationAgreesWithTheAnswer(t *testing.T) {
	t.Parallel()
	g, m := setup(t, func(x *gate.Tenant) {
		x.Rules = []gate.Rule{{Type: "g", Role: "desk", Grants: "buyer"}, {Type: "p", Role: "desk", Grants: "ledger.read"}}
	})
	asked := 0
	for _, role := range []string{"admin", "buyer", "approver", "seller", "operator", "platform", "desk", "nobody"} {
		c := person(m, role)
		for _, do := range g.Actions(as(c)) {
			e, err := g.Explain(as(c), c, do, nil)
			if err != nil {
				t.Fatal(err)
			}
			may := g.Can(as(c), do)
			if (e.Outcome != gate.Deny) != may {
				t.Errorf("%s %s: the page says %s, the gate %v", role, do, e.Outcome, may)
			}
			if !may && (len(e.Change) == 0 || len(e.Ways) == 0) {
				t.Errorf("%s %s: nothing is said to change it", role, do)
			}
			asked++
		}
	}
	if asked < 500 {
		t.Errorf("only %d questions", asked)
	}
}

func TestARefusalNamesEveryRoleThatWouldDoAndWhoGivesIt(t *testing.T) {
	t.Parallel()
	g, m := setup(t, func(x *gate.Tenant) {
		x.Rules = []gate.Rule{{Type: "g", Role: "desk", Grants: "buyer"}, {Type: "p", Role: "auditor", Grants: "ledger.read"}}
	})
	c := person(m, "seller")
	e, err := g.Explain(as(c), c, "ordering.order.place", nil)
	if err != nil {
		t.Fatal(err)
	}
	ways := map[string]string{}
	for _, w := range e.Ways {
		ways[w.Role] = w.By
	}
	if ways["buyer"] != "company" || ways["desk"] != "company" || ways["system"] != "" {
		t.Errorf("%v", ways)
	}
	e, err = g.Explain(as(c), c, "ledger.read", nil)
	if err != nil || len(e.Ways) != 2 || e.Ways[0] != (gate.Way{Role: "auditor", By: "operator"}) || e.Ways[1] != (gate.Way{Role: "operator", By: "platform"}) {
		t.Errorf("%v, %v", e.Ways, err)
	}
}
