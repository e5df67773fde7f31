package event

// CellAdded: there is another database that marketplaces can live in.
type CellAdded struct {
	Cell    string `json:"cell"`
	Address string `json:"address"`
}

// EventName names the event.
func (CellAdded) EventName() string { return "cells.cell_added.v1" }

// Subject puts the event on the cell's timeline.
func (e CellAdded) Subject() Subject { return Subject{"cell", e.Cell} }

// TenantMoved: another cell is the marketplace's home, for good. Nothing could be changed in
// it for FrozenMillis; Rows were compared one by one. It is told in the platform's own
// tenant, as the others here are.
type TenantMoved struct {
	Run          string `json:"run"`
	Tenant       string `json:"tenant"`
	Slug         string `json:"slug"`
	From         string `json:"from"`
	To           string `json:"to"`
	FrozenMillis int64  `json:"frozen_ms"`
	Rows         int64  `json:"rows"`
}

// EventName names the event.
func (TenantMoved) EventName() string { return "cells.tenant_moved.v1" }

// Subject puts the event on the tenant's timeline.
func (e TenantMoved) Subject() Subject { return Subject{"tenant", e.Tenant} }

// TenantFrozen: the marketplace was shut for a moment while it was moved. Decided says
// whether it moved then; where it did not it was opened again.
type TenantFrozen struct {
	Run          string `json:"run"`
	Tenant       string `json:"tenant"`
	Slug         string `json:"slug"`
	FrozenMillis int64  `json:"frozen_ms"`
	Decided      bool   `json:"decided"`
	Why          string `json:"why,omitempty"`
}

// EventName names the event.
func (TenantFrozen) EventName() string { return "cells.tenant_frozen.v1" }

// Subject puts the event on the tenant's timeline.
func (e TenantFrozen) Subject() Subject { return Subject{"tenant", e.Tenant} }

// TenantMoveAborted: the move was called off, by hand or by itself.
type TenantMoveAborted struct {
	Run    string `json:"run"`
	Tenant string `json:"tenant"`
	Slug   string `json:"slug"`
	Why    string `json:"why"`
}

// EventName names the event.
func (TenantMoveAborted) EventName() string { return "cells.move_aborted.v1" }

// Subject puts the event on the tenant's timeline.
func (e TenantMoveAborted) Subject() Subject { return Subject{"tenant", e.Tenant} }

// TenantLeftoversPurged: what a marketplace had left behind in this cell is gone.
type TenantLeftoversPurged struct {
	Tenant string `json:"tenant"`
	Slug   string `json:"slug"`
	Rows   int64  `json:"rows"`
}

// EventName names the event.
func (TenantLeftoversPurged) EventName() string { return "cells.leftovers_purged.v1" }

// Subject puts the event on the tenant's timeline.
func (e TenantLeftoversPurged) Subject() Subject { return Subject{"tenant", e.Tenant} }
