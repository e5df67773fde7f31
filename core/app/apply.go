package app

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/tenants"
)

// Apply makes a tenant what its blueprint says: the tenant itself, its plugins, and its
// seed, through the same services as people use. It can be run again, also after it was
// killed halfway: what is there is left alone. The blueprint's hash is written last, so
// that an unfinished seed is finished the next time.
func (h *House) Apply(ctx context.Context, b tenants.Blueprint, progress func(string)) (tenancy.Diff, error) {
	plan := h.blueprint(b)
	was, err := h.tenantBySlug(ctx, b.Tenant.Slug)
	if err != nil {
		return tenancy.Diff{}, err
	}
	if was.BlueprintHash == b.Hash() {
		return tenancy.Diff{Slug: b.Tenant.Slug}, nil
	}
	plan.Hash = ""
	t, diff, err := h.Tenancy.Apply(ctx, plan)
	if err != nil {
		return diff, fmt.Errorf("apply %s: %w", b.Tenant.Slug, err)
	}
	s := seeder{
		House: h, b: b, tenant: t, progress: progress, orgs: map[string]id.Org{}, people: map[string]id.Person{}, units: map[string]id.Unit{},
		keys: map[id.Org]string{}, offers: map[tenants.OfferKey]catalog.Offer{}, items: map[string]soldItem{},
	}
	if err := s.run(caller.AsSystem(ctx, t.ID, "blueprint")); err != nil {
		return diff, fmt.Errorf("seed %s: %w", b.Tenant.Slug, err)
	}
	plan.Hash = b.Hash()
	_, _, err = h.Tenancy.Apply(ctx, plan)
	return diff, err
}

// Plan says what Apply would change.
func (h *House) Plan(ctx context.Context, b tenants.Blueprint) (tenancy.Diff, error) {
	return h.Tenancy.Plan(ctx, h.blueprint(b))
}

func (h *House) tenantBySlug(ctx context.Context, slug string) (tenancy.Tenant, error) {
	all, err := h.Tenancy.All(ctx)
	if err != nil {
		return tenancy.Tenant{}, err
	}
	for _, t := range all {
		if t.Slug == slug {
			return t, nil
		}
	}
	return tenancy.Tenant{}, nil
}

func (h *House) blueprint(b tenants.Blueprint) tenancy.Blueprint {
	t := b.Tenant
	out := tenancy.Blueprint{
		Slug: t.Slug, Kind: tenancy.Kind(t.Kind), Name: t.Names, Ref: "tenants/" + t.Slug, Hash: b.Hash(),
		Settings: tenancy.Settings{
			Locales: t.Locales, DefaultLocale: t.Locale, Currency: money.Currency(t.Currency), Country: t.Country, TimeZone: t.TimeZone, Theme: t.Theme,
			LoginRequired: t.LoginRequired, SignUp: t.SignUp, SecondFactor: t.SecondFactor, Verticals: t.Verticals, CommissionRateMicro: int64(t.Commission), TaxRateMicro: int64(t.Tax),
			ReleaseLimitMinor: int64(t.ReleaseLimit), Operator: t.Operator, Taglines: t.Taglines, Board: t.Board, Featured: t.Featured, Searches: t.Searches, Texts: b.Texts,
		},
	}
	for _, c := range t.Supports {
		switch c.Kind {
		case "email":
			out.Settings.SupportMail = c.Value
		case "phone":
			out.Settings.SupportPhone = c.Value
		}
	}
	for _, n := range t.Notices {
		out.Settings.Notices = append(out.Settings.Notices, tenancy.Notice{Key: n.Key, Level: n.Level, Texts: n.Texts})
	}
	for _, x := range t.Hosts {
		out.Hosts = append(out.Hosts, tenancy.Host{Name: x.Name, Canonical: x.Canonical})
	}
	for _, r := range b.Roles {
		out.Roles = append(out.Roles, tenancy.RoleLine{Type: r.Kind, Role: r.Role, Grants: r.Value})
	}
	return out
}

// seeder carries what one blueprint's seed has found or made so far.
type seeder struct {
	*House
	b        tenants.Blueprint
	tenant   tenancy.Tenant
	progress func(string)
	orgs     map[string]id.Org // by the blueprint's key
	people   map[string]id.Person
	units    map[string]id.Unit // "org/code"
	keys     map[id.Org]string
	offers   map[tenants.OfferKey]catalog.Offer
	items    map[string]soldItem // by SKU
}

func (s *seeder) run(ctx context.Context) error {
	for _, step := range []struct {
		what string
		do   func(context.Context) error
	}{
		{"plans", s.plan},
		{"plugins", s.plugins},
		{"companies", s.companies},
		{"people", s.persons},
		{"licences", s.licences},
		{"catalogue", s.shelf},
		{"items and offers", s.goods},
		{"prices", s.contracts},
		{"stock", s.stock},
		{"certificates", s.documents},
		{"price board", s.indices},
		{"past orders", s.history},
	} {
		s.progress(s.b.Tenant.Slug + ": " + step.what)
		if err := step.do(ctx); err != nil {
			return fmt.Errorf("%s: %w", step.what, err)
		}
	}
	return nil
}

func (s *seeder) org(key string) (id.Org, error) {
	o, ok := s.orgs[key]
	if !ok {
		return o, fmt.Errorf("no company %q in the seed", key)
	}
	return o, nil
}

func joined(parts ...string) string {
	var some []string
	for _, p := range parts {
		if p = strings.TrimSpace(p); p != "" {
			some = append(some, p)
		}
	}
	return strings.Join(some, ", ")
}

// Applied reports whether a blueprint that is built in was applied as it is.
func (h *House) Applied(ctx context.Context, slug string) (bool, error) {
	hash, err := tenants.Hash(tenants.FS, slug)
	if err != nil {
		return false, err
	}
	t, err := h.tenantBySlug(ctx, slug)
	return t.BlueprintHash == hash, err
}
