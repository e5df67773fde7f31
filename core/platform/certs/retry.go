package certs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Why nothing is tried again now, in an operator's words.
var (
	ErrNotFailing = fault.New(fault.Conflict, "certs.not_failing", "The certificate of {host} has not failed.").Then("It is made at the first visit, and renewed by itself.")
	ErrTriedOften = fault.New(fault.Throttled, "certs.tried_often", "A certificate for {host} was ordered several times within the hour, and authorities count failures.").Then("Try again in {minutes} minutes.")
	ErrEnough     = fault.New(fault.Throttled, "certs.enough", "Enough certificates were ordered for now.").Then("Try again in an hour.")
)

// triesAnHour is how often an address is tried within an hour where somebody asks for it: as
// often as it would be by itself, and once more. A request waits for the authority's answer for
// retryPatience, so that it still has time to say what came of it.
const (
	triesAnHour   = 5
	retryPatience = 10 * time.Second
)

// Tried is how a certificate does after somebody had it tried again; Underway: the authority
// takes its time.
type Tried struct {
	State
	Underway bool
}

// Retry does not wait any longer with the order for an address of the tenant's whose last one
// failed. The limits on orders hold all the same, over all nodes. It must not run inside a unit
// of work.
func (m *Manager) Retry(ctx context.Context, tenant id.Tenant, host string) (Tried, error) {
	s, known, err := m.book.find(ctx, host)
	if err != nil {
		return Tried{}, err
	}
	if !known || !s.Serves || s.Tenant != tenant {
		return Tried{}, ErrNotFailing.With("host", host)
	}
	if err := m.notes.again(ctx, tenant, host); err != nil {
		return Tried{}, err
	}
	m.paused.end(host)
	done := make(chan error, 1)
	go func() { done <- m.renew(m.stop, host) }() // it outlives who asked, as a handshake's does
	out := Tried{}
	t := time.NewTimer(retryPatience)
	defer t.Stop()
	select {
	case err = <-done:
		if err != nil {
			m.cfg.Log.WarnContext(ctx, "a certificate that was tried again was not obtained", "host", host, "err", err)
		}
	case <-t.C:
		out.Underway = true
	}
	all, err := m.States(ctx, []string{host})
	out.State = all[host]
	return out, err
}

// again lets an address whose order failed be tried before its time: ErrNotFailing,
// ErrTriedOften, ErrEnough. It waits its turn with those who count orders.
func (n notes) again(ctx context.Context, tenant id.Tenant, host string) (refused error) {
	err := n.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now := n.now()
		refused = nil
		var failures, recent, all, own int
		var first *time.Time
		b := &pgx.Batch{}
		b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('certs_orders', 0))`)
		b.Queue(`SELECT coalesce((SELECT failures FROM certs_hosts WHERE host = $1), 0), count(*) FILTER (WHERE tenant_id = $2), count(*),
				count(*) FILTER (WHERE host = $1 AND ordered_at > $3), min(ordered_at) FILTER (WHERE host = $1 AND ordered_at > $3)
			FROM certs_orders WHERE ordered_at >= $4`, host, tenant.UUID(), now.Add(-time.Hour), now.Add(-ordersWindow)).
			QueryRow(func(r pgx.Row) error { return r.Scan(&failures, &own, &all, &recent, &first) })
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		switch {
		case failures == 0:
			refused = ErrNotFailing.With("host", host)
			return nil
		case recent >= triesAnHour:
			wait := first.Add(time.Hour).Sub(now)
			refused = ErrTriedOften.With("host", host).With("minutes", int(wait/time.Minute)+1)
			return nil
		case all >= ordersOverall || own >= ordersATenant:
			refused = ErrEnough
			return nil
		}
		_, err := tx.Exec(ctx, `UPDATE certs_hosts SET retry_at = NULL WHERE host = $1`, host)
		return err
	})
	if err != nil {
		return err
	}
	return refused
}
