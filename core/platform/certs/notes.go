package certs

import (
	"context"
	"crypto/x509"
	"errors"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// notes is what all nodes remember of orders together.
type notes struct {
	db  *pg.DB
	now clock.Now
}

// Why an order is not made now.
var (
	errLimit   = errors.New("certs: enough certificates were ordered for now")
	errBackoff = errors.New("certs: the last order for this address failed; it is tried again later")
)

// begin counts an order, or says how long to wait. Orders are counted one after another:
// two at once cannot both be the last that is allowed.
func (n notes) begin(ctx context.Context, tenant id.Tenant, host string) (wait time.Duration, refused error) {
	err := n.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		now, after := n.now(), n.now().Add(-ordersWindow)
		wait, refused = 0, nil
		var retry *time.Time
		var all, own int
		b := &pgx.Batch{}
		b.Queue(`SELECT pg_advisory_xact_lock(hashtextextended('certs_orders', 0))`)
		b.Queue(`DELETE FROM certs_orders WHERE ordered_at < $1`, after)
		b.Queue(`SELECT (SELECT retry_at FROM certs_hosts WHERE host = $1), count(*), count(*) FILTER (WHERE tenant_id = $2) FROM certs_orders`, host, tenant.UUID()).
			QueryRow(func(r pgx.Row) error { return r.Scan(&retry, &all, &own) })
		if err := tx.SendBatch(ctx, b).Close(); err != nil {
			return err
		}
		switch {
		case retry != nil && now.Before(*retry):
			wait, refused = retry.Sub(now), errBackoff
			return nil
		case all >= ordersOverall || own >= ordersATenant:
			wait, refused = time.Minute, errLimit
			return nil
		}
		_, err := tx.Exec(ctx, `INSERT INTO certs_orders (id, tenant_id, host, ordered_at) VALUES ($1, $2, $3, $4)`, uuid.New(), tenant.UUID(), host, now)
		return err
	})
	if err != nil {
		return time.Second, err
	}
	return wait, refused
}

// issued notes a success. A certificate is due for renewal in the last third of its life.
func (n notes) issued(ctx context.Context, host string, c *x509.Certificate) error {
	if c == nil {
		return errors.New("certs: the authority sent no certificate")
	}
	due := c.NotAfter.Add(-c.NotAfter.Sub(c.NotBefore) / 3)
	return n.write(ctx, `INSERT INTO certs_hosts (host, issued_at, valid_until, renew_at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (host) DO UPDATE SET issued_at = $2, valid_until = $3, renew_at = $4, failures = 0, cause = '', failed_at = NULL, retry_at = NULL`, host, n.now(), c.NotAfter, due)
}

// After a failure an address waits, longer each time: authorities count failures too.
const (
	backoffFirst = 2 * time.Minute
	backoffMost  = 12 * time.Hour
)

func backoff(failures int) time.Duration {
	d := backoffFirst
	for range failures - 1 {
		if d *= 3; d >= backoffMost {
			return backoffMost
		}
	}
	return d
}

func (n notes) failed(ctx context.Context, host, cause string) (wait time.Duration, err error) {
	err = n.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var failures int
		if err := tx.QueryRow(ctx, `INSERT INTO certs_hosts (host, failures, cause, failed_at) VALUES ($1, 1, $2, $3)
			ON CONFLICT (host) DO UPDATE SET failures = certs_hosts.failures + 1, cause = $2, failed_at = $3 RETURNING failures`, host, cause, n.now()).Scan(&failures); err != nil {
			return err
		}
		wait = backoff(failures)
		_, err := tx.Exec(ctx, `UPDATE certs_hosts SET retry_at = $2 WHERE host = $1`, host, n.now().Add(wait))
		return err
	})
	return wait, err
}

func (n notes) write(ctx context.Context, sql string, args ...any) error {
	return n.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
}
