package event

// TenantStateChanged: a marketplace was opened, suspended or closed. It is told in the
// platform's own tenant.
type TenantStateChanged struct {
	Tenant string `json:"tenant"`
	Slug   string `json:"slug"`
	From   string `json:"from"`
	To     string `json:"to"`
	Note   string `json:"note"`
}

// EventName names the event.
func (TenantStateChanged) EventName() string { return "tenancy.tenant_state_changed.v1" }

// Subject puts the event on the tenant's timeline.
func (e TenantStateChanged) Subject() Subject { return Subject{"tenant", e.Tenant} }
