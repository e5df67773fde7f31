package event

// ServiceAccountMade: a program may be given keys now. Org is empty for the marketplace's own.
type ServiceAccountMade struct {
	Org     string   `json:"org,omitempty"`
	Account string   `json:"account"`
	Name    string   `json:"name"`
	Roles   []string `json:"roles"`
}

// EventName names the event.
func (ServiceAccountMade) EventName() string { return "access.account_made.v1" }

// Subject puts the event on the account's timeline.
func (e ServiceAccountMade) Subject() Subject { return Subject{"service", e.Account} }

// ServiceAccountEnded: the account and all its keys are worth nothing from now on.
type ServiceAccountEnded struct {
	Org     string `json:"org,omitempty"`
	Account string `json:"account"`
	Name    string `json:"name"`
}

// EventName names the event.
func (ServiceAccountEnded) EventName() string { return "access.account_ended.v1" }

// Subject puts the event on the account's timeline.
func (e ServiceAccountEnded) Subject() Subject { return Subject{"service", e.Account} }

// APIKeyMade: somebody made a key; its public beginning tells which. Replaces is the key
// that ends because of it.
type APIKeyMade struct {
	Org      string   `json:"org,omitempty"`
	Account  string   `json:"account"`
	Name     string   `json:"name"`
	Key      string   `json:"key"`
	Prefix   string   `json:"prefix"`
	Scopes   []string `json:"scopes"`
	Expires  string   `json:"expires"`
	Replaces string   `json:"replaces,omitempty"`
}

// EventName names the event.
func (APIKeyMade) EventName() string { return "access.key_made.v1" }

// Subject puts the event on the account's timeline.
func (e APIKeyMade) Subject() Subject { return Subject{"service", e.Account} }

// APIKeyRevoked: a key is worth nothing from now on.
type APIKeyRevoked struct {
	Org     string `json:"org,omitempty"`
	Account string `json:"account"`
	Name    string `json:"name"`
	Key     string `json:"key"`
	Prefix  string `json:"prefix"`
}

// EventName names the event.
func (APIKeyRevoked) EventName() string { return "access.key_revoked.v1" }

// Subject puts the event on the account's timeline.
func (e APIKeyRevoked) Subject() Subject { return Subject{"service", e.Account} }

// APIKeyExpiring: a key ends within a week and nobody has replaced it.
type APIKeyExpiring struct {
	Org     string `json:"org,omitempty"`
	Account string `json:"account"`
	Name    string `json:"name"`
	Key     string `json:"key"`
	Prefix  string `json:"prefix"`
	Expires string `json:"expires"`
}

// EventName names the event.
func (APIKeyExpiring) EventName() string { return "access.key_expiring.v1" }

// Subject puts the event on the account's timeline.
func (e APIKeyExpiring) Subject() Subject { return Subject{"service", e.Account} }
