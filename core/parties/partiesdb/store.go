// Package partiesdb keeps companies in PostgreSQL.
package partiesdb

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements parties.Store.
type Store struct {
	db     *pg.DB
	phones *contact.Phones
}

// New makes the store; telephone numbers are kept elsewhere.
func New(db *pg.DB, phones *contact.Phones) Store { return Store{db, phones} }

var _ parties.Store = Store{}

const orgColumns = `o.id, o.name, o.name_local, o.country, o.reg_kind, o.reg_no, o.city, o.address, o.about, o.buys, o.sells, o.state,
	o.decided_by, o.decided_at, o.decision_note, o.iban, o.iban_sealed, o.iban_index, o.iban_shown, o.created_at, o.version`

func scanOrg(r pgx.CollectableRow) (parties.Org, error) {
	var o parties.Org
	var about []byte
	var by *[16]byte
	var at *time.Time
	var plain string
	err := r.Scan((*[16]byte)(&o.ID), &o.Name, &o.NameLocal, &o.Country, &o.RegKind, &o.RegNo, &o.City, &o.Address, &about, &o.Buys, &o.Sells, &o.State,
		&by, &at, &o.DecisionNote, &plain, &o.Account.Sealed, &o.Account.Index, &o.Account.Shown, &o.CreatedAt, &o.Version)
	if err != nil {
		return o, err
	}
	if plain != "" {
		o.Account = parties.Plain(plain)
	}
	if by != nil {
		o.DecidedBy = *by
	}
	if at != nil {
		o.DecidedAt = at.UTC()
	}
	o.CreatedAt = o.CreatedAt.UTC()
	return o, json.Unmarshal(about, &o.About)
}

// exec runs one statement in the current unit and answers how many rows it touched.
func exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, sql, args...)
	return tag.RowsAffected(), err
}

// list reads rows in one round trip.
func list[T any](ctx context.Context, db *pg.DB, scan pgx.RowToFunc[T], sql string, args ...any) ([]T, error) {
	var out []T
	err := db.Read(ctx, func(b *pgx.Batch) { queue(b, &out, scan, sql, args...) })
	return out, err
}

func queue[T any](b *pgx.Batch, out *[]T, scan pgx.RowToFunc[T], sql string, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		var err error
		*out, err = pgx.CollectRows(rows, scan)
		return err
	})
}

// none is NULL for an identifier that is not there.
func none[N any](i id.ID[N]) any {
	if i.IsZero() {
		return nil
	}
	return i.UUID()
}

func moment(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t
}

func aboutOf(o parties.Org) ([]byte, error) {
	if o.About == nil {
		return []byte("{}"), nil
	}
	return json.Marshal(o.About)
}

// Insert implements parties.Store.
func (Store) Insert(ctx context.Context, o parties.Org) error {
	about, err := aboutOf(o)
	if err != nil {
		return err
	}
	_, err = exec(ctx, `INSERT INTO parties_orgs (tenant_id, id, name, name_local, country, reg_kind, reg_no, city, address, about, buys, sells, state, iban_sealed, iban_index, iban_shown, created_at, version)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		o.ID.UUID(), o.Name, o.NameLocal, o.Country, o.RegKind, o.RegNo, o.City, o.Address, about, o.Buys, o.Sells, string(o.State), o.Account.Sealed, o.Account.Index, o.Account.Shown, o.CreatedAt, o.Version)
	if _, ok := pg.Violated(err); ok {
		return parties.ErrDuplicate.Because(err)
	}
	return err
}

// Save implements parties.Store.
func (Store) Save(ctx context.Context, o parties.Org) error {
	about, err := aboutOf(o)
	if err != nil {
		return err
	}
	n, err := exec(ctx, `UPDATE parties_orgs SET name_local = $3, city = $4, address = $5, about = $6, state = $7, decided_by = $8, decided_at = $9,
		decision_note = $10, iban = CASE WHEN $11::bytea IS NULL AND $12 <> '' THEN iban ELSE '' END, iban_sealed = $11, iban_index = $13,
		iban_shown = CASE WHEN $11::bytea IS NULL THEN '' ELSE $12 END, version = version + 1 WHERE id = $1 AND version = $2`,
		o.ID.UUID(), o.Version, o.NameLocal, o.City, o.Address, about, string(o.State), none(o.DecidedBy), moment(o.DecidedAt), o.DecisionNote, o.Account.Sealed, o.Account.Shown, o.Account.Index)
	if err == nil && n == 0 {
		return parties.ErrStale
	}
	return err
}

// Org implements parties.Store.
func (s Store) Org(ctx context.Context, o id.Org) (parties.Org, error) {
	return first(list(ctx, s.db, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs o WHERE o.id = $1`, o.UUID()))
}

