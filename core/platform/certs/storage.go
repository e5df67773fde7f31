package certs

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/vault"
)

// Storage implements certmagic.Storage on the database, every value sealed for its key.
type Storage struct {
	db     *pg.DB
	sealer vault.Sealer
	now    clock.Now
	locks  locks
}

var _ certmagic.Storage = (*Storage)(nil)

// below is the condition for a key and all that lies under it; $1 is the key.
const below = `(key = $1 OR starts_with(key, $1 || '/'))`

func hostOf(key string) string {
	if parts := strings.Split(key, "/"); len(parts) == 4 && parts[0] == "certificates" {
		return parts[2]
	}
	return ""
}

// Store implements certmagic.Storage.
func (s *Storage) Store(ctx context.Context, key string, value []byte) error {
	sealed, err := s.sealer.Seal(value, "certs_store", "sealed", key)
	if err != nil {
		return err
	}
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO certs_store (key, host, sealed, modified_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (key) DO UPDATE SET sealed = EXCLUDED.sealed, modified_at = EXCLUDED.modified_at`, key, hostOf(key), sealed, s.now())
		return err
	})
}

// Load implements certmagic.Storage.
func (s *Storage) Load(ctx context.Context, key string) ([]byte, error) {
	var sealed []byte
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT sealed FROM certs_store WHERE key = $1`, key).Scan(&sealed)
	})
	if pg.NoRows(err) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	return s.sealer.Open(sealed, "certs_store", "sealed", key)
}

// Delete implements certmagic.Storage.
func (s *Storage) Delete(ctx context.Context, key string) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM certs_store WHERE `+below, key)
		return err
	})
}

// Exists implements certmagic.Storage.
func (s *Storage) Exists(ctx context.Context, key string) (there bool) {
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT EXISTS (SELECT FROM certs_store WHERE `+below+`)`, key).Scan(&there)
	})
	return err == nil && there
}

// List implements certmagic.Storage.
func (s *Storage) List(ctx context.Context, prefix string, recursive bool) ([]string, error) {
	var keys []string
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT key FROM certs_store WHERE $1 = '' OR `+below+` ORDER BY key`, prefix)
		if err != nil {
			return err
		}
		keys, err = pgx.CollectRows(rows, pgx.RowTo[string])
		return err
	})
	if err != nil {
		return nil, err
	}
	if len(keys) == 0 {
		return nil, fs.ErrNotExist
	}
	var out []string
	for _, k := range keys {
		rest := strings.TrimPrefix(strings.TrimPrefix(k, prefix), "/")
		steps := strings.Split(rest, "/")
		for i := range steps {
			if out = append(out, path.Join(prefix, path.Join(steps[:i+1]...))); !recursive {
				break
			}
		}
	}
	slices.Sort(out)
	return slices.Compact(out), nil
}

// Stat implements certmagic.Storage.
func (s *Storage) Stat(ctx context.Context, key string) (certmagic.KeyInfo, error) {
	i := certmagic.KeyInfo{Key: key}
	var modified *time.Time
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT max(modified_at), coalesce(max(octet_length(sealed)), 0), coalesce(bool_or(key = $1), false) FROM certs_store WHERE `+below, key).Scan(&modified, &i.Size, &i.IsTerminal)
	})
	if err == nil && modified == nil {
		err = fs.ErrNotExist
	}
	if err != nil {
		return certmagic.KeyInfo{}, err
	}
	i.Modified = *modified
	return i, nil
}
