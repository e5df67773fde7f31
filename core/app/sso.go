package app

import (
	"context"

	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/oidc"
	"github.com/kontorhq/kontor/core/platform/saml"
	"github.com/kontorhq/kontor/core/scim"
	"github.com/kontorhq/kontor/core/scim/scimdb"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/sso/ssodb"
)

// makeSSO comes after those whom it asks.
func (h *House) makeSSO(o Options) {
	h.SSO = sso.New(sso.Deps{
		Store: ssodb.New(h.DB), Unit: h.DB, Gate: h.Gate, Roles: h.Gate, Events: h.Queue, Audit: h.Queue, People: h.Identity, Members: h.Parties,
		Vault: h.Vault, Providers: map[sso.Kind]sso.Provider{sso.OIDC: oidc.New(o.LoopbackProviders, h.Now)}, SAML: saml.New(o.LoopbackProviders, h.Now), DNS: o.DNS, Now: h.Now,
	})
	store, users := ssodb.New(h.DB), scimdb.New(h.DB, h.Phones)
	h.movers = append(h.movers, users.KeepPhones)
	h.SCIM = scim.New(scim.Deps{
		Store: users, Unit: h.DB, Gate: h.Gate, Events: h.Queue, Audit: h.Queue, Connections: store, Own: h.SSO, People: h.Identity, Members: h.Parties, Keys: h.Access, Now: h.Now,
	})
}

// federationFor asks single sign-on, which is made after identity.
type federationFor struct{ *House }

// Required implements identity.Federation.
func (h federationFor) Required(ctx context.Context, p identity.Person) (required, emergency bool, err error) {
	return sso.Federation{Service: h.SSO}.Required(ctx, p)
}

// Emergency implements identity.Federation.
func (h federationFor) Emergency(ctx context.Context, p identity.Person) error {
	return sso.Federation{Service: h.SSO}.Emergency(ctx, p)
}
