package event

// SSOChanged: somebody made or changed a connection. What is made, changed, tested, on, off,
// enforced, unenforced or ended. Org is empty for the marketplace's own.
type SSOChanged struct {
	Org        string `json:"org,omitempty"`
	Connection string `json:"connection"`
	Name       string `json:"name"`
	What       string `json:"what"`
}

// EventName names the event.
func (SSOChanged) EventName() string { return "sso.connection_changed.v1" }

// Subject puts the event on the connection's timeline.
func (e SSOChanged) Subject() Subject { return Subject{"sso_connection", e.Connection} }

// SSODomainChanged: a domain was added, verified, lapsed or removed.
type SSODomainChanged struct {
	Org        string `json:"org,omitempty"`
	Connection string `json:"connection"`
	Name       string `json:"name"`
	Domain     string `json:"domain"`
	What       string `json:"what"`
}

// EventName names the event.
func (SSODomainChanged) EventName() string { return "sso.domain_changed.v1" }

// Subject puts the event on the connection's timeline.
func (e SSODomainChanged) Subject() Subject { return Subject{"sso_connection", e.Connection} }

// SSOLinked: a provider's subject is this person from now on. Made: he had no account before.
type SSOLinked struct {
	Connection string `json:"connection"`
	Name       string `json:"name"`
	Person     string `json:"person"`
	Made       bool   `json:"made"`
}

// EventName names the event.
func (SSOLinked) EventName() string { return "sso.person_linked.v1" }

// Subject puts the event on the connection's timeline.
func (e SSOLinked) Subject() Subject { return Subject{"sso_connection", e.Connection} }

// SSOEmergency: somebody who is marked came in by password although a provider is required.
type SSOEmergency struct {
	Org        string `json:"org,omitempty"`
	Connection string `json:"connection"`
	Name       string `json:"name"`
	Person     string `json:"person"`
	Who        string `json:"who"`
}

// EventName names the event.
func (SSOEmergency) EventName() string { return "sso.emergency_used.v1" }

// Subject puts the event on the connection's timeline.
func (e SSOEmergency) Subject() Subject { return Subject{"sso_connection", e.Connection} }
