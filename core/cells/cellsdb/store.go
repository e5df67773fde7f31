// Package cellsdb keeps cells and placements in the control database, which may be another
// one than the process's own.
package cellsdb

import (
	"context"
	"errors"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"

	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/id"
)

// Control runs fn in a transaction of the control database.
type Control func(ctx context.Context, fn func(ctx context.Context, tx pgx.Tx) error) error

// Store implements cells.Store.
type Store struct{ run Control }

// New makes the store.
func New(run Control) Store { return Store{run} }

var _ cells.Store = Store{}

// Cells implements cells.Store.
func (s Store) Cells(ctx context.Context) (out []cells.Cell, err error) {
	err = s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT c.name, c.address, c.added_at, CASE WHEN c.name = 'main'
			THEN (SELECT count(*) FROM tenancy_tenants t WHERE t.state NOT IN ('deleted', 'moved') AND t.kind <> 'platform') ELSE (SELECT count(*) FROM cells_placements p WHERE p.cell = c.name) END FROM cells_cells c ORDER BY c.name <> 'main', c.name`)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (c cells.Cell, err error) {
			err = r.Scan(&c.Name, &c.Address, &c.AddedAt, &c.Markets)
			c.AddedAt = c.AddedAt.UTC()
			return c, err
		})
		return err
	})
	return out, err
}

// Reach implements cells.Store.
func (s Store) Reach(ctx context.Context, cell string) (c cells.Cell, sealed []byte, err error) {
	err = s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT name, address, added_at, sealed FROM cells_cells WHERE name = $1`, cell).Scan(&c.Name, &c.Address, &c.AddedAt, &sealed)
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = cells.ErrNotFound
	}
	return c, sealed, err
}

// Put implements cells.Store.
func (s Store) Put(ctx context.Context, c cells.Cell, sealed []byte) error {
	return s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO cells_cells (name, address, sealed, added_at) VALUES ($1, $2, $3, $4)
			ON CONFLICT (name) DO UPDATE SET address = EXCLUDED.address, sealed = coalesce(EXCLUDED.sealed, cells_cells.sealed)`, c.Name, c.Address, sealed, c.AddedAt)
		return err
	})
}

const placement = `SELECT p.tenant_id, p.slug, p.cell, c.address, p.changed_at FROM cells_placements p JOIN cells_cells c ON c.name = p.cell `

func scan(r pgx.CollectableRow) (p cells.Placement, err error) {
	err = r.Scan(&p.Tenant, &p.Slug, &p.Cell, &p.Address, &p.At)
	p.At = p.At.UTC()
	return p, err
}

// Locate implements cells.Store. What is in main is found among main's own addresses.
func (s Store) Locate(ctx context.Context, host string) (p cells.Placement, ok bool, err error) {
	err = s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, placement+`JOIN cells_hosts h ON h.tenant_id = p.tenant_id WHERE h.host = $1
			UNION ALL SELECT t.id, t.slug, 'main', c.address, t.updated_at FROM tenancy_hosts h JOIN tenancy_tenants t ON t.id = h.tenant_id AND t.state <> 'moved'
			JOIN cells_cells c ON c.name = 'main' WHERE h.host = $1 LIMIT 1`, host)
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, scan)
		if len(all) > 0 {
			p, ok = all[0], true
		}
		return err
	})
	return p, ok, err
}

// Placed implements cells.Store.
func (s Store) Placed(ctx context.Context, t id.Tenant) (cells.Placement, error) {
	p := cells.Placement{Tenant: t, Cell: cells.Main}
	err := s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, placement+`WHERE p.tenant_id = $1`, t.UUID())
		if err != nil {
			return err
		}
		all, err := pgx.CollectRows(rows, scan)
		if len(all) > 0 {
			p = all[0]
		}
		return err
	})
	return p, err
}

// Placements implements cells.Store.
func (s Store) Placements(ctx context.Context) (out []cells.Placement, err error) {
	err = s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, placement+`ORDER BY p.slug`)
		if err != nil {
			return err
		}
		out, err = pgx.CollectRows(rows, scan)
		return err
	})
	return out, err
}

// Register implements cells.Store.
func (s Store) Register(ctx context.Context, p cells.Placement, hosts []string) error {
	err := s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var theirs string
		// Names are made into identifiers, so the same market may be there, too.
		err := tx.QueryRow(ctx, `SELECT coalesce((SELECT slug FROM tenancy_tenants WHERE id = $1 AND state <> 'moved'), '')`, p.Tenant.UUID()).Scan(&theirs)
		if err == nil && theirs != "" {
			err = cells.ErrTaken.With("name", theirs)
		}
		if err != nil {
			return err
		}
		// Another of its name is in a third cell; or it has just left, and whoever tells of it
		// does not know.
		err = tx.QueryRow(ctx, `SELECT coalesce((SELECT slug FROM cells_placements WHERE tenant_id = $1 AND cell <> $2), '')`, p.Tenant.UUID(), p.Cell).Scan(&theirs)
		if err == nil && theirs != "" {
			err = cells.ErrTaken.With("name", theirs)
		}
		if err != nil {
			return err
		}
		return register(ctx, tx, p, hosts)
	})
	return taken(err, p.Slug)
}

// Retain implements cells.Store.
func (s Store) Retain(ctx context.Context, cell string, all []id.Tenant, before time.Time) error {
	return s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		ids := make([][16]byte, len(all))
		for i, t := range all {
			ids[i] = t.UUID()
		}
		_, err := tx.Exec(ctx, `DELETE FROM cells_placements p WHERE p.cell = $1 AND p.tenant_id <> ALL ($2::uuid[]) AND p.changed_at < $3
			AND NOT EXISTS (SELECT FROM cells_moves m WHERE m.tenant_id = p.tenant_id AND m.phase IN ('copying', 'flipped'))`, cell, ids, before)
		return err
	})
}

// Withdraw implements cells.Store.
func (s Store) Withdraw(ctx context.Context, cell string, t id.Tenant) error {
	return s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM cells_placements p WHERE p.cell = $1 AND p.tenant_id = $2
			AND NOT EXISTS (SELECT FROM cells_moves m WHERE m.tenant_id = p.tenant_id AND m.phase IN ('copying', 'flipped'))`, cell, t.UUID())
		return err
	})
}

