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

// HostClaimed: a market wants to answer at an address of its own.
type HostClaimed struct {
	Claim string `json:"claim"`
	Host  string `json:"host"`
}

// EventName names the event.
func (HostClaimed) EventName() string { return "tenancy.host_claimed.v1" }

// Subject puts the event on the claim's timeline.
func (e HostClaimed) Subject() Subject { return Subject{"host_claim", e.Claim} }

// HostVerified: the proof was found, and the market answers there.
type HostVerified struct {
	Claim string `json:"claim"`
	Host  string `json:"host"`
}

// EventName names the event.
func (HostVerified) EventName() string { return "tenancy.host_verified.v1" }

// Subject puts the event on the claim's timeline.
func (e HostVerified) Subject() Subject { return Subject{"host_claim", e.Claim} }

// HostLapsed: the proof has been gone for days, and nothing answers there any more.
type HostLapsed struct {
	Claim string `json:"claim"`
	Host  string `json:"host"`
}

// EventName names the event.
func (HostLapsed) EventName() string { return "tenancy.host_lapsed.v1" }

// Subject puts the event on the claim's timeline.
func (e HostLapsed) Subject() Subject { return Subject{"host_claim", e.Claim} }

// HostReleased: the market gave the address up.
type HostReleased struct {
	Claim string `json:"claim"`
	Host  string `json:"host"`
}

// EventName names the event.
func (HostReleased) EventName() string { return "tenancy.host_released.v1" }

// Subject puts the event on the claim's timeline.
func (e HostReleased) Subject() Subject { return Subject{"host_claim", e.Claim} }

// CertificateTried: an operator had a certificate ordered that had failed. Outcome is issued,
// failed or underway, and Cause why it failed.
type CertificateTried struct {
	Claim   string `json:"claim"`
	Host    string `json:"host"`
	Outcome string `json:"outcome"`
	Cause   string `json:"cause"`
}

// EventName names the event.
func (CertificateTried) EventName() string { return "tenancy.certificate_tried.v1" }

// Subject puts the event on the claim's timeline.
func (e CertificateTried) Subject() Subject { return Subject{"host_claim", e.Claim} }

// HostMadeCanonical: links and letters name another address from now on.
type HostMadeCanonical struct {
	Tenant string `json:"tenant"`
	From   string `json:"from"`
	To     string `json:"to"`
}

// EventName names the event.
func (HostMadeCanonical) EventName() string { return "tenancy.host_made_canonical.v1" }

// Subject puts the event on the tenant's timeline.
func (e HostMadeCanonical) Subject() Subject { return Subject{"tenant", e.Tenant} }

// RolesChanged: a market's own roles were edited. Lines are in the record and in the
// edition; Gaining and Losing count the people whom it meets.
type RolesChanged struct {
	Role    string `json:"role"`
	Version int64  `json:"version"`
	Gaining int    `json:"gaining"`
	Losing  int    `json:"losing"`
}

// EventName names the event.
func (RolesChanged) EventName() string { return "tenancy.roles_changed.v1" }

// Subject puts the event on the role's timeline.
func (e RolesChanged) Subject() Subject { return Subject{"role", e.Role} }

// TenantRunStarted: work in steps on a marketplace began: it is made, exported or deleted.
type TenantRunStarted struct {
	Run      string `json:"run"`
	Workflow string `json:"workflow"`
	Tenant   string `json:"tenant"`
	Slug     string `json:"slug"`
	Note     string `json:"note"`
}

// EventName names the event.
func (TenantRunStarted) EventName() string { return "tenancy.run_started.v1" }

// Subject puts the event on the tenant's timeline.
func (e TenantRunStarted) Subject() Subject { return Subject{"tenant", e.Tenant} }

// TenantRunEnded: that work is done, or was given up.
type TenantRunEnded struct {
	Run      string `json:"run"`
	Workflow string `json:"workflow"`
	Tenant   string `json:"tenant"`
	Slug     string `json:"slug"`
	State    string `json:"state"` // done or failed
}

// EventName names the event.
func (TenantRunEnded) EventName() string { return "tenancy.run_ended.v1" }

// Subject puts the event on the tenant's timeline.
func (e TenantRunEnded) Subject() Subject { return Subject{"tenant", e.Tenant} }

// BrandPublished: everybody sees a marketplace's new look. Restored is the edition whose
// content came back, 0 where it is new.
type BrandPublished struct {
	Tenant   string `json:"tenant"`
	Edition  int64  `json:"edition"`
	Restored int64  `json:"restored"`
	Note     string `json:"note"`
}

// EventName names the event.
func (BrandPublished) EventName() string { return "tenancy.brand_published.v1" }

// Subject puts the event on the tenant's timeline.
func (e BrandPublished) Subject() Subject { return Subject{"tenant", e.Tenant} }
