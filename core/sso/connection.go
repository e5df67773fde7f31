// Package sso lets people come in through their own company's provider instead of by a
// password of ours: connections, the domains that prove whose people they are, and what
// the provider's word is worth here.
package sso

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
)

// State is how far a connection has come.
type State string

// The states of a connection. It is turned on only after somebody has come back through it.
const (
	Draft  State = "draft"
	Tested State = "tested"
	On     State = "on"
	Off    State = "off" // tested, and turned off again
	Ended  State = "ended"
)

// Kind is the standard that a connection's provider speaks.
type Kind string

// The kinds.
const (
	OIDC   Kind = "oidc"
	SAML20 Kind = "saml"
)

// Connection is one provider that vouches for a company's people, or for the marketplace's
// own staff where Org is none.
type Connection struct {
	ID       id.SSOConnection
	Org      id.Org
	Kind     Kind
	Name     string
	Issuer   string // of SAML: the provider's entity id, "" until its metadata is there
	ClientID string // of OIDC
	Sealed   []byte // the client's secret; of SAML: the key that signs our requests
	SAML     SAML

	RoleClaim string // "" gives everybody the default roles
	RoleMap   []Mapping
	Roles     []string // default ones
	JIT       bool     // who has no account gets one
	Enforced  bool     // its people have no other way in

	State    State
	TestedAt time.Time
	Seen     map[string][]string // what the provider said at the test

	CreatedAt time.Time
	Version   int64
	Domains   []Domain
	Emergency []id.Person
}

// Mapping turns a value of the claim into a role here.
type Mapping struct {
	Value string `json:"value"`
	Role  string `json:"role"`
}

// Input is what somebody says of a connection. An empty secret keeps the one there is, and
// so do empty metadata. The kind is said once, when the connection is made.
type Input struct {
	Kind      Kind
	Name      string
	Issuer    string
	ClientID  string
	Secret    string
	Metadata  string
	Attrs     Attributes
	Sign      bool
	RoleClaim string
	RoleMap   []Mapping
	Roles     []string
	JIT       bool
}

const (
	maxText        = 500
	maxMappings    = 100
	maxConnections = 10
	maxDomains     = 20
	maxEmergency   = 5
)

// staffRoles are what the marketplace's own connection can give.
var staffRoles = []string{caller.RoleOperator}

// apply checks what is said and whether whoever says it may give those roles, and puts it
// into the connection. What changes who is believed makes it a draft again.
func (c *Connection) apply(in Input, grantable []string, secure func(string) bool) error {
	in.Issuer, in.ClientID, in.RoleClaim = strings.TrimSpace(in.Issuer), strings.TrimSpace(in.ClientID), strings.TrimSpace(in.RoleClaim)
	in.Attrs = in.Attrs.trimmed()
	name := identity.Name(in.Name)
	var check fault.Check
	check.If(name == "", "name", "required", "")
	if c.Kind == OIDC {
		in.checkClient(&check, len(c.Sealed) > 0, secure)
	}
	in.Attrs.check(&check)
	check.If(len(in.RoleClaim) > 200, "role_claim", "too_long", "")
	check.If(len(in.RoleMap) > maxMappings, "role_map", "too_many", "")
	for _, m := range in.RoleMap {
		check.If(m.Value == "" || len(m.Value) > 300, "role_map", "malformed", "")
		check.If(!slices.Contains(grantable, m.Role), "role_map", "unknown", "")
	}
	for _, r := range in.Roles {
		check.If(!slices.Contains(grantable, r), "roles", "unknown", "")
	}
	if err := check.Or(ErrInvalid); err != nil {
		return err
	}
	switch {
	case c.Kind == SAML20:
		if a := c.SAML.Attrs; a.Subject != in.Attrs.Subject || a.Email != in.Attrs.Email {
			c.redraft()
		}
		c.SAML.Attrs, c.SAML.Sign = in.Attrs, in.Sign || c.SAML.WantsSigned
	case c.Issuer != in.Issuer || c.ClientID != in.ClientID || in.Secret != "":
		c.redraft()
		fallthrough
	default:
		c.Issuer, c.ClientID = in.Issuer, in.ClientID
	}
	c.Name, c.RoleClaim, c.RoleMap, c.Roles, c.JIT = name, in.RoleClaim, in.RoleMap, slices.Compact(slices.Sorted(slices.Values(in.Roles))), in.JIT
	return nil
}

