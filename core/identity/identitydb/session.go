package identitydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const sessionColumns = `s.id, s.person_id, s.org_id, s.created_at, s.seen_at, s.expires_at, s.revoked_at, s.ip, s.user_agent, coalesce(s.proved_at, s.created_at), s.via, s.guise_id, s.guise_by`

// sessionRow receives the columns that may be null.
type sessionRow struct {
	identity.Session
	org     *[16]byte
	via     *[16]byte
	guise   *[16]byte
	revoked *time.Time
}

func (r *sessionRow) into() []any {
	return []any{(*[16]byte)(&r.ID), (*[16]byte)(&r.Person), &r.org, &r.CreatedAt, &r.SeenAt, &r.ExpiresAt, &r.revoked, &r.IP, &r.UserAgent, &r.ProvedAt, &r.via, &r.guise, &r.Guise.By}
}

func (r *sessionRow) session() identity.Session {
	if r.org != nil {
		r.Org = *r.org
	}
	if r.via != nil {
		r.Via = *r.via
	}
	if r.guise != nil {
		r.Guise.Of, r.Guise.Until = *r.guise, r.ExpiresAt.UTC()
	}
	if r.revoked != nil {
		r.RevokedAt = r.revoked.UTC()
	}
	r.CreatedAt, r.SeenAt, r.ExpiresAt, r.ProvedAt = r.CreatedAt.UTC(), r.SeenAt.UTC(), r.ExpiresAt.UTC(), r.ProvedAt.UTC()
	return r.Session
}

// InsertSession implements identity.Store.
func (s Store) InsertSession(ctx context.Context, h identity.Hash, x identity.Session) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_sessions (tenant_id, token_hash, id, person_id, org_id, created_at, seen_at, expires_at, ip, user_agent, proved_at, via, guise_id, guise_by)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`,
		h[:], x.ID.UUID(), x.Person.UUID(), orNull(x.Org), x.CreatedAt, x.SeenAt, x.ExpiresAt, x.IP, x.UserAgent, x.ProvedAt, orNull(x.Via), orNull(x.Guise.Of), x.Guise.By)
	return err
}

// Bearer implements identity.Store: one statement in one round trip, because every
// signed-in request begins with it.
func (s Store) Bearer(ctx context.Context, h identity.Hash) (identity.Bearer, error) {
	var out identity.Bearer
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+personColumns+`, `+sessionColumns+`, coalesce(m.roles, '{}'), f.confirmed_at IS NOT NULL OR EXISTS (SELECT FROM identity_passkeys k WHERE k.tenant_id = s.tenant_id AND k.person_id = s.person_id), m.person_id IS NOT NULL, m.representation_id, m.until FROM identity_sessions s
			JOIN identity_people p ON p.tenant_id = s.tenant_id AND p.id = s.person_id
			LEFT JOIN parties_members m ON m.tenant_id = s.tenant_id AND m.org_id = s.org_id AND m.person_id = s.person_id
			LEFT JOIN identity_factors f ON f.tenant_id = s.tenant_id AND f.person_id = s.person_id
			WHERE s.token_hash = $1 AND s.revoked_at IS NULL`, h[:]).QueryRow(func(r pgx.Row) error {
			var row sessionRow
			var err error
			var consent *[16]byte
			var until *time.Time
			out.Person, err = scanPerson(r, append(row.into(), &out.Roles, &out.Factor, &out.Member, &consent, &until)...)
			out.Session = row.session()
			if consent != nil {
				out.Consent = *consent
			}
			if until != nil {
				out.Until = until.UTC()
			}
			return err
		})
	})
	if pg.NoRows(err) {
		return identity.Bearer{}, identity.ErrSession
	}
	return out, err
}

// Seen implements identity.Store.
func (s Store) Seen(ctx context.Context, h identity.Hash, at time.Time) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_sessions SET seen_at = $2 WHERE token_hash = $1 AND seen_at < $2 AND revoked_at IS NULL`, h[:], at)
	return err
}

// Revoke implements identity.Store.
func (s Store) Revoke(ctx context.Context, which id.Session, at time.Time) (id.Person, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return id.Person{}, err
	}
	var who id.Person
	err = tx.QueryRow(ctx, `UPDATE identity_sessions SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL RETURNING person_id`, which.UUID(), at).Scan((*[16]byte)(&who))
	if pg.NoRows(err) {
		return who, identity.ErrSession
	}
	return who, err
}