// ByRegistration implements parties.Store.
func (s Store) ByRegistration(ctx context.Context, country, kind, no string) (parties.Org, error) {
	return first(list(ctx, s.db, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs o WHERE o.country = $1 AND o.reg_kind = $2 AND o.reg_no = $3`, country, kind, no))
}

func first(os []parties.Org, err error) (parties.Org, error) {
	if err != nil {
		return parties.Org{}, err
	}
	if len(os) == 0 {
		return parties.Org{}, parties.ErrNotFound
	}
	return os[0], nil
}

// Orgs implements parties.Store.
func (s Store) Orgs(ctx context.Context, ids []id.Org) (map[id.Org]parties.Org, error) {
	raw := make([][16]byte, len(ids))
	for i, o := range ids {
		raw[i] = o
	}
	os, err := list(ctx, s.db, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs o WHERE o.id = ANY($1::uuid[])`, raw)
	out := make(map[id.Org]parties.Org, len(os))
	for _, o := range os {
		out[o.ID] = o
	}
	return out, err
}

// List implements parties.Store: the newest first.
func (s Store) List(ctx context.Context, f parties.Filter, p page.Request) (page.List[parties.Org], error) {
	var before id.Org
	if err := page.Decode(p.After, &before); err != nil {
		return page.List[parties.Org]{}, err
	}
	os, err := list(ctx, s.db, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs o
		WHERE ($1 = '' OR o.state = $1) AND (NOT $2 OR o.sells) AND (NOT $3 OR o.buys) AND ($4::uuid IS NULL OR o.id < $4)
		ORDER BY o.id DESC LIMIT $5`, string(f.State), f.Sells, f.Buys, none(before), p.Size()+1)
	if err != nil {
		return page.List[parties.Org]{}, err
	}
	return page.Cut(os, p.Size(), func(o parties.Org) any { return o.ID }), nil
}

// Company implements parties.Store: the company and its licences in one round trip.
func (s Store) Company(ctx context.Context, o id.Org) (parties.Org, []parties.Licence, error) {
	var os []parties.Org
	var ls []parties.Licence
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		queue(b, &os, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs o WHERE o.id = $1`, o.UUID())
		queue(b, &ls, scanLicence, licencesOf, o.UUID())
	})
	org, err := first(os, err)
	return org, ls, err
}

// Dealing implements parties.Store.
func (s Store) Dealing(ctx context.Context, orgs []id.Org, of id.Org, person id.Person) ([]parties.Org, []parties.Licence, parties.Member, error) {
	var os []parties.Org
	var ls []parties.Licence
	var ms []parties.Member
	raw := make([][16]byte, len(orgs))
	for i, o := range orgs {
		raw[i] = o
	}
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		queue(b, &os, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs o WHERE o.id = ANY ($1)`, raw)
		queue(b, &ls, scanLicence, licenceColumns+`WHERE l.org_id = ANY ($1) ORDER BY l.id DESC`, raw)
		if !person.IsZero() {
			queue(b, &ms, scanMember, memberOf, of.UUID(), person.UUID())
		}
	})
	switch {
	case err != nil:
		return nil, nil, parties.Member{}, err
	case person.IsZero():
		return os, ls, parties.Member{}, nil
	case len(ms) == 0:
		return nil, nil, parties.Member{}, parties.ErrNoMember
	}
	return os, ls, ms[0], nil
}
