package ssodb

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/sso"
)

func exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

// AddDomain implements sso.Store.
func (s Store) AddDomain(ctx context.Context, c id.SSOConnection, d sso.Domain) error {
	n, err := exec(ctx, `INSERT INTO sso_domains (tenant_id, id, connection_id, domain, token, created_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5) ON CONFLICT (tenant_id, connection_id, domain) DO NOTHING`, d.ID.UUID(), c.UUID(), d.Domain, d.Token, d.CreatedAt)
	if err == nil && n == 0 {
		return sso.ErrListed.With("domain", d.Domain)
	}
	return err
}

// SaveDomain implements sso.Store: the index lets one connection of a marketplace have it.
func (s Store) SaveDomain(ctx context.Context, c id.SSOConnection, d sso.Domain) error {
	n, err := exec(ctx, `UPDATE sso_domains SET checked_at = $3, verified_at = $4, failures = $5, found = $6 WHERE id = $1 AND connection_id = $2`,
		d.ID.UUID(), c.UUID(), timeOrNull(d.CheckedAt), timeOrNull(d.VerifiedAt), d.Failures, d.Found)
	if name, ok := pg.Violated(err); ok && name == "sso_domains_proved" {
		return sso.ErrTaken.With("domain", d.Domain).Because(err)
	}
	if err == nil && n == 0 {
		return sso.ErrNotFound
	}
	return err
}

// RemoveDomain implements sso.Store.
func (s Store) RemoveDomain(ctx context.Context, c id.SSOConnection, d id.SSODomain) error {
	n, err := exec(ctx, `DELETE FROM sso_domains WHERE id = $1 AND connection_id = $2`, d.UUID(), c.UUID())
	if err == nil && n == 0 {
		return sso.ErrNotFound
	}
	return err
}

// SetEmergency implements sso.Store.
func (s Store) SetEmergency(ctx context.Context, c id.SSOConnection, people []id.Person) error {
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`DELETE FROM sso_emergency WHERE connection_id = $1`, c.UUID())
		for _, p := range people {
			b.Queue(`INSERT INTO sso_emergency (tenant_id, connection_id, person_id) VALUES (current_setting('app.tenant_id')::uuid, $1, $2) ON CONFLICT DO NOTHING`, c.UUID(), p.UUID())
		}
	})
}

// InsertAttempt implements sso.Store.
func (s Store) InsertAttempt(ctx context.Context, state, browser sso.Hash, a sso.Attempt) error {
	_, err := exec(ctx, `INSERT INTO sso_attempts (tenant_id, state_hash, browser_hash, connection_id, connection_version, purpose, person_id, next, expires_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8)`,
		state[:], browser[:], a.Connection.UUID(), a.Version, string(a.Purpose), orNull(a.Person), a.Next, a.ExpiresAt)
	return err
}

// UseAttempt implements sso.Store. Another browser's try does not spend it.
func (s Store) UseAttempt(ctx context.Context, state, browser sso.Hash, now time.Time) (sso.Attempt, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return sso.Attempt{}, err
	}
	return scanAttempt(tx.QueryRow(ctx, `DELETE FROM sso_attempts WHERE state_hash = $1 AND browser_hash = $2 AND expires_at > $3 RETURNING `+attempted, state[:], browser[:], now))
}

const attempted = `connection_id, connection_version, purpose, person_id, next, expires_at, answer`

func scanAttempt(r pgx.Row) (a sso.Attempt, err error) {
	var person *[16]byte
	var answer []byte
	err = r.Scan((*[16]byte)(&a.Connection), &a.Version, (*string)(&a.Purpose), &person, &a.Next, &a.ExpiresAt, &answer)
	if pg.NoRows(err) {
		return sso.Attempt{}, sso.ErrAttempt
	}
	if person != nil {
		a.Person = *person
	}
	if err == nil && answer != nil {
		err = json.Unmarshal(answer, &a.Answer)
	}
	return a, err
}

// Attempt implements sso.Store.
func (s Store) Attempt(ctx context.Context, state sso.Hash, now time.Time) (a sso.Attempt, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+attempted+` FROM sso_attempts WHERE state_hash = $1 AND expires_at > $2 AND answer IS NULL`, state[:], now).QueryRow(func(r pgx.Row) (err error) {
			a, err = scanAttempt(r)
			return err
		})
	})
	return a, err
}

// AnswerAttempt implements sso.Store.
func (s Store) AnswerAttempt(ctx context.Context, state sso.Hash, k sso.Claims, now time.Time) error {
	answer, err := json.Marshal(k)
	if err != nil {
		return err
	}
	n, err := exec(ctx, `UPDATE sso_attempts SET answer = $2 WHERE state_hash = $1 AND expires_at > $3 AND answer IS NULL`, state[:], answer, now)
	if err == nil && n == 0 {
		return sso.ErrAttempt
	}
	return err
}

// DropAttempt implements sso.Store.
func (s Store) DropAttempt(ctx context.Context, state sso.Hash) error {
	_, err := exec(ctx, `DELETE FROM sso_attempts WHERE state_hash = $1`, state[:])
	return err
}

// Prune implements sso.Store.
func (s Store) Prune(ctx context.Context, before time.Time) (int64, error) {
	return exec(ctx, `DELETE FROM sso_attempts WHERE expires_at < $1`, before)
}

// Link implements sso.Store.
func (s Store) Link(ctx context.Context, c id.SSOConnection, issuer, subject string) (sso.Link, error) {
	l := sso.Link{Connection: c, Issuer: issuer, Subject: subject}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT l.person_id, l.made, l.active, l.used_at FROM sso_links l WHERE l.connection_id = $1 AND l.issuer = $2 AND l.subject = $3`, c.UUID(), issuer, subject).
			QueryRow(func(r pgx.Row) error { return r.Scan((*[16]byte)(&l.Person), &l.Made, &l.Active, &l.At) })
	})
	if pg.NoRows(err) {
		return sso.Link{}, sso.ErrUnknown
	}
	return l, err
}

// PutLink implements sso.Store. Who is another subject of the provider already is not also
// this one.
func (s Store) PutLink(ctx context.Context, l sso.Link) error {
	n, err := exec(ctx, `INSERT INTO sso_links (tenant_id, connection_id, issuer, subject, person_id, made, active, created_at, used_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $7) ON CONFLICT DO NOTHING`,
		l.Connection.UUID(), l.Issuer, l.Subject, l.Person.UUID(), l.Made, l.Active, l.At)
	if err == nil && n == 0 {
		return sso.ErrUnknown
	}
	return err
}

// UseLink implements sso.Store.
func (s Store) UseLink(ctx context.Context, l sso.Link, at time.Time) error {
	_, err := exec(ctx, `UPDATE sso_links SET used_at = $4 WHERE connection_id = $1 AND issuer = $2 AND subject = $3`, l.Connection.UUID(), l.Issuer, l.Subject, at)
	return err
}
