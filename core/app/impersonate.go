package app

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/tenancy"
)

// guisesFor implements identity.Guises. The platform's own tenant is asked and notes it
// first; then the market does.
type guisesFor struct{ *House }

var _ identity.Guises = guisesFor{}

// Impersonate implements identity.Guises.
func (h guisesFor) Impersonate(ctx context.Context, t tenancy.Tenant, in identity.ImpersonateInput) (identity.Impersonation, string, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return identity.Impersonation{}, "", err
	}
	if t.ID == c.Tenant {
		return identity.Impersonation{}, "", identity.ErrImpersonation // whoever runs the platform acts for himself there
	}
	if err := h.Identity.Impersonating(ctx, t.Slug, in); err != nil {
		return identity.Impersonation{}, "", err
	}
	i, ticket, err := h.Identity.Impersonate(asPlatform(ctx, t), c.Name, in)
	if err != nil {
		return identity.Impersonation{}, "", err
	}
	return i, h.BaseURL(t.CanonicalHost()) + "/impersonation?ticket=" + ticket, nil
}

// Impersonations implements identity.Guises.
func (h guisesFor) Impersonations(ctx context.Context, t tenancy.Tenant) ([]identity.Impersonation, error) {
	l, err := h.Identity.Impersonations(asPlatform(ctx, t), page.Request{Limit: 10})
	return l.Items, err
}

// EndImpersonation implements identity.Guises.
func (h guisesFor) EndImpersonation(ctx context.Context, t tenancy.Tenant, which id.Impersonation) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	return h.Identity.EndImpersonation(asPlatform(ctx, t), which, c.Name)
}

func asPlatform(ctx context.Context, t tenancy.Tenant) context.Context {
	return caller.AsSystem(ctx, t.ID, "impersonation")
}
