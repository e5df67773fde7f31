// Package accessdb keeps service accounts and keys in PostgreSQL.
package accessdb

import (
	"context"
	"net/netip"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements access.Store.
type Store struct{ db *pg.DB }

// New makes the store.
func New(db *pg.DB) Store { return Store{db} }

var _ access.Store = Store{}

const (
	accountColumns = `a.id, a.org_id, a.name, a.purpose, a.roles, a.responsible, a.connection_id, a.created_at, a.ended_at`
	keyColumns     = `k.id, k.public_id, k.hash, k.scopes, k.networks, k.made_by, k.created_at, k.expires_at, k.revoked_at, k.warned_at, k.used_at, k.used_from`
	// ofCompany compares with a company, or with none.
	ofCompany = `a.org_id IS NOT DISTINCT FROM $1::uuid`
)

// row receives the columns that may be null.
type row struct {
	a                              access.Account
	k                              access.Key
	org, connection                *[16]byte
	ended, revoked, warned, usedAt *time.Time
	hash                           []byte
	nets                           []string
}

func (r *row) account() []any {
	return []any{(*[16]byte)(&r.a.ID), &r.org, &r.a.Name, &r.a.Purpose, &r.a.Roles, (*[16]byte)(&r.a.Responsible), &r.connection, &r.a.CreatedAt, &r.ended}
}

func (r *row) key() []any {
	return []any{(*[16]byte)(&r.k.ID), &r.k.PublicID, &r.hash, &r.k.Scopes, &r.nets, (*[16]byte)(&r.k.MadeBy), &r.k.CreatedAt, &r.k.ExpiresAt, &r.revoked, &r.warned, &r.usedAt, &r.k.UsedFrom}
}

// done fills in what was null. A network that cannot be read matches nothing, so that a
// damaged list never opens a key.
func (r *row) done() {
	if r.org != nil {
		r.a.Org = *r.org
	}
	if r.connection != nil {
		r.a.Connection = *r.connection
	}
	r.a.CreatedAt, r.k.CreatedAt, r.k.ExpiresAt = r.a.CreatedAt.UTC(), r.k.CreatedAt.UTC(), r.k.ExpiresAt.UTC()
	for from, to := range map[*time.Time]*time.Time{r.ended: &r.a.EndedAt, r.revoked: &r.k.RevokedAt, r.warned: &r.k.WarnedAt, r.usedAt: &r.k.UsedAt} {
		if from != nil {
			*to = from.UTC()
		}
	}
	copy(r.k.Hash[:], r.hash)
	for _, n := range r.nets {
		p, _ := netip.ParsePrefix(n)
		r.k.Networks = append(r.k.Networks, p)
	}
}

func orNull[N any](v id.ID[N]) any {
	if v.IsZero() {
		return nil
	}
	return v.UUID()
}

func timeOrNull(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

// InsertAccount implements access.Store.
func (s Store) InsertAccount(ctx context.Context, a access.Account) error {
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO access_accounts (tenant_id, id, org_id, name, purpose, roles, responsible, created_at, connection_id)
			VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8)`, a.ID.UUID(), orNull(a.Org), a.Name, a.Purpose, a.Roles, a.Responsible.UUID(), a.CreatedAt, orNull(a.Connection))
	})
}

// EndAccount implements access.Store.
func (s Store) EndAccount(ctx context.Context, a id.ServiceAccount, at time.Time) error {
	return pg.Write(ctx, func(b *pgx.Batch) { b.Queue(`UPDATE access_accounts SET ended_at = $2 WHERE id = $1`, a.UUID(), at) })
}

// Account implements access.Store.
func (s Store) Account(ctx context.Context, org id.Org, which id.ServiceAccount) (access.Account, error) {
	return s.account(ctx, ofCompany+` AND a.id = $2 FOR UPDATE`, orNull(org), which.UUID())
}

// OfConnection implements access.Store.
func (s Store) OfConnection(ctx context.Context, x id.SSOConnection) (access.Account, error) {
	return s.account(ctx, `a.connection_id = $1 AND a.ended_at IS NULL`, x.UUID())
}

func (s Store) account(ctx context.Context, where string, args ...any) (access.Account, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return access.Account{}, err
	}
	var r row
	err = tx.QueryRow(ctx, `SELECT `+accountColumns+` FROM access_accounts a WHERE `+where, args...).Scan(r.account()...)
	if pg.NoRows(err) {
		return access.Account{}, access.ErrNotFound
	}
	if err != nil {
		return access.Account{}, err
	}
	r.done()
	rows, err := tx.Query(ctx, `SELECT `+keyColumns+` FROM access_keys k WHERE k.service_id = $1 ORDER BY k.id DESC LIMIT 500`, r.a.ID.UUID())
	if err != nil {
		return access.Account{}, err
	}
	r.a.Keys, err = pgx.CollectRows(rows, scanKey)
	return r.a, err
}

func scanKey(c pgx.CollectableRow) (access.Key, error) {
	var r row
	err := c.Scan(r.key()...)
	r.done()
	return r.k, err
}

// Accounts implements access.Store.
func (s Store) Accounts(ctx context.Context, org id.Org) ([]access.Account, error) {
	var out []access.Account
	at := map[id.ServiceAccount]int{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+accountColumns+` FROM access_accounts a WHERE `+ofCompany+` ORDER BY a.ended_at IS NOT NULL, a.id DESC LIMIT 201`, orNull(org)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var r row
				if err := rows.Scan(r.account()...); err != nil {
					return err
				}
				r.done()
				at[r.a.ID] = len(out)
				out = append(out, r.a)
			}
			return rows.Err()
		})
		b.Queue(`SELECT a.id, `+keyColumns+` FROM access_keys k JOIN access_accounts a ON a.tenant_id = k.tenant_id AND a.id = k.service_id
			WHERE `+ofCompany+` ORDER BY k.id DESC LIMIT 2000`, orNull(org)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var r row
				if err := rows.Scan(append([]any{(*[16]byte)(&r.a.ID)}, r.key()...)...); err != nil {
					return err
				}
				r.done()
				if i, ok := at[r.a.ID]; ok {
					out[i].Keys = append(out[i].Keys, r.k)
				}
			}
			return rows.Err()
		})
	})
	return out, err
}
