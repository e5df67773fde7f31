package pluginhost

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// States of an effect that was asked of a plugin.
const (
	EffectPending   = "pending"
	EffectSucceeded = "succeeded"
	EffectFailed    = "failed"
	EffectUnknown   = "unknown"
)

// EffectRow is one effect asked of a plugin. It is committed before the plugin hears of
// it, so that whatever dies in between, somebody knows to ask what became of it.
type EffectRow struct {
	ID          id.Operation
	Plugin      string
	RPC         string
	Key         string
	RequestHash []byte
	Request     json.RawMessage
	State       string
	Result      json.RawMessage
	Error       string
	Attempts    int
	NextAt      time.Time
	CreatedAt   time.Time
	UpdatedAt   time.Time
}

// Operations keeps EffectRows for the tenant of the call. Each method is a unit of work of
// its own.
type Operations interface {
	// Claim inserts the row, or returns the one that has its plugin, rpc and key.
	Claim(ctx context.Context, row EffectRow) (kept EffectRow, created bool, err error)
	// Settle writes state, result, error, attempts and times of the row, if it is still as
	// old as UpdatedAt was; false says that somebody else was faster.
	Settle(ctx context.Context, row EffectRow, wasUpdatedAt time.Time) (bool, error)
	// Due lists unresolved rows whose time has come.
	Due(ctx context.Context, now time.Time, limit int) ([]EffectRow, error)
	// TenantsDue lists the tenants that have such rows, over all of them.
	TenantsDue(ctx context.Context, now time.Time) ([]id.Tenant, error)
}

// action is an effect: how it is done, and how it is found again by its key.
type action[Q, A any] struct {
	rpc  rpc
	do   func(context.Context, route, *sdk.Client, sdk.Call, Q) (A, error)
	find func(ctx context.Context, r route, c *sdk.Client, call sdk.Call, key string) (A, error)
}

// notDone marks an effect that certainly did not happen: the same key may try again.
const notDone = "not_done"

// effect has something done once. The same key and request give the stored result; the
// key with another request is refused.
func effect[Q, A any](ctx context.Context, h *Host, r route, act action[Q, A], key string, req Q) (A, error) {
	var none A
	if work.Active(ctx) {
		return none, ErrInUnit
	}
	if key == "" || len(key) > 200 {
		return none, ErrKeyReused.Because(errors.New("an effect needs a key"))
	}
	who, err := caller.From(ctx)
	if err != nil {
		return none, err
	}
	if err := h.may(ctx, who, true); err != nil {
		return none, err // before it is written down as begun
	}
	body, err := json.Marshal(req)
	if err != nil {
		return none, err
	}
	sum, now := sha256.Sum256(body), h.now()
	row, created, err := h.cfg.Operations.Claim(ctx, EffectRow{
		ID: id.Operation{}.New(), Plugin: r.proc.manifest.ID, RPC: act.rpc.name, Key: key,
		RequestHash: sum[:], Request: body, State: EffectPending, Attempts: 1, NextAt: now.Add(h.inFlightFor(act.rpc)), CreatedAt: now, UpdatedAt: now,
	})
	if err != nil {
		return none, err
	}
	if !created {
		if !bytes.Equal(row.RequestHash, sum[:]) {
			return none, ErrKeyReused
		}
		if a, done, err := again(ctx, h, r, act, &row); done {
			return a, err
		}
	}
	return carryOut(ctx, h, r, act, row, req)
}

// inFlightFor is how long a pending row is somebody's who is still at it.
func (h *Host) inFlightFor(r rpc) time.Duration { return r.deadline + 5*time.Second }

// again answers from what is known; done is false when the effect is ours to try anew.
func again[Q, A any](ctx context.Context, h *Host, r route, act action[Q, A], row *EffectRow) (a A, done bool, err error) {
	switch {
	case row.State == EffectSucceeded:
		return a, true, json.Unmarshal(row.Result, &a)
	case row.State == EffectFailed && row.Error != notDone:
		return a, true, storedFault(r, *row)
	case row.State == EffectPending && h.now().Before(row.NextAt):
		return a, true, ErrInProgress
	case row.State != EffectFailed:
		a, err = resolve(ctx, h, r, act, row)
		if err == nil || row.State != EffectFailed {
			return a, true, err
		}
	}
	return a, false, retake(ctx, h, act.rpc, row)
}

// retake makes the row pending again, for one taker.
func retake(ctx context.Context, h *Host, spec rpc, row *EffectRow) error {
	was := row.UpdatedAt
	row.State, row.Error, row.Attempts = EffectPending, "", row.Attempts+1
	row.UpdatedAt, row.NextAt = h.now(), h.now().Add(h.inFlightFor(spec))
	ok, err := h.cfg.Operations.Settle(ctx, *row, was)
	if err == nil && !ok {
		err = ErrInProgress
	}
	return err
}

func carryOut[Q, A any](ctx context.Context, h *Host, r route, act action[Q, A], row EffectRow, req Q) (A, error) {
	a, err := ask(ctx, r, act.rpc, row.ID.String(), func(ctx context.Context, c *sdk.Client, call sdk.Call) (A, error) {
		return contract(r, func() (A, error) { return act.do(ctx, r, c, call, req) })
	})
	if serr := h.settle(ctx, &row, a, err); serr != nil {
		h.log.ErrorContext(ctx, "an effect's outcome was not written; it will be asked for", "operation", row.ID, "error", serr)
		return a, ErrOutcomeUnknown.With("plugin", r.proc.manifest.Title["en"]).Because(errors.Join(err, serr))
	}
	if row.State == EffectUnknown {
		return a, r.proc.name(ErrOutcomeUnknown).Because(err)
	}
	return a, err
}

// contract marks answers that break the contract as such.
func contract[A any](r route, fn func() (A, error)) (A, error) {
	a, err := fn()
	if errors.Is(err, errReply) {
		return a, r.proc.name(ErrInvalidResponse).Because(err)
	}
	return a, err
}

// settle writes how it went, even when the caller has given up waiting.
func (h *Host) settle(ctx context.Context, row *EffectRow, result any, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	was := row.UpdatedAt
	row.UpdatedAt, row.NextAt, row.Error = h.now(), time.Time{}, ""
	switch {
	case err == nil:
		row.State = EffectSucceeded
		b, merr := json.Marshal(result)
		if merr != nil {
			return merr
		}
		row.Result = b
	case open(err):
		row.State, row.Error = EffectUnknown, fault.From(err).Code
		row.NextAt = row.UpdatedAt.Add(backoff(row.Attempts))
	case errors.Is(err, ErrRefused) || errors.Is(err, ErrUpstream):
		f := fault.From(err)
		row.State, row.Error = EffectFailed, f.Code+" "+f.Args["reason"]
	default: // it never left the house
		row.State, row.Error = EffectFailed, notDone
	}
	_, serr := h.cfg.Operations.Settle(ctx, *row, was)
	return serr
}

// storedFault is the refusal that was given the first time.
func storedFault(r route, row EffectRow) error {
	f := ErrRefused
	code, reason, _ := bytes.Cut([]byte(row.Error), []byte(" "))
	if string(code) == ErrUpstream.Code {
		f = ErrUpstream
	}
	return r.proc.name(f).With("reason", string(reason))
}

func tenantOf(ctx context.Context) (id.Tenant, error) {
	who, err := caller.From(ctx)
	return who.Tenant, err
}
