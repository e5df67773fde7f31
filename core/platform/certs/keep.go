package certs

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"
)

// keepEvery is how often certificates are looked after, and renewals how many at a time: the
// limits leave room for new addresses.
const (
	keepEvery = 15 * time.Minute
	renewals  = 20
)

// Keep looks after the certificates until the context ends: those of addresses that nobody
// visits are renewed too, and what belongs to addresses that were given up goes.
func (m *Manager) Keep(ctx context.Context) {
	for t := time.NewTicker(keepEvery); ; {
		if err := m.KeepOnce(ctx); err != nil && ctx.Err() == nil {
			m.cfg.Log.WarnContext(ctx, "certificates were not looked after", "err", err)
		}
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-t.C:
		}
	}
}

// KeepOnce is one round of Keep.
func (m *Manager) KeepOnce(ctx context.Context) error {
	var due []string
	err := m.cfg.DB.Control(ctx, func(ctx context.Context, tx pgx.Tx) (err error) {
		for _, table := range []string{"certs_store", "certs_hosts"} {
			if _, err := tx.Exec(ctx, `DELETE FROM `+table+` c WHERE c.host <> '' AND NOT EXISTS (SELECT FROM tenancy_hosts h WHERE h.host = c.host)`); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `DELETE FROM certs_locks WHERE until < $1`, m.cfg.Now()); err != nil {
			return err
		}
		rows, err := tx.Query(ctx, `SELECT host FROM certs_hosts WHERE renew_at <= $1 AND valid_until > $1 AND (retry_at IS NULL OR retry_at <= $1) ORDER BY valid_until LIMIT $2`, m.cfg.Now(), renewals)
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return err
	}
	for _, host := range due {
		if m.decide(ctx, host) != nil || m.paused.has(host) {
			continue
		}
		if err := m.renew(ctx, host); err != nil {
			m.cfg.Log.WarnContext(ctx, "a certificate was not renewed", "host", host, "err", err)
		}
	}
	return nil
}

// renew replaces a certificate. A handshake on any node finds the new one in the store when
// the one in its memory is due.
func (m *Manager) renew(ctx context.Context, host string) error {
	ctx, cancel := context.WithTimeout(ctx, obtainingMost)
	defer cancel()
	return m.serving.RenewCertAsync(ctx, host, false)
}
