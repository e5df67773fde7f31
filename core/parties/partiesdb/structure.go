package partiesdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// put writes a row that its company knows by a code or label, and answers the identifier
// that it has had all along.
func put(ctx context.Context, into *[16]byte, sql string, args ...any) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	err = tx.QueryRow(ctx, sql, args...).Scan(into)
	if _, ok := pg.Dangling(err); ok {
		return parties.ErrNotFound.Because(err)
	}
	return err
}

// PutUnit implements parties.Store.
func (Store) PutUnit(ctx context.Context, u parties.Unit) (parties.Unit, error) {
	err := put(ctx, (*[16]byte)(&u.ID), `INSERT INTO parties_units (tenant_id, id, org_id, parent_id, code, name, kind)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6)
		ON CONFLICT (tenant_id, org_id, code) DO UPDATE SET name = EXCLUDED.name, parent_id = EXCLUDED.parent_id, kind = EXCLUDED.kind RETURNING id`,
		u.ID.UUID(), u.Org.UUID(), none(u.Parent), u.Code, u.Name, string(u.Kind))
	return u, err
}

// Units implements parties.Store.
func (s Store) Units(ctx context.Context, o id.Org) ([]parties.Unit, error) {
	return list(ctx, s.db, scanUnit, unitsOf, o.UUID())
}

// PutCentre implements parties.Store.
func (Store) PutCentre(ctx context.Context, c parties.CostCentre) (parties.CostCentre, error) {
	err := put(ctx, (*[16]byte)(&c.ID), `INSERT INTO parties_cost_centres (tenant_id, id, org_id, unit_id, code, name, budget_minor, currency, from_day, to_day)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (tenant_id, org_id, code) DO UPDATE SET unit_id = EXCLUDED.unit_id, name = EXCLUDED.name, budget_minor = EXCLUDED.budget_minor,
			currency = EXCLUDED.currency, from_day = EXCLUDED.from_day, to_day = EXCLUDED.to_day RETURNING id`,
		c.ID.UUID(), c.Org.UUID(), none(c.Unit), c.Code, c.Name, c.Budget.Minor, string(c.Budget.Currency), c.From, c.To)
	return c, err
}

// Centres implements parties.Store.
func (s Store) Centres(ctx context.Context, o id.Org) ([]parties.CostCentre, error) {
	return list(ctx, s.db, scanCentre, centresOf, o.UUID())
}

const unitsOf = `SELECT id, org_id, parent_id, code, name, kind FROM parties_units WHERE org_id = $1 ORDER BY code`

func scanUnit(r pgx.CollectableRow) (parties.Unit, error) {
	var u parties.Unit
	var parent *[16]byte
	err := r.Scan((*[16]byte)(&u.ID), (*[16]byte)(&u.Org), &parent, &u.Code, &u.Name, &u.Kind)
	if parent != nil {
		u.Parent = *parent
	}
	return u, err
}

const centresOf = `SELECT id, org_id, unit_id, code, name, budget_minor, currency, from_day, to_day FROM parties_cost_centres WHERE org_id = $1 ORDER BY code`

func scanCentre(r pgx.CollectableRow) (parties.CostCentre, error) {
	var c parties.CostCentre
	var unit *[16]byte
	var currency string
	err := r.Scan((*[16]byte)(&c.ID), (*[16]byte)(&c.Org), &unit, &c.Code, &c.Name, &c.Budget.Minor, &currency, &c.From, &c.To)
	if unit != nil {
		c.Unit = *unit
	}
	c.Budget.Currency = money.Currency(currency)
	return c, err
}