// redraft is for what changes who is believed: it must be tested again.
func (c *Connection) redraft() { c.State, c.TestedAt, c.Seen = Draft, time.Time{}, nil }

// checkClient holds what a provider of OpenID Connect is asked with.
func (in Input) checkClient(check *fault.Check, kept bool, secure func(string) bool) {
	u, err := url.Parse(in.Issuer)
	check.If(err != nil || !secure(in.Issuer) || u.RawQuery != "" || u.Fragment != "" || len(in.Issuer) > maxText, "issuer", "malformed", "")
	check.If(in.ClientID == "" || len(in.ClientID) > maxText, "client_id", "required", "")
	check.If(in.Secret == "" && !kept, "secret", "required", "")
	check.If(len(in.Secret) > maxText, "secret", "too_long", "")
}

// Given are the roles that a provider's word gives; says is false where it is asked for none
// and a member keeps what he has.
func (c Connection) Given(k Claims) (roles []string, says bool) {
	if c.RoleClaim == "" {
		return c.Roles, false
	}
	for _, v := range k.Values[c.RoleClaim] {
		for _, m := range c.RoleMap {
			if m.Value == v {
				roles = append(roles, m.Role)
			}
		}
	}
	if len(roles) == 0 {
		roles = append(roles, c.Roles...)
	}
	slices.Sort(roles)
	return slices.Compact(roles), true
}

// proves reports whether an address lies in one of the connection's proved domains: a
// provider is believed about its own people, and about nobody else's.
func (c Connection) proves(email string) bool {
	d := domainOf(email)
	return d != "" && slices.ContainsFunc(c.Domains, func(x Domain) bool { return x.Domain == d && x.Proved() })
}

func domainOf(email string) string {
	_, d, ok := strings.Cut(identity.Email(email), "@")
	if !ok {
		return ""
	}
	return d
}

// Proofs is how many of its domains are proved.
func (c Connection) Proofs() (n int) {
	for _, d := range c.Domains {
		if d.Proved() {
			n++
		}
	}
	return n
}

// Domain is one that a connection says its people's addresses are in.
type Domain struct {
	ID         id.SSODomain
	Domain     string
	Token      string
	CreatedAt  time.Time
	CheckedAt  time.Time
	VerifiedAt time.Time
	Failures   int // days in a row without the proof
	Found      string
}

// Proved reports whether the domain is the connection's.
func (d Domain) Proved() bool { return !d.VerifiedAt.IsZero() }

// Record is the name and the text of the TXT record that proves the domain.
func (d Domain) Record() (name, text string) {
	return "_kontor-sso." + d.Domain, "kontor-sso=" + d.Token
}

func (d Domain) proven(txt []string) bool {
	_, want := d.Record()
	return slices.ContainsFunc(txt, func(s string) bool { return strings.TrimSpace(s) == want })
}

// Proves reports whether the connection's directory may speak for an address.
func (c Connection) Proves(email string) bool { return c.proves(email) }

// RolesOf are what a directory's groups give, by the same map as the claim's values, and the
// default ones besides.
func (c Connection) RolesOf(groups []string) []string {
	roles := slices.Clone(c.Roles)
	for _, g := range groups {
		for _, m := range c.RoleMap {
			if strings.EqualFold(m.Value, g) {
				roles = append(roles, m.Role)
			}
		}
	}
	slices.Sort(roles)
	return slices.Compact(roles)
}
