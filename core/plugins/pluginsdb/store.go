// Package pluginsdb keeps packages of plugins and their installations in PostgreSQL.
package pluginsdb

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/plugins"
)

// Store implements plugins.Store.
type Store struct {
	db    *pg.DB
	vault *vault.Vault
}

// New makes the store; secrets lie sealed with the tenant's key.
func New(db *pg.DB, v *vault.Vault) Store { return Store{db, v} }

var _ plugins.Store = Store{}

// Publishers implements plugins.Store.
func (s Store) Publishers(ctx context.Context) ([]plugins.Publisher, error) {
	var out []plugins.Publisher
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT name, title, class, keys, created_by, created_at, version FROM plugins_publishers ORDER BY name`)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (p plugins.Publisher, err error) {
			err = r.Scan(&p.Name, &p.Title, (*string)(&p.Class), &p.Keys, &p.CreatedBy, &p.CreatedAt, &p.Version)
			p.CreatedAt = p.CreatedAt.UTC()
			return p, err
		})
		return err
	})
	return out, err
}

// SavePublisher implements plugins.Store.
func (s Store) SavePublisher(ctx context.Context, p plugins.Publisher) error {
	return s.one(ctx, `INSERT INTO plugins_publishers AS o (name, title, class, keys, created_by, created_at) SELECT $1, $2, $3, $4, $5, $6 WHERE $7 = 0
		ON CONFLICT (name) DO NOTHING`, `UPDATE plugins_publishers SET title = $2, class = $3, keys = $4, version = version + 1 WHERE name = $1 AND version = $7 AND $5::text IS NOT NULL AND $6::timestamptz IS NOT NULL`,
		p.Version == 0, p.Name, p.Title, string(p.Class), p.Keys, p.CreatedBy, p.CreatedAt, p.Version)
}

// one runs the first statement or the second, which must change a row.
func (s Store) one(ctx context.Context, insert, update string, fresh bool, args ...any) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		sql := update
		if fresh {
			sql = insert
		}
		tag, err := tx.Exec(ctx, sql, args...)
		if err == nil && tag.RowsAffected() == 0 {
			err = plugins.ErrStale
		}
		return err
	})
}

const artifactColumns = `a.digest, a.described, a.state, p.class, a.signed_by, a.report, a.approvals, a.note, a.uploaded_by, a.uploaded_at, a.updated_at, a.row_version`

func scanArtifact(r pgx.CollectableRow) (a plugins.Artifact, err error) {
	var described, report, approvals []byte
	var digest string
	if err := r.Scan(&digest, &described, (*string)(&a.State), (*string)(&a.Class), &a.SignedBy, &report, &approvals, &a.Note, &a.UploadedBy, &a.UploadedAt, &a.UpdatedAt, &a.Row); err != nil {
		return a, err
	}
	a.UploadedAt, a.UpdatedAt = a.UploadedAt.UTC(), a.UpdatedAt.UTC()
	err = errors.Join(json.Unmarshal(described, &a.Described), json.Unmarshal(report, &a.Report), json.Unmarshal(approvals, &a.Approvals))
	a.Digest = digest
	return a, err
}

// Artifacts implements plugins.Store.
func (s Store) Artifacts(ctx context.Context) ([]plugins.Artifact, error) {
	var out []plugins.Artifact
	users := map[string]int64{}
	err := s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		clear(users)
		b := &pgx.Batch{}
		b.Queue(`SELECT ` + artifactColumns + ` FROM plugins_artifacts a JOIN plugins_publishers p ON p.name = a.publisher ORDER BY a.uploaded_at DESC, a.digest`).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, scanArtifact)
			return err
		})
		b.Queue(`SELECT artifact, users FROM plugins_users() WHERE artifact <> ''`).Query(func(rows pgx.Rows) error {
			var digest string
			var n int64
			_, err := pgx.ForEachRow(rows, []any{&digest, &n}, func() error { users[digest] = n; return nil })
			return err
		})
		return tx.SendBatch(ctx, b).Close()
	})
	for i := range out {
		out[i].Users = users[out[i].Digest]
	}
	return out, err
}

// Artifact implements plugins.Store.
func (s Store) Artifact(ctx context.Context, digest string) (a plugins.Artifact, err error) {
	err = s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+artifactColumns+` FROM plugins_artifacts a JOIN plugins_publishers p ON p.name = a.publisher WHERE a.digest = $1`, digest)
		if err == nil {
			a, err = pgx.CollectExactlyOneRow(rows, scanArtifact)
		}
		if errors.Is(err, pgx.ErrNoRows) {
			err = plugins.ErrNotFound
		}
		return err
	})
	return a, err
}

const unique = "23505"

// AddArtifact implements plugins.Store.
func (s Store) AddArtifact(ctx context.Context, a plugins.Artifact, body []byte) error {
	described, err := json.Marshal(a.Described)
	if err != nil {
		return err
	}
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO plugins_artifacts (digest, plugin, version, publisher, described, signed_by, state, uploaded_by, uploaded_at, updated_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $9)`,
			a.Digest, a.Plugin, a.Version, a.Publisher, described, a.SignedBy, string(a.State), a.UploadedBy, a.UploadedAt)
		if err == nil {
			_, err = tx.Exec(ctx, `INSERT INTO plugins_bodies (digest, body) VALUES ($1, $2)`, a.Digest, body)
		}
		var p *pgconn.PgError
		if errors.As(err, &p) && p.Code == unique {
			err = plugins.ErrTaken.With("plugin", a.Plugin).With("version", a.Version)
		}
		return err
	})
}

// Body is a package, and how far its artifact has come.
func (s Store) Body(ctx context.Context, digest string) (body []byte, state plugins.ArtifactState, err error) {
	err = s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		err := tx.QueryRow(ctx, `SELECT b.body, a.state FROM plugins_bodies b JOIN plugins_artifacts a USING (digest) WHERE digest = $1`, digest).Scan(&body, (*string)(&state))
		if errors.Is(err, pgx.ErrNoRows) {
			err = plugins.ErrNotFound
		}
		return err
	})
	return body, state, err
}

// SaveArtifact implements plugins.Store.
func (s Store) SaveArtifact(ctx context.Context, a plugins.Artifact) error {
	report, err := json.Marshal(a.Report)
	if err != nil {
		return err
	}
	if a.Approvals == nil {
		a.Approvals = []plugins.Approval{}
	}
	approvals, err := json.Marshal(a.Approvals)
	if err != nil {
		return err
	}
	return s.one(ctx, "", `UPDATE plugins_artifacts SET state = $3, report = $4, approvals = $5, note = $6, updated_at = $7, row_version = row_version + 1 WHERE digest = $1 AND row_version = $2`, false,
		a.Digest, a.Row, string(a.State), report, approvals, a.Note, a.UpdatedAt)
}

// Touch implements plugins.Store.
func (s Store) Touch(ctx context.Context, digest string) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `SELECT plugins_touch($1)`, digest)
		return err
	})
}

// Wish implements plugins.Store.
func (s Store) Wish(ctx context.Context, plugin, by string, at time.Time) error {
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO plugins_wishes (plugin, restart_at, by_subject) VALUES ($1, $2, $3) ON CONFLICT (plugin) DO UPDATE SET restart_at = EXCLUDED.restart_at, by_subject = EXCLUDED.by_subject`, plugin, at, by)
		return err
	})
}
