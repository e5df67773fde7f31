package app

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/tenancy"
)

// obey has the background follow a market's state as its pages do, within the seconds that a
// tenant is believed without asking (trust.md 1.7).
func (h *House) obey() {
	h.Queue.Obey(h.pace)
	h.Queue.Always(tenancy.TaskRun)
	h.Queue.Quietly(notify.TaskSend, identity.TaskReset, identity.TaskLink, "notify.sweep", "identity.prune", "blob.sweep", "access.warn", "sso.recheck", "tenancy.recheck_hosts", "plans.measure", "parties.seal_accounts")
}

// pace is how much is done for a market in the background.
func (h *House) pace(ctx context.Context, t id.Tenant) (jobs.Pace, error) {
	x, err := h.Tenancy.ByID(ctx, t)
	if fault.KindOf(err) == fault.NotFound {
		return jobs.Full, nil // a test's tenant, or one that is being made: nothing says that it is shut
	}
	if err != nil {
		return jobs.None, err
	}
	switch x.State {
	case tenancy.Active, tenancy.Draft, tenancy.Provisioning:
		return jobs.Full, nil
	case tenancy.ReadOnly, tenancy.Closing:
		return jobs.Quiet, nil
	case tenancy.Deleted:
		return jobs.Gone, nil
	default:
		return jobs.None, nil
	}
}

// mayCall keeps plugins from acting for a market that is shut, and from any effect for one
// that can only be read.
func (h *House) mayCall(ctx context.Context, t id.Tenant, effect bool) error {
	pace, err := h.pace(ctx, t)
	if err != nil {
		return err
	}
	if pace == jobs.Full || pace == jobs.Quiet && !effect {
		return nil
	}
	x, err := h.Tenancy.ByID(ctx, t)
	if err != nil {
		return err
	}
	return pluginhost.ErrMarketShut.With("state", x.State)
}
