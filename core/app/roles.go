package app

import (
	"context"

	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/tenancy"
)

// roleTables lets tenancy ask the gate what roles would come to.
type roleTables struct{ gate *gate.Gate }

// Propose implements tenancy.RoleTables.
func (r roleTables) Propose(lines []tenancy.RoleLine) (tenancy.RoleTable, error) {
	rules := make([]gate.Rule, len(lines))
	for i, l := range lines {
		rules[i] = gate.Rule{Type: l.Type, Role: l.Role, Grants: l.Grants, Source: gate.SourceTenant}
	}
	return r.gate.Propose(rules)
}

// IsBase implements tenancy.RoleTables.
func (r roleTables) IsBase(role string) bool { return r.gate.IsBase(role) }

// Known implements tenancy.RoleTables.
func (r roleTables) Known() []policy.Action { return r.gate.Known() }

// roleHolders finds who holds a role.
type roleHolders struct{ reads *consoles.Reads }

// Holders implements tenancy.RoleHolders.
func (r roleHolders) Holders(ctx context.Context, roles []string) ([]tenancy.Holders, error) {
	sets, err := r.reads.Holders(ctx, roles)
	out := make([]tenancy.Holders, len(sets))
	for i, s := range sets {
		out[i] = tenancy.Holders(s)
	}
	return out, err
}
