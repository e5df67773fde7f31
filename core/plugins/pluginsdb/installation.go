package pluginsdb

import (
	"context"
	"encoding/json"
	"errors"
	"maps"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/plugins"
)

const columns = `i.id, i.plugin, i.version, i.artifact, i.state, i.alone, i.config, i.granted, i.wanted, i.note, i.revision, i.created_at, i.updated_at`

func scan(r pgx.CollectableRow) (i plugins.Installation, err error) {
	var config, granted []byte
	if err := r.Scan((*[16]byte)(&i.ID), &i.Plugin, &i.Version, &i.Artifact, (*string)(&i.State), &i.Alone, &config, &granted, &i.Wanted, &i.Note, &i.Revision, &i.CreatedAt, &i.UpdatedAt); err != nil {
		return i, err
	}
	i.Config, i.CreatedAt, i.UpdatedAt = config, i.CreatedAt.UTC(), i.UpdatedAt.UTC()
	return i, json.Unmarshal(granted, &i.Granted)
}

// Installations implements plugins.Store.
func (s Store) Installations(ctx context.Context) ([]plugins.Installation, error) {
	var out []plugins.Installation
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT ` + columns + ` FROM plugin_installations i ORDER BY i.plugin`).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, scan)
			return err
		})
	})
	return out, err
}

// Installation implements plugins.Store, inside a unit.
func (s Store) Installation(ctx context.Context, plugin string) (plugins.Installation, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return plugins.Installation{}, err
	}
	rows, err := tx.Query(ctx, `SELECT `+columns+` FROM plugin_installations i WHERE i.plugin = $1 FOR UPDATE`, plugin)
	if err != nil {
		return plugins.Installation{}, err
	}
	i, err := pgx.CollectExactlyOneRow(rows, scan)
	if errors.Is(err, pgx.ErrNoRows) {
		return i, plugins.ErrNotFound
	}
	if err != nil {
		return i, err
	}
	secrets, err := s.Secrets(ctx, i.ID)
	i.Secrets = slices.Sorted(maps.Keys(secrets))
	return i, err
}

func list(asks []plugins.Ask) ([]byte, error) {
	if asks == nil {
		asks = []plugins.Ask{}
	}
	return json.Marshal(asks)
}

// Save implements plugins.Store.
func (s Store) Save(ctx context.Context, i plugins.Installation, was int64, past plugins.Revision) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	granted, err := list(i.Granted)
	if err != nil {
		return err
	}
	args := []any{i.ID.UUID(), i.Plugin, i.Version, i.Artifact, string(i.State), i.Alone, i.Config, granted, i.Wanted, i.Note, i.Revision, i.On(), i.UpdatedAt}
	sql := `UPDATE plugin_installations SET version = $3, artifact = $4, state = $5, alone = $6, config = $7, granted = $8, wanted = $9, note = $10, revision = $11, enabled = $12, updated_at = $13
		WHERE id = $1 AND plugin = $2 AND revision = $14`
	args = append(args, was)
	if was == 0 {
		sql = `INSERT INTO plugin_installations (tenant_id, id, plugin, version, artifact, state, alone, config, granted, wanted, note, revision, enabled, created_at, updated_at)
			VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13) ON CONFLICT DO NOTHING`
		args = args[:13]
	}
	tag, err := tx.Exec(ctx, sql, args...)
	if err != nil {
		return err
	}
	if tag.RowsAffected() == 0 {
		return plugins.ErrStale
	}
	_, err = tx.Exec(ctx, `INSERT INTO plugins_revisions (tenant_id, installation_id, revision, what, version, artifact, config, granted, alone, by_subject, note, at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
		i.ID.UUID(), past.Number, past.What, past.Version, past.Artifact, past.Config, granted, past.Alone, past.By, past.Note, past.At)
	return err
}

// pastMost is how far back one may go.
const pastMost = 200

// Past implements plugins.Store, the newest first.
func (s Store) Past(ctx context.Context, i id.Installation) ([]plugins.Revision, error) {
	var out []plugins.Revision
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT revision, what, version, artifact, config, granted, alone, by_subject, note, at FROM plugins_revisions WHERE installation_id = $1 ORDER BY revision DESC LIMIT $2`, i.UUID(), pastMost).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (v plugins.Revision, err error) {
				var config, granted []byte
				if err := r.Scan(&v.Number, &v.What, &v.Version, &v.Artifact, &config, &granted, &v.Alone, &v.By, &v.Note, &v.At); err != nil {
					return v, err
				}
				v.Config, v.At = config, v.At.UTC()
				return v, json.Unmarshal(granted, &v.Granted)
			})
			return err
		})
	})
	return out, err
}

const (
	secretsTable  = "plugins_secrets"
	secretsColumn = "sealed"
)

// Secrets implements plugins.Store.
func (s Store) Secrets(ctx context.Context, i id.Installation) (map[string]string, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	var sealed []byte
	err = tx.QueryRow(ctx, `SELECT sealed FROM plugins_secrets WHERE id = $1`, i.UUID()).Scan(&sealed)
	if errors.Is(err, pgx.ErrNoRows) {
		return map[string]string{}, nil
	}
	if err != nil {
		return nil, err
	}
	plain, err := s.vault.Open(ctx, secretsTable, secretsColumn, i.String(), sealed)
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	return out, json.Unmarshal(plain, &out)
}

// KeepSecrets implements plugins.Store.
func (s Store) KeepSecrets(ctx context.Context, i id.Installation, all map[string]string) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		_, err = tx.Exec(ctx, `DELETE FROM plugins_secrets WHERE id = $1`, i.UUID())
		return err
	}
	plain, err := json.Marshal(all)
	if err != nil {
		return err
	}
	sealed, err := s.vault.Seal(ctx, secretsTable, secretsColumn, i.String(), plain)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO plugins_secrets (tenant_id, id, sealed, updated_at) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, now())
		ON CONFLICT (tenant_id, id) DO UPDATE SET sealed = EXCLUDED.sealed, updated_at = EXCLUDED.updated_at`, i.UUID(), sealed)
	return err
}

// Forget implements plugins.Store.
func (s Store) Forget(ctx context.Context, i id.Installation) error {
	if err := s.KeepSecrets(ctx, i, nil); err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err == nil {
		_, err = tx.Exec(ctx, `DELETE FROM plugins_kept WHERE installation_id = $1`, i.UUID())
	}
	return err
}
