package pg

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var files embed.FS

// migrationLock is the advisory lock that lets one process migrate at a time.
const migrationLock = 0x6b6f6e746f72 // "kontor"

// ErrRewritten refuses a migration whose text changed after it was applied.
var ErrRewritten = errors.New("pg: an applied migration was changed; write a new one instead")

type migration struct{ name, text, sum string }

// migrations are the embedded files in the order of their names.
func migrations(from fs.FS) ([]migration, error) {
	names, err := fs.Glob(from, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var ms []migration
	for _, n := range names {
		b, err := fs.ReadFile(from, n)
		if err != nil {
			return nil, err
		}
		h := sha256.Sum256(b)
		ms = append(ms, migration{name: n[len("migrations/"):], text: string(b), sum: hex.EncodeToString(h[:])})
	}
	return ms, nil
}

// migrate applies what is missing, each file in its own transaction, as kontor_owner.
func migrate(ctx context.Context, admin *pgx.Conn, from fs.FS, progress func(string)) error {
	ms, err := migrations(from)
	if err != nil {
		return err
	}
	if _, err := admin.Exec(ctx, `SET ROLE kontor_owner`); err != nil {
		return err
	}
	defer func() { _, _ = admin.Exec(context.WithoutCancel(ctx), `RESET ROLE`) }()
	if _, err := admin.Exec(ctx, `CREATE TABLE IF NOT EXISTS kontor_migrations (
		name text PRIMARY KEY, checksum text NOT NULL, applied_at timestamptz NOT NULL)`); err != nil {
		return err
	}
	done := map[string]string{}
	rows, _ := admin.Query(ctx, `SELECT name, checksum FROM kontor_migrations`)
	var name, sum string
	if _, err := pgx.ForEachRow(rows, []any{&name, &sum}, func() error { done[name] = sum; return nil }); err != nil {
		return err
	}
	for _, m := range ms {
		switch applied, ok := done[m.name]; {
		case !ok:
			progress(m.name)
			if err := apply(ctx, admin, m); err != nil {
				return fmt.Errorf("migration %s: %w", m.name, err)
			}
		case applied != m.sum:
			return fmt.Errorf("%w: %s", ErrRewritten, m.name)
		}
	}
	return nil
}

func apply(ctx context.Context, admin *pgx.Conn, m migration) error {
	return pgx.BeginFunc(ctx, admin, func(tx pgx.Tx) error {
		if _, err := tx.Exec(ctx, m.text); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO kontor_migrations VALUES ($1, $2, now())`, m.name, m.sum)
		return err
	})
}
