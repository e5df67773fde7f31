package gate

import (
	"maps"
	"slices"

	"github.com/kontorhq/kontor/core/policy"
)

// Proposal is a role table that a tenant might have, compiled and proved like the one it
// has: what a change would do is asked of the same machine that will answer afterwards.
type Proposal struct{ table *table }

// Propose compiles the base with a tenant's lines. It fails as the start would.
func (g *Gate) Propose(added []Rule) (Proposal, error) {
	t, err := g.base.compile(added)
	return Proposal{t}, err
}

// May are the actions that the holder of some roles may take by them, in order.
func (p Proposal) May(roles ...string) []policy.Action {
	var all actions
	for _, r := range roles {
		acts, _ := p.table.of(r)
		all = all.or(acts)
	}
	return all.all(p.table.index)
}

// Roles names every role of the table, in order.
func (p Proposal) Roles() []string { return p.table.roles() }

// Grantable names the roles that companies may give their people.
func (p Proposal) Grantable() []string { return p.table.grantable }

// IsBase reports whether a role came with the house.
func (g *Gate) IsBase(role string) bool {
	_, ok := g.base.own.may[role]
	return ok || role == roleGuest
}

// Known are all actions that the house's own roles name, in order.
func (g *Gate) Known() []policy.Action {
	return slices.Sorted(maps.Keys(g.base.own.index))
}
