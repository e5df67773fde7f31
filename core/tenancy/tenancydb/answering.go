package tenancydb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Answering is an address, whose it is and in which state that marketplace is. What was only
// claimed, has lapsed or was given up is no address.
type Answering struct {
	Host   string
	Tenant id.Tenant
	State  tenancy.State
}

// Answering lists every address of every marketplace.
func (s Store) Answering(ctx context.Context) (out []Answering, err error) {
	err = s.db.Global(ctx, func(rows pgx.Rows) (err error) {
		out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (a Answering, err error) {
			return a, r.Scan(&a.Host, (*[16]byte)(&a.Tenant), &a.State)
		})
		return err
	}, `SELECT h.host, t.id, t.state FROM tenancy_hosts h JOIN tenancy_tenants t ON t.id = h.tenant_id`)
	return out, err
}
