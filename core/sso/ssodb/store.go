// Package ssodb keeps connections in PostgreSQL.
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

// Store implements sso.Store.
type Store struct{ db *pg.DB }

// New makes the store.
func New(db *pg.DB) Store { return Store{db} }

var _ sso.Store = Store{}

const columns = `c.id, c.org_id, c.kind, c.saml, c.name, c.issuer, c.client_id, c.secret, c.role_claim, c.role_map, c.default_roles, c.jit, c.enforced, c.state, c.tested_at, c.tested_claims, c.created_at, c.version`

const domains = `d.id, d.domain, d.token, d.created_at, d.checked_at, d.verified_at, d.failures, d.found`

func scan(r pgx.Row, more ...any) (sso.Connection, error) {
	var c sso.Connection
	var org *[16]byte
	var tested *time.Time
	var roleMap, seen, saml []byte
	err := r.Scan(append([]any{
		(*[16]byte)(&c.ID), &org, (*string)(&c.Kind), &saml, &c.Name, &c.Issuer, &c.ClientID, &c.Sealed, &c.RoleClaim, &roleMap, &c.Roles, &c.JIT, &c.Enforced, (*string)(&c.State), &tested, &seen, &c.CreatedAt, &c.Version,
	}, more...)...)
	if err != nil {
		return c, err
	}
	if org != nil {
		c.Org = *org
	}
	c.TestedAt, c.CreatedAt = when(tested), c.CreatedAt.UTC()
	if err := json.Unmarshal(roleMap, &c.RoleMap); err != nil {
		return c, err
	}
	if err := json.Unmarshal(saml, &c.SAML); err != nil {
		return c, err
	}
	return c, json.Unmarshal(seen, &c.Seen)
}

func scanDomain(r pgx.Row, more ...any) (sso.Domain, error) {
	var d sso.Domain
	var checked, verified *time.Time
	err := r.Scan(append([]any{(*[16]byte)(&d.ID), &d.Domain, &d.Token, &d.CreatedAt, &checked, &verified, &d.Failures, &d.Found}, more...)...)
	d.CreatedAt, d.CheckedAt, d.VerifiedAt = d.CreatedAt.UTC(), when(checked), when(verified)
	return d, err
}

func when(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
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

// jsonOf turns lists and maps into JSON; none is an empty one.
func jsonOf(c sso.Connection) (roleMap, seen, saml []byte, err error) {
	m, k := c.RoleMap, c.Seen
	if m == nil {
		m = []sso.Mapping{}
	}
	if k == nil {
		k = map[string][]string{}
	}
	if roleMap, err = json.Marshal(m); err == nil {
		seen, err = json.Marshal(k)
	}
	if err == nil {
		saml, err = json.Marshal(c.SAML)
	}
	return roleMap, seen, saml, err
}

func list(s []string) []string {
	if s == nil {
		return []string{}
	}
	return s
}

// Insert implements sso.Store.
func (s Store) Insert(ctx context.Context, c sso.Connection) error {
	roleMap, seen, saml, err := jsonOf(c)
	if err != nil {
		return err
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		b.Queue(`INSERT INTO sso_connections (tenant_id, id, org_id, name, issuer, client_id, secret, role_claim, role_map, default_roles, jit, enforced, state, tested_at, tested_claims, created_at, version, kind, saml)
			VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)`,
			c.ID.UUID(), orNull(c.Org), c.Name, c.Issuer, c.ClientID, c.Sealed, c.RoleClaim, roleMap, list(c.Roles), c.JIT, c.Enforced, string(c.State), timeOrNull(c.TestedAt), seen, c.CreatedAt, c.Version, string(c.Kind), saml)
	})
}

// Save implements sso.Store.
func (s Store) Save(ctx context.Context, c sso.Connection) error {
	roleMap, seen, saml, err := jsonOf(c)
	if err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `UPDATE sso_connections SET name = $3, issuer = $4, client_id = $5, secret = $6, role_claim = $7, role_map = $8, default_roles = $9, jit = $10, enforced = $11,
		state = $12, tested_at = $13, tested_claims = $14, saml = $15, version = version + 1 WHERE id = $1 AND version = $2`,
		c.ID.UUID(), c.Version, c.Name, c.Issuer, c.ClientID, c.Sealed, c.RoleClaim, roleMap, list(c.Roles), c.JIT, c.Enforced, string(c.State), timeOrNull(c.TestedAt), seen, saml)
	if err == nil && tag.RowsAffected() == 0 {
		return sso.ErrStale
	}
	return err
}

