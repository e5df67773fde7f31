package pg

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"

	"github.com/jackc/pgx/v5"
)

// Prepare makes a database ready to be opened: the roles, the schema as the owner's, the
// grants. admin is a connection string of a role that may create roles. It may be run at
// every start and by several processes at once; what is there already is left alone.
// progress hears what is done and may be nil. A role that may not prepare gets the
// configuration for itself if there is nothing to do, and ErrBehind if there is; the
// control role's connection string has to come from elsewhere then.
func Prepare(ctx context.Context, admin string, progress func(string)) (Config, error) {
	if progress == nil {
		progress = func(string) {}
	}
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return Config{}, fmt.Errorf("pg: connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
	if may, err := mayPrepare(ctx, conn); err != nil || !may {
		return Config{App: admin}, errors.Join(err, upToDate(ctx, conn))
	}
	// Session level, because the queue's migrations use connections of their own.
	if _, err := conn.Exec(ctx, `SELECT pg_advisory_lock($1)`, int64(migrationLock)); err != nil {
		return Config{}, err
	}
	defer func() {
		_, _ = conn.Exec(context.WithoutCancel(ctx), `SELECT pg_advisory_unlock($1)`, int64(migrationLock))
	}()
	for _, step := range []func() error{
		func() error { return bootstrapRoles(ctx, conn) },
		func() error { return migrate(ctx, conn, files, progress) },
		func() error { return migrateRiver(ctx, conn, progress) },
		func() error { return grant(ctx, conn) },
	} {
		if err := step(); err != nil {
			return Config{}, err
		}
	}
	return Config{App: as(conn.Config(), "kontor_app"), Control: as(conn.Config(), "kontor_control")}, nil
}

// ErrBehind means that the schema has to be prepared by a role that may.
var ErrBehind = errors.New("pg: the database lacks migrations, and this role may not apply them; run this once with an administrator's connection string")

// mayPrepare: in production the connection string often names the application's own role,
// and somebody else prepares the database before a new version is rolled out.
func mayPrepare(ctx context.Context, conn *pgx.Conn) (may bool, err error) {
	err = conn.QueryRow(ctx, `SELECT bool_or(r.rolsuper OR r.rolcreaterole OR coalesce(pg_has_role(r.oid, o.oid, 'MEMBER'), false))
		FROM pg_roles r LEFT JOIN pg_roles o ON o.rolname = 'kontor_owner' WHERE r.rolname = current_user`).Scan(&may)
	return may, err
}

// upToDate compares what was applied with what this binary brings.
func upToDate(ctx context.Context, conn *pgx.Conn) error {
	ms, err := migrations(files)
	if err != nil {
		return err
	}
	var exists bool
	var done []string
	if err := conn.QueryRow(ctx, `SELECT to_regclass('public.kontor_migrations') IS NOT NULL`).Scan(&exists); err != nil {
		return err
	}
	if exists {
		rows, _ := conn.Query(ctx, `SELECT name FROM kontor_migrations`)
		if done, err = pgx.CollectRows(rows, pgx.RowTo[string]); err != nil {
			return err
		}
	}
	for _, m := range ms {
		if !slices.Contains(done, m.name) {
			return fmt.Errorf("%w: %s", ErrBehind, m.name)
		}
	}
	return nil
}

// SchemaKey names the schema that this binary expects; test databases are cached by it.
func SchemaKey() (string, error) {
	ms, err := migrations(files)
	if err != nil {
		return "", err
	}
	river, err := newestRiver()
	if err != nil {
		return "", err
	}
	h := sha256.New()
	fmt.Fprintln(h, "river", river, rolesSQL, leanSQL, grantsSQL)
	for _, m := range ms {
		fmt.Fprintln(h, m.name, m.sum)
	}
	return hex.EncodeToString(h.Sum(nil)[:6]), nil
}

// password derives a role's password from the administrator's, so that every node knows
// it and none has to store it. No administrator's password means that the server does not
// ask for passwords on this way in.
func password(admin, role string) string {
	if admin == "" {
		return ""
	}
	m := hmac.New(sha256.New, []byte(admin))
	m.Write([]byte("kontor role " + role))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil))
}
