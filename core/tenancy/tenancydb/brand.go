package tenancydb

import (
	"context"
	"encoding/json"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

// BrandDraft implements tenancy.Store.
func (s Store) BrandDraft(ctx context.Context) (d tenancy.BrandDraft, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT open, brand, version, at, actor, actor_name FROM tenancy_brand_drafts`).QueryRow(func(r pgx.Row) error {
			var brand []byte
			err := r.Scan(&d.Open, &brand, &d.Version, &d.At, &d.Actor, &d.Name)
			if err != nil {
				return err
			}
			return json.Unmarshal(brand, &d.Brand)
		})
	})
	if pg.NoRows(err) {
		return tenancy.BrandDraft{}, nil
	}
	return d, err
}

// PutBrandDraft implements tenancy.Store. Of two who looked at the same version one passes.
func (s Store) PutBrandDraft(ctx context.Context, d tenancy.BrandDraft) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	brand, err := json.Marshal(d.Brand)
	if err != nil {
		return err
	}
	tag, err := tx.Exec(ctx, `INSERT INTO tenancy_brand_drafts AS d (tenant_id, open, brand, version, at, actor, actor_name)
		SELECT current_setting('app.tenant_id')::uuid, $1, $2, $3::bigint + 1, $4, $5, $6 WHERE $3 = 0 OR EXISTS (SELECT FROM tenancy_brand_drafts WHERE version = $3)
		ON CONFLICT (tenant_id) DO UPDATE SET open = excluded.open, brand = excluded.brand, version = excluded.version, at = excluded.at, actor = excluded.actor, actor_name = excluded.actor_name
		WHERE d.version = $3`, d.Open, brand, d.Version, d.At, d.Actor, d.Name)
	if err == nil && tag.RowsAffected() == 0 {
		return tenancy.ErrBrandStale
	}
	return err
}

const editionColumns = `number, at, actor, actor_name, note, restored, brand`

func edition(r pgx.CollectableRow) (e tenancy.BrandEdition, err error) {
	var brand []byte
	if err := r.Scan(&e.Number, &e.At, &e.Actor, &e.Name, &e.Note, &e.Restored, &brand); err != nil {
		return e, err
	}
	return e, json.Unmarshal(brand, &e.Brand)
}

// BrandEditions implements tenancy.Store.
func (s Store) BrandEditions(ctx context.Context, limit int) (out []tenancy.BrandEdition, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+editionColumns+` FROM tenancy_brand_editions ORDER BY number DESC LIMIT $1`, limit).Query(func(rows pgx.Rows) (err error) {
			out, err = pgx.CollectRows(rows, edition)
			return err
		})
	})
	return out, err
}

// BrandEdition implements tenancy.Store.
func (s Store) BrandEdition(ctx context.Context, number int64) (e tenancy.BrandEdition, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+editionColumns+` FROM tenancy_brand_editions WHERE number = $1`, number).Query(func(rows pgx.Rows) (err error) {
			e, err = pgx.CollectExactlyOneRow(rows, edition)
			return err
		})
	})
	if pg.NoRows(err) {
		return e, tenancy.ErrNoEdition
	}
	return e, err
}

// AddBrandEdition implements tenancy.Store.
func (s Store) AddBrandEdition(ctx context.Context, e tenancy.BrandEdition) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	brand, err := json.Marshal(e.Brand)
	if err != nil {
		return err
	}
	b := &pgx.Batch{}
	b.Queue(`INSERT INTO tenancy_brand_editions (tenant_id, `+editionColumns+`) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7)`,
		e.Number, e.At, e.Actor, e.Name, e.Note, e.Restored, brand)
	b.Queue(`SELECT srch.brand_published($1, $2)`, e.Number, brand).QueryRow(func(r pgx.Row) error {
		var n *int64
		if err := r.Scan(&n); err != nil {
			return err
		}
		if n == nil {
			return tenancy.ErrBrandStale
		}
		return nil
	})
	err = tx.SendBatch(ctx, b).Close()
	if name, ok := pg.Violated(err); ok && name == "tenancy_brand_editions_pkey" {
		return tenancy.ErrBrandStale
	}
	return err
}

// AddBrandPicture implements tenancy.Store.
func (s Store) AddBrandPicture(ctx context.Context, p tenancy.Picture) error {
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	picture, err := json.Marshal(p)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO tenancy_brand_pictures (tenant_id, id, kind, picture, at, actor) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, now(), $4)`,
		p.ID.UUID(), string(p.Kind), picture, who.Subject())
	return err
}

// BrandPicture implements tenancy.Store.
func (s Store) BrandPicture(ctx context.Context, which id.Blob) (p tenancy.Picture, err error) {
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT picture FROM tenancy_brand_pictures WHERE id = $1`, which.UUID()).QueryRow(func(r pgx.Row) error {
			var picture []byte
			if err := r.Scan(&picture); err != nil {
				return err
			}
			return json.Unmarshal(picture, &p)
		})
	})
	if pg.NoRows(err) {
		return p, tenancy.ErrNoPicture
	}
	return p, err
}
