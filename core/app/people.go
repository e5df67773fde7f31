package app

import (
	"context"
	"strconv"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/access/accessdb"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/identity/identitydb"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/parties/partiesdb"
	"github.com/kontorhq/kontor/core/plans"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/tenancy/tenancydb"
	"github.com/kontorhq/kontor/tenants"
)

func (h *House) makePeople(o Options) error {
	presets, err := tenants.LoadPresets()
	if err != nil {
		return err
	}
	m := models{h, presets, o.Base}
	h.Tenancy = tenancy.New(tenancy.Deps{
		Store: tenancydb.New(h.DB), Unit: h.DB, Gate: h.Gate, Events: h.Queue, Audit: h.Queue, Now: h.Now, Verticals: h.Gate.Verticals(), BaseDomain: o.Base, DNS: o.DNS, Tasks: tasksFor{h}, Models: m, Log: h.Log, Looks: looks{h.Theme}, Pictures: brandPictures{h}, Lease: o.Lease,
		Can: h.Gate, Tables: roleTables{h.Gate}, Holders: roleHolders{consoles.New(h.DB, h.Now)},
	})
	h.Tenancy.OnChange(h.Gate.Invalidate)
	h.makePlans()
	h.Tenancy.Gate = h.Plans.Gated(h.Gate)
	h.Blobs.Limit(growing{h, plans.Storage})
	h.Identity = identity.New(identity.Deps{Store: identitydb.New(h.DB), Unit: h.DB, Gate: h.Gate, Events: h.Queue, Audit: h.Queue, Tenants: h.Tenancy, Letters: lettersFor{h}, Tasks: tasksFor{h}, Room: growing{h, plans.Users}, Vault: h.Vault, Federation: federationFor{h}, Now: h.Now})
	h.Access = access.New(access.Deps{Store: accessdb.New(h.DB), Unit: h.DB, Gate: h.Gate, Roles: h.Gate, Actions: h.Gate, Events: h.Queue, Audit: h.Queue, Now: h.Now})
	companies := partiesdb.New(h.DB, h.Phones)
	h.movers = append(h.movers, companies.KeepPhones)
	h.Parties = parties.New(parties.Deps{Store: companies, Unit: h.DB, Gate: h.Gate, Roles: h.Gate, Events: h.Queue, People: h.Identity, Tenants: h.Tenancy, Files: papersFor{h}, Letters: lettersFor{h}, Vault: h.Vault, Now: h.Now})
	h.Tenancy.Stages(tenancy.Provision, h.provisioning(m)...)
	h.Tenancy.Stages(tenancy.Export, h.exporting()...)
	h.Tenancy.Stages(tenancy.Rotate, h.rotating()...)
	h.Tenancy.Stages(tenancy.Delete, h.deleting()...)
	return nil
}

// lettersFor writes letters whose link is a secret, and says where they cannot carry it.
type lettersFor struct{ *House }

// Write implements identity.Letters.
func (h lettersFor) Write(ctx context.Context, l identity.Letter) (identity.Written, error) {
	n, err := h.Notify.Write(ctx, notify.Note{To: l.To, Name: l.Name, Locale: l.Locale, Kind: l.Kind, Params: l.Params, Path: l.Path, Token: l.Token})
	out := identity.Written{URL: n.URL}
	switch {
	case h.Demo.On:
		out.Show = identity.ShowDemo
	case !n.Posted:
		out.Show = identity.ShowNoMail
	}
	return out, err
}

// org is one company, for neighbours that print or pay it.
func (h *House) org(ctx context.Context, org id.Org) (parties.Org, error) {
	all, err := h.Parties.Companies(ctx, []id.Org{org})
	if err != nil {
		return parties.Org{}, err
	}
	o, ok := all[org]
	if !ok {
		return parties.Org{}, parties.ErrNotFound
	}
	return o, nil
}

type buyersFor struct{ *House }

// Member implements ordering.Parties.
func (h buyersFor) Member(ctx context.Context, org id.Org, person id.Person) (ordering.Member, error) {
	m, err := h.Parties.Member(ctx, org, person)
	return ordering.Member{LimitMinor: m.LimitMinor, Currency: m.Currency}, err
}

// ApproverFor implements ordering.Parties.
func (h buyersFor) ApproverFor(ctx context.Context, org id.Org, person id.Person, amount money.Money) (bool, error) {
	return h.Parties.ApproverFor(ctx, org, person, amount)
}

// Dealing implements ordering.Parties.
func (h buyersFor) Dealing(ctx context.Context, orgs []id.Org, buyer id.Org, person id.Person) (ordering.Dealing, error) {
	d, err := h.Parties.Dealing(ctx, orgs, buyer, person)
	if err != nil {
		return ordering.Dealing{}, err
	}
	out := ordering.Dealing{Companies: make(map[id.Org]ordering.Company, len(d.Companies)), Member: ordering.Member{LimitMinor: d.Member.LimitMinor, Currency: d.Member.Currency}}
	for o, c := range d.Companies {
		company := ordering.Company{ID: c.ID, Name: c.Name, State: c.State, Licences: make([]ordering.Licence, len(c.Licences))}
		for i, l := range c.Licences {
			company.Licences[i] = ordering.Licence(l)
		}
		out.Companies[o] = company
	}
	return out, nil
}

// CostCentre implements ordering.Parties.
func (h buyersFor) CostCentre(ctx context.Context, org id.Org, cc id.CostCentre) (ordering.Budget, error) {
	c, err := h.Parties.CostCentre(ctx, org, cc)
	return ordering.Budget{Code: c.Code, Name: c.Name, Amount: c.Budget}, err
}

// sites implements web.Sites.
type sites struct{ *House }

func site(t tenancy.Tenant) web.Site {
	s := t.Settings
	return web.Site{
		Tenant: t.ID, Slug: t.Slug, Host: t.CanonicalHost(), Kind: string(t.Kind), Name: t.Name, Locales: s.Locales, DefaultLocale: s.DefaultLocale,
		Currency: string(s.Currency), TimeZone: s.TimeZone, Theme: s.Theme, Revision: t.BlueprintHash + t.UpdatedAt.Format("150405") + "b" + strconv.FormatInt(t.BrandEdition, 10), LoginRequired: s.LoginRequired, FactorRoles: s.FactorRoles(), State: string(t.State),
		Settings: map[string]any{"taglines": s.Taglines, "notices": s.Notices, "board": s.Board, "featured": s.Featured, "searches": s.Searches, "verticals": s.Verticals, "support_mail": s.SupportMail, "brand": edited{t.Brand, t.BrandEdition}, "tax_rate_micro": s.TaxRateMicro},
	}
}

// sessions implements web.Sessions.
type sessions struct{ *House }

// Resolve turns a token, of a session or a key, into a caller of this site.
func (h sessions) Resolve(ctx context.Context, s web.Site, token string) (caller.Caller, error) {
	resolve := h.Identity.Resolve
	if access.Is(token) {
		resolve = func(ctx context.Context, t id.Tenant, token string) (caller.Caller, error) {
			return h.Access.Resolve(ctx, t, token, web.Address(ctx))
		}
	}
	c, err := resolve(ctx, s.Tenant, token)
	if err == nil {
		c.Roles = h.Gate.Expand(ctx, s.Tenant, c.Roles)
	}
	return c, err
}
