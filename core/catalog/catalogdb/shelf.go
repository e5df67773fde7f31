package catalogdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/catalog"
)

// Shelf implements catalog.Store.
func (s Store) Shelf(ctx context.Context) (*catalog.Shelf, error) {
	var cs []catalog.Category
	var as []catalog.Attribute
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		collect(b, &cs, func(r pgx.Rows, c *catalog.Category) error {
			return r.Scan(&c.ID, &c.Parent, &c.Slug, &c.Path, &c.Names, &c.Attributes, &c.Position, &c.Picture)
		}, `SELECT id, parent_id, slug, path, names, attributes, position, picture FROM catalog_categories ORDER BY path`)
		collect(b, &as, func(r pgx.Rows, a *catalog.Attribute) error {
			return r.Scan(&a.Key, &a.Names, &a.Type, &a.Unit, &a.Facet, &a.Position, &a.Options)
		}, `SELECT key, names, type, unit, facet, position, options FROM catalog_attributes`)
	})
	if err != nil {
		return nil, err
	}
	return catalog.NewShelf(cs, as), nil
}

type categoryRow struct {
	ID         uuid.UUID     `json:"id"`
	Parent     *uuid.UUID    `json:"parent_id"`
	Slug       string        `json:"slug"`
	Path       string        `json:"path"`
	Names      catalog.Names `json:"names"`
	Attributes []string      `json:"attributes"`
	Position   int           `json:"position"`
	Picture    string        `json:"picture"`
}

// SaveCategories implements catalog.Store. Parents precede children, and the foreign key
// is checked at the statement's end.
func (s Store) SaveCategories(ctx context.Context, cs []catalog.Category) error {
	rows := make([]categoryRow, len(cs))
	for i, c := range cs {
		rows[i] = categoryRow{ID: c.ID.UUID(), Slug: c.Slug, Path: c.Path, Names: names(c.Names), Attributes: append([]string{}, c.Attributes...), Position: c.Position, Picture: c.Picture}
		if !c.Parent.IsZero() {
			p := c.Parent.UUID()
			rows[i].Parent = &p
		}
	}
	d, err := doc(rows)
	if err != nil {
		return err
	}
	_, err = exec(ctx, `INSERT INTO catalog_categories (tenant_id, id, parent_id, slug, path, names, attributes, position, picture)
		SELECT $1, r.id, r.parent_id, r.slug, r.path, r.names, r.attributes, r.position, r.picture
		FROM jsonb_to_recordset($2::jsonb) r(id uuid, parent_id uuid, slug text, path text, names jsonb, attributes text[], position int, picture text)
		ON CONFLICT (tenant_id, id) DO UPDATE SET parent_id = excluded.parent_id, slug = excluded.slug, path = excluded.path,
			names = excluded.names, attributes = excluded.attributes, position = excluded.position, picture = excluded.picture`, d)
	return err
}

type attributeRow struct {
	Key      string           `json:"key"`
	Names    catalog.Names    `json:"names"`
	Type     catalog.Type     `json:"type"`
	Unit     string           `json:"unit"`
	Facet    catalog.Facet    `json:"facet"`
	Position int              `json:"position"`
	Options  []catalog.Option `json:"options"`
}

// SaveAttributes implements catalog.Store.
func (s Store) SaveAttributes(ctx context.Context, as []catalog.Attribute) error {
	rows := make([]attributeRow, len(as))
	for i, a := range as {
		rows[i] = attributeRow{a.Key, names(a.Names), a.Type, a.Unit, a.Facet, a.Position, append([]catalog.Option{}, a.Options...)}
		if a.Facet == "" {
			rows[i].Facet = catalog.NoFacet
		}
	}
	d, err := doc(rows)
	if err != nil {
		return err
	}
	_, err = exec(ctx, `INSERT INTO catalog_attributes (tenant_id, key, names, type, unit, facet, position, options)
		SELECT $1, r.key, r.names, r.type, r.unit, r.facet, r.position, r.options
		FROM jsonb_to_recordset($2::jsonb) r(key text, names jsonb, type text, unit text, facet text, position int, options jsonb)
		ON CONFLICT (tenant_id, key) DO UPDATE SET names = excluded.names, type = excluded.type, unit = excluded.unit,
			facet = excluded.facet, position = excluded.position, options = excluded.options`, d)
	return err
}
