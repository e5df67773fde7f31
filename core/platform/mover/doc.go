// Package mover takes one tenant's rows from one PostgreSQL to another while they change:
// a copy under one snapshot, the changes since by logical replication, then for moments a
// fence before its units, the last changes, and a comparison of both sides. What is decided
// when, and by whom, is not its business.
package mover

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
)

// What can stand in the way of a move.
var (
	ErrSetting    = fault.New(fault.Invalid, "mover.setting", "The database server that it leaves has {setting} = {value}; to move a marketplace while it trades it needs {needs}.").Then("Change the setting and start that server again; or export the marketplace and import it there.")
	ErrReplicate  = fault.New(fault.Invalid, "mover.role", "The role that the {side} database is prepared with may not {what}.").Then("Name an administrator's connection string for this cell.")
	ErrVersions   = fault.New(fault.Invalid, "mover.versions_differ", "The two databases are of different versions ({migration}).").Then("Bring both cells to the same version first.")
	ErrSame       = fault.New(fault.Invalid, "mover.same_database", "Both cells are the same database.").Then("Correct the cell's connection string.")
	ErrThere      = fault.New(fault.Invalid, "mover.already_there", "There is a marketplace {slug} in that database already.").Then("Delete one of the two first.")
	ErrHostThere  = fault.New(fault.Invalid, "mover.host_there", "Another marketplace answers at {host} in that database.").Then("Have one of them give the address up first.")
	ErrDiffers    = fault.New(fault.Invalid, "mover.rows_differ", "{table} has {there} rows there and {here} here, or they differ; the move was called off.").Then("Nothing was lost: the marketplace stays where it was. Look for what else writes into that database.")
	ErrDrain      = fault.New(fault.Unavailable, "mover.still_writing", "Something that was begun before is still at work; the marketplace was opened again.").Then("It is tried again in a moment.")
	ErrFreezeLong = fault.New(fault.Unavailable, "mover.freeze_too_long", "The last step took more than {seconds} seconds; the marketplace was opened again where it was.").Then("It is tried again in a moment.")
	ErrHeld       = fault.New(fault.Unavailable, "mover.held", "Somebody else is still working at this move.").Then("It is tried again in a moment.")
	ErrUnreached  = fault.New(fault.Unavailable, "mover.unreachable", "The {side} database cannot be reached.").Then("Make sure that it runs; the move goes on by itself.")
)

// Move is one tenant's way from one database to another. The connection strings are of
// roles that may prepare the databases.
type Move struct {
	Tenant   id.Tenant
	Run      id.Run
	From, To string
}

// name is of the publication and the slot.
func (m Move) name() string { return "kontor_move_" + strings.ReplaceAll(m.Run.String(), "-", "") }

// session is a connection of ours: it waits for nobody for long, and for work that is large
// as long as that takes.
const session = `SET statement_timeout = 0; SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = 0; SET synchronous_commit = on; SET timezone = 'UTC'; SET datestyle = 'ISO'`

func connect(ctx context.Context, dsn, side string) (*pgx.Conn, error) {
	cfg, err := pgx.ParseConfig(dsn)
	if err != nil {
		return nil, fmt.Errorf("mover: connection string: %w", err)
	}
	cfg.ConnectTimeout = 3 * time.Second
	cfg.RuntimeParams["application_name"] = "kontor-mover"
	c, err := pgx.ConnectConfig(ctx, cfg)
	if err != nil {
		return nil, ErrUnreached.With("side", side).Because(err)
	}
	if _, err := c.Exec(ctx, session, pgx.QueryExecModeSimpleProtocol); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return c, nil
}

// source and target connect as whom they were given; owner makes a connection the owner of
// the tables, whom row-level security does not bind.
func (m Move) source(ctx context.Context) (*pgx.Conn, error) { return connect(ctx, m.From, "source") }
func (m Move) target(ctx context.Context) (*pgx.Conn, error) { return connect(ctx, m.To, "target") }

func owner(ctx context.Context, c *pgx.Conn) error {
	_, err := c.Exec(ctx, `SET ROLE kontor_owner`)
	return err
}

// writer is a connection to the target that writes rows as they are: their references were
// checked where they come from. A role that may not say so has them checked once more.
func (m Move) writer(ctx context.Context) (*pgx.Conn, error) {
	c, err := m.target(ctx)
	if err != nil {
		return nil, err
	}
	var denied *pgconn.PgError
	if _, err := c.Exec(ctx, `SET session_replication_role = replica`); err != nil && (!errors.As(err, &denied) || denied.Code != "42501") {
		return nil, errors.Join(err, c.Close(ctx))
	}
	if err := owner(ctx, c); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return c, nil
}

// reader is a connection to the source as the owner.
func (m Move) reader(ctx context.Context) (*pgx.Conn, error) {
	c, err := m.source(ctx)
	if err != nil {
		return nil, err
	}
	if err := owner(ctx, c); err != nil {
		return nil, errors.Join(err, c.Close(ctx))
	}
	return c, nil
}

func shut(c *pgx.Conn) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	_ = c.Close(ctx)
}

// tables are the tenant's, those that others refer to first.
func tables(ctx context.Context, c *pgx.Conn) ([]archive.Table, error) {
	return archive.TablesOf(ctx, c)
}

// columns of a table as they travel.
func columns(t archive.Table) string {
	out := []string{archive.Quote("tenant_id")}
	for _, c := range t.Columns {
		out = append(out, archive.Quote(c))
	}
	return strings.Join(out, ", ")
}

// mine is the condition on the tenant's rows, in statements that take no parameters.
func (m Move) mine() string { return `tenant_id = '` + m.Tenant.String() + `'::uuid` }