// RevokeAll implements identity.Store.
func (s Store) RevokeAll(ctx context.Context, p id.Person, at time.Time) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_sessions SET revoked_at = $2 WHERE person_id = $1 AND revoked_at IS NULL`, p.UUID(), at)
	return err
}

// RevokeVia implements identity.Store.
func (s Store) RevokeVia(ctx context.Context, via id.SSOConnection, p id.Person, at time.Time) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_sessions SET revoked_at = $3 WHERE via = $1 AND ($2::uuid IS NULL OR person_id = $2) AND revoked_at IS NULL`, via.UUID(), orNull(p), at)
	return err
}

func orNull[N any](v id.ID[N]) any {
	if v.IsZero() {
		return nil
	}
	return v.UUID()
}

// Sessions implements identity.Store.
func (s Store) Sessions(ctx context.Context, p id.Person, now time.Time) ([]identity.Session, error) {
	var out []identity.Session
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+sessionColumns+` FROM identity_sessions s
			WHERE s.person_id = $1 AND s.revoked_at IS NULL AND s.expires_at > $2 AND s.seen_at > $3 ORDER BY s.seen_at DESC LIMIT 100`,
			p.UUID(), now, now.Add(-identity.Idle)).Query(func(rows pgx.Rows) error {
			var err error
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (identity.Session, error) {
				var row sessionRow
				err := r.Scan(row.into()...)
				return row.session(), err
			})
			return err
		})
	})
	return out, err
}

// Attempt implements identity.Store. The row is made first, so that it can be locked: two
// guesses at the same moment are counted one after the other.
func (s Store) Attempt(ctx context.Context, key identity.Hash) (identity.Attempts, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return identity.Attempts{}, err
	}
	var a identity.Attempts
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO identity_attempts (tenant_id, key, failures, last_at, next_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, 0, '-infinity', '-infinity') ON CONFLICT DO NOTHING`, key[:])
	b.Queue(`SELECT failures, greatest(last_at, 'epoch'), greatest(next_at, 'epoch') FROM identity_attempts WHERE key = $1 FOR UPDATE`, key[:]).
		QueryRow(func(r pgx.Row) error { return r.Scan(&a.Failures, &a.LastAt, &a.NextAt) })
	return a, tx.SendBatch(ctx, b).Close()
}

// SetAttempt implements identity.Store.
func (s Store) SetAttempt(ctx context.Context, key identity.Hash, a identity.Attempts) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_attempts SET failures = $2, last_at = $3, next_at = $4 WHERE key = $1`, key[:], a.Failures, a.LastAt, a.NextAt)
	return err
}

// ClearAttempt implements identity.Store; it also sweeps a few counts that time has
// forgiven, so that a flood of made-up addresses does not stay.
func (s Store) ClearAttempt(ctx context.Context, key identity.Hash) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `DELETE FROM identity_attempts WHERE key = $1 OR key IN (
		SELECT a.key FROM identity_attempts a WHERE a.last_at < (SELECT last_at FROM identity_attempts WHERE key = $1) - interval '1 day' LIMIT 100)`, key[:])
	return err
}

// Prune implements identity.Store.
func (s Store) Prune(ctx context.Context, attempts, ended time.Time) (int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	var n int64
	for _, q := range []struct {
		sql    string
		before time.Time
	}{
		{`DELETE FROM identity_attempts WHERE last_at < $1 AND next_at < $1`, attempts},
		{`DELETE FROM identity_tokens WHERE expires_at < $1`, attempts},
		{`DELETE FROM identity_pending WHERE expires_at < $1`, attempts},
		{`DELETE FROM identity_ceremonies WHERE expires_at < $1`, attempts},
		{`DELETE FROM identity_sessions s WHERE least(s.expires_at, s.revoked_at) < $1 AND EXISTS (
			SELECT FROM identity_sessions n WHERE n.tenant_id = s.tenant_id AND n.person_id = s.person_id AND (n.seen_at, n.id) > (s.seen_at, s.id))`, ended},
	} {
		ct, err := tx.Exec(ctx, q.sql, q.before)
		if err != nil {
			return n, err
		}
		n += ct.RowsAffected()
	}
	return n, nil
}
