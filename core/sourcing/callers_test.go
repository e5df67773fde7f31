package sourcing

import (
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

func callerOf(org id.Org) caller.Caller {
	return caller.Caller{Tenant: id.Tenant{1}, Kind: caller.Person, Org: org, Roles: []string{caller.RoleSeller}}
}
