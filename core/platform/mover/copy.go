package mover

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pglogrepl"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/platform/archive"
)

// Copy takes over the rows as they are at one moment, from which on changes are kept. It
// begins anew whatever an earlier try has done.
func (m Move) Copy(ctx context.Context, progress func(done, total int64)) (rows int64, err error) {
	if err := errors.Join(m.dropStream(ctx), m.purge(ctx)); err != nil {
		return 0, err
	}
	src, err := m.reader(ctx)
	if err != nil {
		return 0, err
	}
	defer shut(src)
	all, err := tables(ctx, src)
	if err != nil {
		return 0, err
	}
	if err := m.announce(ctx); err != nil {
		return 0, err
	}
	if err := m.publish(ctx, src, all); err != nil {
		return 0, err
	}
	slot, at, err := m.slot(ctx, m.name(), false)
	if err != nil {
		return 0, err
	}
	defer slot.Close(context.WithoutCancel(ctx)) //nolint:errcheck // the snapshot ends with it
	dst, err := m.writer(ctx)
	if err != nil {
		return 0, err
	}
	defer shut(dst)
	err = under(ctx, src, at.SnapshotName, func() error {
		for i, t := range all {
			progress(int64(i), int64(len(all)))
			n, err := m.table(ctx, src, dst, t)
			if rows += n; err != nil {
				return fmt.Errorf("copy %s: %w", t.Name, err)
			}
		}
		return nil
	})
	if err != nil {
		return rows, err
	}
	progress(int64(len(all)), int64(len(all)))
	_, err = dst.Exec(ctx, `INSERT INTO cells_arrivals (tenant_id, run_id, lsn) VALUES ($1, $2, $3::text::pg_lsn)`, m.Tenant.UUID(), m.Run.UUID(), at.ConsistentPoint)
	return rows, err
}

// publish names the rows whose changes are kept: the tenant's alone leave the server.
func (m Move) publish(ctx context.Context, src *pgx.Conn, all []archive.Table) error {
	parts := make([]string, len(all))
	for i, t := range all {
		if len(t.Key) == 0 && len(t.Columns) > 0 && !t.Single {
			return fmt.Errorf("mover: %s has no primary key that begins with the tenant", t.Name)
		}
		parts[i] = archive.Quote(t.Name) + ` WHERE (` + m.mine() + `)`
	}
	_, err := src.Exec(ctx, `CREATE PUBLICATION `+m.name()+` FOR TABLE `+strings.Join(parts, ", "))
	return err
}

// slot makes a slot; its connection holds the snapshot of where it begins.
func (m Move) slot(ctx context.Context, name string, temporary bool) (*pgconn.PgConn, pglogrepl.CreateReplicationSlotResult, error) {
	var none pglogrepl.CreateReplicationSlotResult
	cfg, err := pgconn.ParseConfig(m.From)
	if err != nil {
		return nil, none, err
	}
	cfg.RuntimeParams["replication"] = "database"
	cfg.RuntimeParams["application_name"] = "kontor-mover"
	c, err := pgconn.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, none, ErrUnreached.With("side", "source").Because(err)
	}
	at, err := pglogrepl.CreateReplicationSlot(ctx, c, name, "pgoutput", pglogrepl.CreateReplicationSlotOptions{Temporary: temporary, Mode: pglogrepl.LogicalReplication, SnapshotAction: "EXPORT_SNAPSHOT"})
	if err != nil {
		return nil, none, errors.Join(err, c.Close(ctx))
	}
	return c, at, nil
}

// under runs fn while a connection reads a snapshot.
func under(ctx context.Context, c *pgx.Conn, snapshot string, fn func() error) error {
	if _, err := c.Exec(ctx, `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SET TRANSACTION SNAPSHOT '`+snapshot+`'`, pgx.QueryExecModeSimpleProtocol); err != nil {
		return err
	}
	err := fn()
	_, end := c.Exec(context.WithoutCancel(ctx), `ROLLBACK`)
	return errors.Join(err, end)
}

// table pipes one table's rows from one server to the other.
func (m Move) table(ctx context.Context, src, dst *pgx.Conn, t archive.Table) (int64, error) {
	r, w := io.Pipe()
	read := make(chan error, 1)
	go func() {
		_, err := src.PgConn().CopyTo(ctx, w, `COPY (SELECT `+columns(t)+` FROM `+archive.Quote(t.Name)+` WHERE `+m.mine()+`) TO STDOUT`)
		read <- err
		_ = w.CloseWithError(err)
	}()
	tag, err := dst.PgConn().CopyFrom(ctx, r, `COPY `+archive.Quote(t.Name)+` (`+columns(t)+`) FROM STDIN`)
	_ = r.CloseWithError(io.ErrClosedPipe)
	return tag.RowsAffected(), errors.Join(err, <-read)
}

// purge empties the target of what an earlier try, or an earlier stay, has left. It refuses
// where the tenant is at home.
func (m Move) purge(ctx context.Context) error {
	dst, err := m.writer(ctx)
	if err != nil {
		return err
	}
	defer shut(dst)
	var home bool
	if err := dst.QueryRow(ctx, `SELECT EXISTS (SELECT FROM tenancy_tenants WHERE id = $1 AND state <> 'moved')`, m.Tenant.UUID()).Scan(&home); err != nil {
		return err
	}
	if home {
		return ErrThere.With("slug", m.Tenant.String())
	}
	all, err := tables(ctx, dst)
	if err != nil {
		return err
	}
	slices.Reverse(all)
	for _, t := range all {
		if _, err := dst.Exec(ctx, `DELETE FROM `+archive.Quote(t.Name)+` WHERE `+m.mine()); err != nil {
			return fmt.Errorf("empty %s: %w", t.Name, err)
		}
	}
	_, err = dst.Exec(ctx, `DELETE FROM cells_arrivals WHERE tenant_id = $1`, m.Tenant.UUID())
	return err
}

// dropStream removes slot and publication, if there are any.
func (m Move) dropStream(ctx context.Context) error {
	src, err := m.source(ctx)
	if err != nil {
		return err
	}
	defer shut(src)
	// Whoever holds the slot was killed, or lost the run.
	if _, err := src.Exec(ctx, `SELECT pg_terminate_backend(active_pid, 2000) FROM pg_replication_slots WHERE slot_name = $1 AND active_pid IS NOT NULL`, m.name()); err != nil {
		return err
	}
	if _, err := src.Exec(ctx, `SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE slot_name = $1`, m.name()); err != nil {
		return err
	}
	if err := owner(ctx, src); err != nil {
		return err
	}
	_, err = src.Exec(ctx, `DROP PUBLICATION IF EXISTS `+m.name())
	return err
}

// Undo leaves the source as it was, and nothing in the target.
func (m Move) Undo(ctx context.Context) error {
	err := m.dropStream(ctx)
	src, serr := m.source(ctx)
	if serr == nil {
		_, serr = src.Exec(ctx, `DELETE FROM cells_fences WHERE tenant_id = $1 AND moved_at IS NULL`, m.Tenant.UUID())
		shut(src)
	}
	return errors.Join(err, serr, m.purge(ctx))
}

// Done removes what the stream of changes needed.
func (m Move) Done(ctx context.Context) error { return m.dropStream(ctx) }
