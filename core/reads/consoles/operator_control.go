package consoles

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

// EffectRow is an effect that was asked of a plugin.
type EffectRow struct {
	Operation id.Operation
	Plugin    string
	RPC       string
	Key       string
	State     string
	Error     string
	Attempts  int
	NextAt    *time.Time
	CreatedAt time.Time
	UpdatedAt time.Time
}

// Effects lists effects in the given states, newest first.
func (r *Reads) Effects(ctx context.Context, state string, p page.Request) (page.List[EffectRow], map[string]int, error) {
	var rows []EffectRow
	var states []stateCount
	at, err := from(p)
	if err != nil {
		return page.List[EffectRow]{}, nil, err
	}
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT id, plugin, rpc, key, state, error, attempts, next_at, created_at, updated_at FROM plugin_operations WHERE ($1 = '' OR state = $1) AND id < $2 ORDER BY id DESC LIMIT $3`, state, at, p.Size()+1)
		many(b, &states, `SELECT state, count(*)::int FROM plugin_operations GROUP BY state`)
	})
	return page.Cut(rows, p.Size(), func(e EffectRow) any { return e.Operation }), counted(states), err
}

// AuditRow is one line of the record.
type AuditRow struct {
	ID         id.Audit
	At         time.Time
	Actor      string
	ActorName  string
	Org        string
	Action     string
	ObjectKind string
	ObjectID   string
	Outcome    string
	Data       json.RawMessage
	IP         string
	Request    string
	Seq        *int64
	Hash       []byte
	Content    json.RawMessage // of the event that the line names, while it is kept; else Data
}

// AuditFilter narrows the record; empty fields match everything.
type AuditFilter struct {
	Actor, Object, Action, Outcome string
	From, To                       time.Time
}

// ChainState is how far the record is sealed.
type ChainState struct {
	Seq      int64
	Hash     []byte
	Unsealed int
}

// Audit lists the record, newest first.
func (r *Reads) Audit(ctx context.Context, f AuditFilter, p page.Request) (page.List[AuditRow], ChainState, error) {
	var rows []AuditRow
	var c ChainState
	at, err := from(p)
	if err != nil {
		return page.List[AuditRow]{}, c, err
	}
	if f.To.IsZero() {
		f.To = r.now().AddDate(100, 0, 0)
	}
	f = f.trimmed()
	var values []string
	if sql, text := f.values(); sql != "" {
		err = r.db.Read(ctx, func(b *pgx.Batch) { texts(b, &values, sql, like(text), text) })
		if err != nil {
			return page.List[AuditRow]{}, c, err
		}
	}
	var sealed bool
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		sql, args := f.query(values, at, p.Size()+1)
		b.Queue(`SELECT set_config('plan_cache_mode', 'force_custom_plan', true)`)
		many(b, &rows, sql, args...)
		maybe(b, &sealed, `SELECT seq, hash FROM audit_entries WHERE seq IS NOT NULL ORDER BY seq DESC LIMIT 1`, nil, &c.Seq, &c.Hash)
		one(b, `SELECT count(*) FROM audit_entries WHERE seq IS NULL`, nil, &c.Unsealed)
	})
	return page.Cut(rows, p.Size(), func(a AuditRow) any { return a.ID }), c, err
}

// PersonRow is somebody who can sign in.
type PersonRow struct {
	Person  id.Person
	Email   string
	Name    string
	Locale  string
	Staff   string
	State   string
	Created time.Time
	Orgs    []string
	Seen    *time.Time
}

// People lists who can sign in, by e-mail.
func (r *Reads) People(ctx context.Context, text string, p page.Request) (page.List[PersonRow], error) {
	var rows []PersonRow
	var after string
	if err := page.Decode(p.After, &after); err != nil {
		return page.List[PersonRow]{}, err
	}
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT p.id, p.email, p.name, p.locale, p.staff_role, p.state, p.created_at,
			ARRAY(SELECT o.name || ': ' || array_to_string(m.roles, ', ') FROM parties_members m JOIN parties_orgs o ON o.tenant_id = m.tenant_id AND o.id = m.org_id WHERE m.tenant_id = p.tenant_id AND m.person_id = p.id ORDER BY o.name),
			(SELECT max(s.seen_at) FROM identity_sessions s WHERE s.tenant_id = p.tenant_id AND s.person_id = p.id)
			FROM identity_people p WHERE ($1 = '' OR p.email ILIKE $1 OR p.name ILIKE $1) AND p.email > $2 ORDER BY p.email LIMIT $3`, like(text), after, p.Size()+1)
	})
	return page.Cut(rows, p.Size(), func(x PersonRow) any { return x.Email }), err
}

// Acting is a person as a caller would be, in one of his companies or as staff.
type Acting struct {
	Caller caller.Caller
	Label  string
}

// ActingAs finds whoever signs in with an address, once for each company he acts for.
func (r *Reads) ActingAs(ctx context.Context, email string) ([]Acting, error) {
	me, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	type row struct {
		Person id.Person
		Email  string
		Name   string
		Staff  string
		Org    id.Org
		OrgName,
		OrgRoles string
	}
	var rows []row
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &rows, `SELECT p.id, p.email, p.name, p.staff_role, o.id, coalesce(o.name, ''), coalesce(array_to_string(m.roles, ','), '') FROM identity_people p
			LEFT JOIN parties_members m ON m.tenant_id = p.tenant_id AND m.person_id = p.id LEFT JOIN parties_orgs o ON o.tenant_id = m.tenant_id AND o.id = m.org_id
			WHERE p.email = $1 ORDER BY o.name`, strings.ToLower(strings.TrimSpace(email)))
	})
	var out []Acting
	for _, x := range rows {
		c := caller.Caller{Tenant: me.Tenant, Kind: caller.Person, Person: x.Person, Name: x.Email, Org: x.Org, Locale: me.Locale}
		if x.OrgRoles != "" {
			c.Roles = strings.Split(x.OrgRoles, ",")
		}
		if x.Staff != "" {
			c.Roles = append(c.Roles, x.Staff)
		}
		label := x.Name
		if x.OrgName != "" {
			label += " · " + x.OrgName
		}
		out = append(out, Acting{c, label})
	}
	return out, err
}
