package gate

import (
	"context"
	"slices"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/policy"
)

// Actions names everything that some role of the caller's tenant may do, in order.
func (g *Gate) Actions(ctx context.Context) []policy.Action {
	c, err := caller.From(ctx)
	if err != nil {
		return nil
	}
	t, err := g.tenant(ctx, c.Tenant)
	if err != nil {
		return nil
	}
	var out []policy.Action
	for l := range t.table.lines() {
		if l.Type == "p" {
			out = append(out, policy.Action(l.Grants))
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}
