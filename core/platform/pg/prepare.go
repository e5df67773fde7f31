package pg

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"

	"github.com/jackc/pgx/v5"
)

// Prepare makes a database ready to be opened: the roles, the schema as the owner's, the
// grants. admin is a connection string of a role that may create roles. It may be run at
// every start and by several processes at once; what is there already is left alone.
// progress hears what is done and may be nil.
func Prepare(ctx context.Context, admin string, progress func(string)) (Config, error) {
	if progress == nil {
		progress = func(string) {}
	}
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		return Config{}, fmt.Errorf("pg: connect: %w", err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(ctx)) }()
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
	fmt.Fprintln(h, "river", river, rolesSQL, grantsSQL)
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
