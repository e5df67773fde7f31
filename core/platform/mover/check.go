package mover

import (
	"context"
	"strconv"

	"github.com/jackc/pgx/v5"
)

// Check makes sure that the move can be made at all, before anything is begun.
func (m Move) Check(ctx context.Context) error {
	src, err := m.source(ctx)
	if err != nil {
		return err
	}
	defer shut(src)
	dst, err := m.target(ctx)
	if err != nil {
		return err
	}
	defer shut(dst)
	if err := replicates(ctx, src); err != nil {
		return err
	}
	for side, c := range map[string]*pgx.Conn{"source": src, "target": dst} {
		var may bool
		if err := c.QueryRow(ctx, `SELECT pg_has_role(current_user, 'kontor_owner', 'MEMBER')`).Scan(&may); err != nil {
			return err
		}
		if !may {
			return ErrReplicate.With("side", side).With("what", "act for the tables' owner")
		}
	}
	if err := alike(ctx, src, dst); err != nil {
		return err
	}
	return m.free(ctx, src, dst)
}

// replicates checks what logical replication needs of the server and of the role.
func replicates(ctx context.Context, c *pgx.Conn) error {
	var level, name string
	var version, slots, used, senders int
	var may bool
	err := c.QueryRow(ctx, `SELECT current_setting('wal_level'), current_setting('server_version_num')::int, current_setting('max_replication_slots')::int,
		(SELECT count(*)::int FROM pg_replication_slots), current_setting('max_wal_senders')::int, (SELECT rolsuper OR rolreplication FROM pg_roles WHERE rolname = current_user), current_user::text`).
		Scan(&level, &version, &slots, &used, &senders, &may, &name)
	switch {
	case err != nil:
		return err
	case version < 150000:
		return ErrSetting.With("setting", "server_version").With("value", strconv.Itoa(version/10000)).With("needs", "15")
	case level != "logical":
		return ErrSetting.With("setting", "wal_level").With("value", level).With("needs", "logical")
	case slots-used < 2:
		return ErrSetting.With("setting", "max_replication_slots").With("value", strconv.Itoa(slots)).With("needs", strconv.Itoa(used+2))
	case senders < 2:
		return ErrSetting.With("setting", "max_wal_senders").With("value", strconv.Itoa(senders)).With("needs", "2")
	case !may:
		return ErrReplicate.With("side", "source").With("what", "replicate ("+name+")")
	}
	return nil
}

// alike makes sure that the databases are two, and of one version.
func alike(ctx context.Context, src, dst *pgx.Conn) error {
	const which = `SELECT (SELECT system_identifier FROM pg_control_system())::text || '/' || current_database()`
	const applied = `SELECT name || ' ' || checksum FROM kontor_migrations ORDER BY name`
	var here, there string
	if err := src.QueryRow(ctx, which).Scan(&here); err != nil {
		return err
	}
	if err := dst.QueryRow(ctx, which).Scan(&there); err != nil {
		return err
	}
	if here == there {
		return ErrSame
	}
	all := map[string]int{}
	for _, c := range []*pgx.Conn{src, dst} {
		rows, err := c.Query(ctx, applied)
		if err != nil {
			return err
		}
		names, err := pgx.CollectRows(rows, pgx.RowTo[string])
		if err != nil {
			return err
		}
		for _, n := range names {
			all[n]++
		}
	}
	for n, times := range all {
		if times != 2 {
			return ErrVersions.With("migration", n)
		}
	}
	return nil
}

// free makes sure that nobody over there stands in the tenant's place.
func (m Move) free(ctx context.Context, src, dst *pgx.Conn) error {
	var slug string
	var hosts []string
	err := src.QueryRow(ctx, `SELECT slug, (SELECT coalesce(array_agg(host), '{}') FROM tenancy_hosts WHERE tenant_id = t.id) FROM tenancy_tenants t WHERE id = $1`, m.Tenant.UUID()).Scan(&slug, &hosts)
	if err != nil {
		return err
	}
	var taken bool
	if err := dst.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tenancy_tenants WHERE id = $1 AND state <> 'moved' OR slug = $2 AND id <> $1)`, m.Tenant.UUID(), slug).Scan(&taken); err != nil {
		return err
	}
	if taken {
		return ErrThere.With("slug", slug)
	}
	var host *string
	if err := dst.QueryRow(ctx, `SELECT min(host) FROM tenancy_hosts WHERE host = ANY ($1) AND tenant_id <> $2`, hosts, m.Tenant.UUID()).Scan(&host); err != nil {
		return err
	}
	if host != nil {
		return ErrHostThere.With("host", *host)
	}
	return nil
}