// some reads connections with all that belongs to them, in one trip.
func (s Store) some(ctx context.Context, where string, args ...any) ([]sso.Connection, error) {
	var out []sso.Connection
	at := map[id.SSOConnection]int{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+columns+` FROM sso_connections c WHERE c.state <> 'ended' AND `+where+` ORDER BY c.created_at, c.id`, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				c, err := scan(rows)
				if err != nil {
					return err
				}
				at[c.ID] = len(out)
				out = append(out, c)
			}
			return rows.Err()
		})
		b.Queue(`SELECT `+domains+`, d.connection_id FROM sso_domains d JOIN sso_connections c ON c.tenant_id = d.tenant_id AND c.id = d.connection_id
			WHERE c.state <> 'ended' AND `+where+` ORDER BY d.created_at, d.id`, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var of id.SSOConnection
				d, err := scanDomain(rows, (*[16]byte)(&of))
				if err != nil {
					return err
				}
				if i, ok := at[of]; ok {
					out[i].Domains = append(out[i].Domains, d)
				}
			}
			return rows.Err()
		})
		b.Queue(`SELECT e.connection_id, e.person_id FROM sso_emergency e JOIN sso_connections c ON c.tenant_id = e.tenant_id AND c.id = e.connection_id
			WHERE c.state <> 'ended' AND `+where+` ORDER BY e.person_id`, args...).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var of id.SSOConnection
				var p id.Person
				if err := rows.Scan((*[16]byte)(&of), (*[16]byte)(&p)); err != nil {
					return err
				}
				if i, ok := at[of]; ok {
					out[i].Emergency = append(out[i].Emergency, p)
				}
			}
			return rows.Err()
		})
	})
	return out, err
}

func (s Store) one(ctx context.Context, none error, where string, args ...any) (sso.Connection, error) {
	all, err := s.some(ctx, where, args...)
	if err != nil {
		return sso.Connection{}, err
	}
	if len(all) != 1 {
		return sso.Connection{}, none
	}
	return all[0], nil
}

// Connections implements sso.Store.
func (s Store) Connections(ctx context.Context, org id.Org) ([]sso.Connection, error) {
	return s.some(ctx, `c.org_id IS NOT DISTINCT FROM $1::uuid`, orNull(org))
}

// Connection implements sso.Store.
func (s Store) Connection(ctx context.Context, which id.SSOConnection) (sso.Connection, error) {
	return s.one(ctx, sso.ErrNotFound, `c.id = $1`, which.UUID())
}

// ByDomain implements sso.Store.
func (s Store) ByDomain(ctx context.Context, domain string) (sso.Connection, error) {
	return s.one(ctx, sso.ErrNoDomain, `c.state = 'on' AND c.id IN (SELECT x.connection_id FROM sso_domains x WHERE x.domain = $1 AND x.verified_at IS NOT NULL)`, domain)
}

// Due implements sso.Store.
func (s Store) Due(ctx context.Context, before time.Time, most int) ([]sso.Connection, error) {
	all, err := s.some(ctx, `c.id IN (SELECT x.connection_id FROM sso_domains x WHERE x.verified_at IS NOT NULL AND x.checked_at < $1 ORDER BY x.checked_at LIMIT $2)`, before, most)
	for i, c := range all {
		var due []sso.Domain
		for _, d := range c.Domains {
			if d.Proved() && d.CheckedAt.Before(before) {
				due = append(due, d)
			}
		}
		all[i].Domains = due
	}
	return all, err
}

// Required implements sso.Store: one statement, since it is asked at each sign-in by password.
func (s Store) Required(ctx context.Context, p id.Person, domain string, staff bool) (c sso.Connection, marked bool, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+columns+`, EXISTS (SELECT FROM sso_emergency e WHERE e.connection_id = c.id AND e.person_id = $1)
			FROM sso_connections c JOIN sso_domains d ON d.tenant_id = c.tenant_id AND d.connection_id = c.id
			WHERE c.state = 'on' AND c.enforced AND d.domain = $2 AND d.verified_at IS NOT NULL
			AND CASE WHEN c.org_id IS NULL THEN $3 ELSE EXISTS (SELECT FROM parties_members m WHERE m.org_id = c.org_id AND m.person_id = $1) END`, p.UUID(), domain, staff).
			QueryRow(func(r pgx.Row) (err error) {
				c, err = scan(r, &marked)
				return err
			})
	})
	if pg.NoRows(err) {
		return sso.Connection{}, false, sso.ErrNotFound
	}
	return c, marked, err
}

// Guards implements sso.Store. It reads what parties and identity own, as a projection.
func (s Store) Guards(ctx context.Context, org id.Org, roles []string) ([]sso.Guard, error) {
	var out []sso.Guard
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT p.id, p.name, p.email, f.confirmed_at IS NOT NULL OR EXISTS (SELECT FROM identity_passkeys k WHERE k.tenant_id = p.tenant_id AND k.person_id = p.id) FROM identity_people p
			LEFT JOIN identity_factors f ON f.tenant_id = p.tenant_id AND f.person_id = p.id
			WHERE p.state = 'active' AND CASE WHEN $1::uuid IS NULL THEN p.staff_role = 'operator'
			ELSE EXISTS (SELECT FROM parties_members m WHERE m.org_id = $1 AND m.person_id = p.id AND m.roles && $2) END
			ORDER BY p.name, p.id LIMIT 200`, orNull(org), roles).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (g sso.Guard, err error) {
				return g, r.Scan((*[16]byte)(&g.Person), &g.Name, &g.Email, &g.Factor)
			})
			return err
		})
	})
	return out, err
}
