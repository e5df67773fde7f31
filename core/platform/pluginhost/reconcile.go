package pluginhost

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// Outcome is an operation whose end was unknown and is known now.
type Outcome struct {
	Operation id.Operation
	Plugin    string
	RPC       string
	Key       string
	State     string // succeeded, or failed when it certainly did not happen
	Result    json.RawMessage
}

// backoff is five seconds, doubling to fifteen minutes.
func backoff(attempts int) time.Duration {
	return min(5*time.Second<<min(max(attempts-1, 0), 16), 15*time.Minute)
}

// giveUpAfter is when a person has to look: the plugin's operations page shows the row.
const giveUpAfter = 72 * time.Hour

// resolve asks the plugin what became of an effect. Not found means not done: the outside
// party knows every key that ever reached it.
func resolve[Q, A any](ctx context.Context, h *Host, r route, act action[Q, A], row *EffectRow) (A, error) {
	spec := act.rpc
	spec.name, spec.group, spec.again = act.rpc.name+"?", act.rpc.group+"?", true // a question may be asked twice
	a, err := ask(ctx, r, spec, "", func(ctx context.Context, c *sdk.Client, call sdk.Call) (A, error) {
		return contract(r, func() (A, error) { return act.find(ctx, r, c, call, row.ID.String()) })
	})
	was := row.UpdatedAt
	row.UpdatedAt, row.Attempts = h.now(), row.Attempts+1
	switch {
	case err == nil:
		row.State, row.Error, row.NextAt = EffectSucceeded, "", time.Time{}
		if row.Result, err = json.Marshal(a); err != nil {
			return a, err
		}
	case isReason(err, sdk.ReasonNotFound):
		row.State, row.Error, row.NextAt = EffectFailed, notDone, time.Time{}
	default:
		row.State, row.NextAt = EffectUnknown, row.UpdatedAt.Add(backoff(row.Attempts))
		if row.UpdatedAt.Sub(row.CreatedAt) > giveUpAfter {
			row.NextAt = time.Time{}
			h.log.ErrorContext(ctx, "an effect's outcome is not to be found out; a person has to", "operation", row.ID, "plugin", row.Plugin)
		}
		err = r.proc.name(ErrOutcomeUnknown).Because(err)
	}
	if _, serr := h.cfg.Operations.Settle(ctx, *row, was); serr != nil {
		return a, serr
	}
	return a, err
}

func isReason(err error, reason string) bool { return sdk.IsReason(err, reason) }

// Reconcile resolves the unknown operations of the caller's tenant whose time has come,
// and says how many ended.
func (h *Host) Reconcile(ctx context.Context) (ended int, err error) {
	rows, err := h.cfg.Operations.Due(ctx, h.now(), 100)
	if err != nil {
		return 0, err
	}
	for _, row := range rows {
		o, ok := h.reconcileOne(ctx, row)
		if !ok {
			continue
		}
		ended++
		if h.cfg.Resolved != nil {
			if err := h.cfg.Resolved(ctx, o); err != nil {
				return ended, err
			}
		}
	}
	return ended, nil
}

func (h *Host) reconcileOne(ctx context.Context, row EffectRow) (Outcome, bool) {
	tenant, err := tenantOf(ctx)
	if err != nil {
		return Outcome{}, false
	}
	var find func(context.Context, route, *EffectRow) error
	if row.RPC == (freight{h}).booking().rpc.name {
		find = func(ctx context.Context, r route, row *EffectRow) error {
			_, err := resolve(ctx, h, r, freight{h}.booking(), row)
			return err
		}
	} else {
		find = func(ctx context.Context, r route, row *EffectRow) error {
			_, err := resolve(ctx, h, r, payments{h}.lookup(row.RPC), row)
			return err
		}
	}
	for _, capability := range []string{sdk.CapPayment, sdk.CapLogistics} {
		for _, r := range h.book.routes(tenant, capability) {
			if r.proc.manifest.ID != row.Plugin {
				continue
			}
			if err := find(ctx, r, &row); err != nil {
				h.log.InfoContext(ctx, "an outcome was asked for", "operation", row.ID, "state", row.State, "error", err)
			}
			return Outcome{row.ID, row.Plugin, row.RPC, row.Key, row.State, row.Result}, row.State == EffectSucceeded || row.State == EffectFailed
		}
	}
	return Outcome{}, false
}

// ReconcileAll does it for every tenant that has something due.
func (h *Host) ReconcileAll(ctx context.Context) (ended int, err error) {
	tenants, err := h.cfg.Operations.TenantsDue(ctx, h.now())
	if err != nil {
		return 0, err
	}
	for _, t := range tenants {
		if h.may(ctx, caller.Caller{Tenant: t}, false) != nil {
			continue // its market is shut: asking would use up the time in which we ask
		}
		n, err := h.Reconcile(caller.AsSystem(ctx, t, "plugin-reconciler"))
		if ended += n; err != nil {
			return ended, err
		}
	}
	return ended, nil
}
