package scimdb

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/scim"
)

const groupColumns = `g.id, g.connection_id, g.name, g.external_id, g.version, g.created_at, g.changed_at,
	coalesce((SELECT json_agg(json_build_object('ID', u.id, 'Name', coalesce(u.doc->>'displayName', u.user_name)) ORDER BY u.id) FROM scim_members m
		JOIN scim_users u ON u.tenant_id = m.tenant_id AND u.id = m.scim_user_id WHERE m.tenant_id = g.tenant_id AND m.scim_group_id = g.id), '[]')`

func scanGroup(r pgx.Row) (scim.Group, error) {
	var g scim.Group
	var members []byte
	if err := r.Scan((*[16]byte)(&g.ID), (*[16]byte)(&g.Connection), &g.Name, &g.External, &g.Version, &g.CreatedAt, &g.ChangedAt, &members); err != nil {
		return g, err
	}
	g.CreatedAt, g.ChangedAt = g.CreatedAt.UTC(), g.ChangedAt.UTC()
	return g, json.Unmarshal(members, &g.Members)
}

func (s Store) groups(ctx context.Context, where string, args ...any) (out []scim.Group, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+groupColumns+` FROM scim_groups g WHERE g.connection_id = $1 AND `+where, args...).Query(func(rows pgx.Rows) error {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (scim.Group, error) { return scanGroup(r) })
			return err
		})
	})
	return out, err
}

// Group implements scim.Store.
func (s Store) Group(ctx context.Context, x id.SSOConnection, g id.DirectoryGroup) (scim.Group, error) {
	gs, err := s.groups(ctx, `g.id = $2`, x.UUID(), g.UUID())
	if err == nil && len(gs) != 1 {
		err = scim.ErrNotFound
	}
	if err != nil {
		return scim.Group{}, err
	}
	return gs[0], nil
}

// Groups implements scim.Store.
func (s Store) Groups(ctx context.Context, x id.SSOConnection, f []scim.Term, p scim.Page) ([]scim.Group, int, error) {
	where, args := `true`, []any{x.UUID()}
	for _, t := range f {
		text, _ := t.Value.(string)
		column := map[string]string{
			"displayName": "lower(g.name) = lower($%d)", "externalId": "g.external_id = $%d AND g.external_id <> ''", "id": "g.id::text = lower($%d)",
			"members": "EXISTS (SELECT FROM scim_members m WHERE m.tenant_id = g.tenant_id AND m.scim_group_id = g.id AND m.scim_user_id::text = lower($%d))",
		}[t.Path]
		args = append(args, text)
		where += ` AND ` + fmt.Sprintf(column, len(args))
	}
	var n int
	if err := s.count(ctx, &n, `SELECT count(*) FROM scim_groups g WHERE g.connection_id = $1 AND `+where, args...); err != nil || p.Count == 0 || n < p.Start {
		return nil, n, err
	}
	gs, err := s.groups(ctx, where+fmt.Sprintf(` ORDER BY g.created_at, g.id OFFSET %d LIMIT %d`, p.Start-1, p.Count), args...)
	return gs, n, err
}

// PutGroup implements scim.Store.
func (s Store) PutGroup(ctx context.Context, g scim.Group) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO scim_groups (tenant_id, id, connection_id, name, external_id, version, created_at, changed_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (tenant_id, id) DO UPDATE SET name = EXCLUDED.name, external_id = EXCLUDED.external_id, version = EXCLUDED.version, changed_at = EXCLUDED.changed_at`,
		g.ID.UUID(), g.Connection.UUID(), g.Name, g.External, g.Version, g.CreatedAt, g.ChangedAt)
	if c, ok := pg.Violated(err); ok && c == "scim_groups_name" {
		return scim.ErrTaken.With("attribute", "displayName").Because(err)
	}
	return err
}

// RemoveGroup implements scim.Store.
func (Store) RemoveGroup(ctx context.Context, g id.DirectoryGroup) error {
	return pg.Write(ctx, func(b *pgx.Batch) { b.Queue(`DELETE FROM scim_groups WHERE id = $1`, g.UUID()) })
}

// SetMembers implements scim.Store.
func (Store) SetMembers(ctx context.Context, g id.DirectoryGroup, add, remove []id.DirectoryUser) error {
	return pg.Write(ctx, func(b *pgx.Batch) {
		if len(add) > 0 {
			b.Queue(`INSERT INTO scim_members (tenant_id, scim_group_id, scim_user_id) SELECT current_setting('app.tenant_id')::uuid, $1, x FROM unnest($2::uuid[]) x ON CONFLICT DO NOTHING`, g.UUID(), uuids(add))
		}
		if len(remove) > 0 {
			b.Queue(`DELETE FROM scim_members WHERE scim_group_id = $1 AND scim_user_id = ANY($2)`, g.UUID(), uuids(remove))
		}
	})
}

// LeaveAll implements scim.Store.
func (Store) LeaveAll(ctx context.Context, u id.DirectoryUser) error {
	return pg.Write(ctx, func(b *pgx.Batch) { b.Queue(`DELETE FROM scim_members WHERE scim_user_id = $1`, u.UUID()) })
}

// Summary implements scim.Store. Refusals stand in the audit trail, where nobody can change
// them; this reads the last ones of the connection.
func (s Store) Summary(ctx context.Context, x id.SSOConnection) (out scim.Summary, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT count(*) FILTER (WHERE active), count(*) FILTER (WHERE NOT active), (SELECT count(*) FROM scim_groups WHERE connection_id = $1),
			greatest(max(changed_at), (SELECT max(changed_at) FROM scim_groups WHERE connection_id = $1)) FROM scim_users WHERE connection_id = $1 AND deleted_at IS NULL`, x.UUID()).QueryRow(func(r pgx.Row) error {
			var at *time.Time
			err := r.Scan(&out.People, &out.Out, &out.Groups, &at)
			if at != nil {
				out.ChangedAt = at.UTC()
			}
			return err
		})
		b.Queue(`SELECT at, data FROM audit_entries WHERE object_kind = 'sso_connection' AND object_id = $1 AND action = $2 AND outcome = 'refused' ORDER BY id DESC LIMIT 10`, x.String(), string(scim.ActionWrite)).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var f scim.Refusal
				var data []byte
				if err := rows.Scan(&f.At, &data); err != nil {
					return err
				}
				var d map[string]string
				if err := json.Unmarshal(data, &d); err != nil {
					return err
				}
				f.At, f.What, f.Who, f.Code, f.Args = f.At.UTC(), d["what"], d["who"], d["why"], map[string]string{}
				for k, v := range d {
					if name, ok := strings.CutPrefix(k, "arg_"); ok {
						f.Args[name] = v
					}
				}
				out.Refusals = append(out.Refusals, f)
			}
			return rows.Err()
		})
	})
	return out, err
}
