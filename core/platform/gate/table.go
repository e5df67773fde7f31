package gate

import (
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/policy"
)

// table is who may what, inheritance resolved: of the house, or of a tenant that adds to
// it, whose table has the roles that its lines touch and leaves the rest to the house's.
type table struct {
	house     *table                // nil for the house's own
	index     map[policy.Action]int // the bits of actions, of all that the house's lines name
	may       map[string]actions
	added     []Rule
	grantable []string            // what a company may give its people
	reach     map[string][]string // role -> itself and all that it inherits
}

// actions is a set of actions: a bit for each that the house knows, and the few by name
// that a tenant's lines name beyond those.
type actions struct {
	bits  []uint64
	named []policy.Action
}

func (a actions) has(index map[policy.Action]int, do policy.Action) bool {
	if i, known := index[do]; known {
		return i/64 < len(a.bits) && a.bits[i/64]&(1<<(i%64)) != 0
	}
	return slices.Contains(a.named, do)
}

// with and or answer a set of their own when they change one: sets are shared.
func (a actions) with(index map[policy.Action]int, do policy.Action) actions {
	i, known := index[do]
	switch {
	case a.has(index, do):
		return a
	case !known:
		return actions{a.bits, append(slices.Clip(a.named), do)}
	}
	bits := make([]uint64, max(len(a.bits), len(index)/64+1))
	copy(bits, a.bits)
	bits[i/64] |= 1 << (i % 64)
	return actions{bits, a.named}
}

func (a actions) or(b actions) actions {
	if len(a.bits) == 0 && len(a.named) == 0 {
		return b
	}
	bits := make([]uint64, max(len(a.bits), len(b.bits)))
	copy(bits, a.bits)
	for i, w := range b.bits {
		bits[i] |= w
	}
	named := a.named
	for _, do := range b.named {
		if !slices.Contains(named, do) {
			named = append(slices.Clip(named), do)
		}
	}
	return actions{bits, named}
}

// within reports whether b has all that a has.
func (a actions) within(b actions) bool {
	for i, w := range a.bits {
		if i < len(b.bits) {
			w &^= b.bits[i]
		}
		if w != 0 {
			return false
		}
	}
	return !slices.ContainsFunc(a.named, func(do policy.Action) bool { return !slices.Contains(b.named, do) })
}

func (a actions) all(index map[policy.Action]int) []policy.Action {
	out := slices.Clone(a.named)
	for do := range index {
		if a.has(index, do) {
			out = append(out, do)
		}
	}
	slices.Sort(out)
	return out
}

// of is what a role may; ok says whether there is such a role.
func (t *table) of(role string) (acts actions, ok bool) {
	if acts, ok = t.may[role]; !ok && t.house != nil {
		acts, ok = t.house.may[role]
	}
	return acts, ok
}

func (t *table) grants(role string, do policy.Action) bool {
	acts, _ := t.of(role)
	return acts.has(t.index, do)
}

// lines are the house's and the tenant's.
func (t *table) lines() iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		for at := t.house; at != nil; at = at.house {
			for _, r := range at.added {
				if !yield(r) {
					return
				}
			}
		}
		for _, r := range t.added {
			if !yield(r) {
				return
			}
		}
	}
}

// roles are the names of all, in order.
func (t *table) roles() []string {
	out := slices.Collect(maps.Keys(t.may))
	if t.house != nil {
		out = slices.AppendSeq(out, maps.Keys(t.house.may))
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// reaches is a role and all that it inherits; nil when it inherits nothing.
func (t *table) reaches(role string) []string {
	if all, ok := t.reach[role]; ok || t.house == nil {
		return all
	}
	return t.house.reach[role]
}

// agents begin the names of what a company lets a representative do; it is given by consent,
// with an end, and not to one's own people.
const agents = "agent_"

// ofCompany are the roles that bring nothing beyond what companies' own roles bring: a
// tenant's role that reaches further is for the operator to give.
func (t *table) ofCompany() []string {
	company := []string{caller.RoleAdmin, caller.RoleBuyer, caller.RoleApprover, caller.RoleSeller}
	var reach actions
	for _, r := range company {
		acts, _ := t.of(r)
		reach = reach.or(acts)
	}
	out := slices.Clone(company)
	for _, r := range t.roles() {
		if r == roleGuest || r == caller.RoleVisitor || r == rolePerson || slices.Contains(company, r) || strings.HasPrefix(r, agents) {
			continue
		}
		if acts, _ := t.of(r); acts.within(reach) {
			out = append(out, r)
		}
	}
	slices.Sort(out)
	return slices.Clip(out)
}