// Unplaced implements cells.Store.
func (s Store) Unplaced(ctx context.Context, p cells.Placement, hosts []string) error {
	return s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		var theirs string
		err := tx.QueryRow(ctx, `SELECT coalesce((SELECT slug FROM cells_placements WHERE slug = $2 AND (tenant_id <> $1 OR cell <> 'main')), (SELECT min(host) FROM cells_hosts WHERE host = ANY ($3) AND tenant_id <> $1), '')`, p.Tenant.UUID(), p.Slug, hosts).Scan(&theirs)
		if err == nil && theirs != "" {
			err = cells.ErrTaken.With("name", theirs)
		}
		return err
	})
}

func taken(err error, name string) error {
	var pe *pgconn.PgError
	if errors.As(err, &pe) && pe.Code == "23505" {
		return cells.ErrTaken.With("name", name).Because(err)
	}
	return err
}

func register(ctx context.Context, tx pgx.Tx, p cells.Placement, hosts []string) error {
	var theirs string
	err := tx.QueryRow(ctx, `SELECT coalesce((SELECT slug FROM tenancy_tenants WHERE slug = $2 AND id <> $1),
		(SELECT min(host) FROM tenancy_hosts WHERE host = ANY ($3) AND tenant_id <> $1), (SELECT min(host) FROM cells_hosts WHERE host = ANY ($3) AND tenant_id <> $1), '')`, p.Tenant.UUID(), p.Slug, hosts).Scan(&theirs)
	if err == nil && theirs != "" {
		err = cells.ErrTaken.With("name", theirs)
	}
	if err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `INSERT INTO cells_placements (tenant_id, slug, cell, changed_at) VALUES ($1, $2, $3, $4) ON CONFLICT (tenant_id) DO UPDATE SET cell = EXCLUDED.cell,
		changed_at = CASE WHEN cells_placements.cell = EXCLUDED.cell THEN cells_placements.changed_at ELSE EXCLUDED.changed_at END`, p.Tenant.UUID(), p.Slug, p.Cell, p.At); err != nil {
		return err
	}
	if _, err := tx.Exec(ctx, `DELETE FROM cells_hosts WHERE tenant_id = $1 AND host <> ALL ($2)`, p.Tenant.UUID(), hosts); err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO cells_hosts (host, tenant_id) SELECT h, $1 FROM unnest($2::text[]) h ON CONFLICT (host) DO NOTHING`, p.Tenant.UUID(), hosts)
	return err
}

// Begin implements cells.Store.
func (s Store) Begin(ctx context.Context, m cells.Moving, at time.Time) error {
	return s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO cells_moves AS m (tenant_id, run_id, source, target, phase, changed_at) VALUES ($1, $2, $3, $4, 'copying', $5)
			ON CONFLICT (tenant_id) DO UPDATE SET run_id = EXCLUDED.run_id, source = EXCLUDED.source, target = EXCLUDED.target, phase = EXCLUDED.phase, changed_at = EXCLUDED.changed_at
			WHERE m.phase IN ('aborted', 'settled') AND m.run_id <> EXCLUDED.run_id`, m.Tenant.UUID(), m.Run.UUID(), m.Source, m.Target, at)
		if err != nil {
			return err
		}
		var mine bool
		if err := tx.QueryRow(ctx, `SELECT run_id = $2 FROM cells_moves WHERE tenant_id = $1`, m.Tenant.UUID(), m.Run.UUID()).Scan(&mine); err != nil || mine {
			return err
		}
		return cells.ErrOnItsWay
	})
}

// Move implements cells.Store.
func (s Store) Move(ctx context.Context, t id.Tenant) (m cells.Moving, err error) {
	m.Tenant = t
	err = s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		return tx.QueryRow(ctx, `SELECT run_id, source, target, phase FROM cells_moves WHERE tenant_id = $1`, t.UUID()).Scan(&m.Run, &m.Source, &m.Target, (*string)(&m.Phase))
	})
	if errors.Is(err, pgx.ErrNoRows) {
		err = cells.ErrNoMove
	}
	return m, err
}

const turn = `UPDATE cells_moves SET phase = $4, changed_at = $5 WHERE tenant_id = $1 AND run_id = $2 AND phase = $3`

// Turn implements cells.Store.
func (s Store) Turn(ctx context.Context, m cells.Moving, from, to cells.Phase, at time.Time) (ok bool, err error) {
	err = s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, turn, m.Tenant.UUID(), m.Run.UUID(), string(from), string(to), at)
		ok = tag.RowsAffected() > 0
		return err
	})
	return ok, err
}

// Flip implements cells.Store.
func (s Store) Flip(ctx context.Context, m cells.Moving, p cells.Placement, hosts []string) (ok bool, err error) {
	err = s.run(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, turn, m.Tenant.UUID(), m.Run.UUID(), string(cells.Copying), string(cells.Flipped), p.At)
		if ok = tag.RowsAffected() > 0; err != nil || !ok {
			return err
		}
		return register(ctx, tx, p, hosts)
	})
	return ok && err == nil, taken(err, p.Slug)
}
