package app

import (
	"cmp"
	"context"
	"encoding/json"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/tenants"
)

// models implements tenancy.Models with the presets that are built in.
type models struct {
	*House
	all  tenants.Presets
	base string // the platform's own domain
}

func (m models) Packs() []tenancy.Pack {
	out := make([]tenancy.Pack, len(m.all.Packs))
	for i, p := range m.all.Packs {
		out[i] = tenancy.Pack{Key: p.Key, Names: p.Names}
		for _, k := range p.Kinds {
			out[i].Kinds = append(out[i].Kinds, tenancy.Kind(k))
		}
	}
	return out
}

func (m models) Regions() []tenancy.Region {
	out := make([]tenancy.Region, len(m.all.Regions))
	for i, r := range m.all.Regions {
		out[i] = tenancy.Region{Key: r.Key, Names: r.Names}
	}
	return out
}

func (m models) make(in tenancy.NewMarket) (tenants.Blueprint, error) {
	b, err := m.all.Make(tenants.Order{
		Slug: in.Slug, Kind: string(in.Kind), Pack: in.Pack, Region: in.Region, Names: in.Name, Host: in.Slug + "." + cmp.Or(m.base, "localhost"), Contact: in.Email,
	})
	return b, err
}

// Blueprint implements tenancy.Models.
func (m models) Blueprint(in tenancy.NewMarket) (tenancy.Blueprint, error) {
	b, err := m.make(in)
	out := m.blueprint(b)
	out.Ref = b.Hash()
	return out, err
}

// provisioning is how a market is made. Each step finds what it made before it was cut off.
func (h *House) provisioning(m models) []tenancy.Stage {
	step := func(name string, do func(ctx context.Context, s seeder, in tenancy.NewMarket) error) tenancy.Stage {
		return tenancy.Stage{Name: name, Do: func(ctx context.Context, r tenancy.Run, _ *tenancy.Step, _ func(int64, int64)) (bool, error) {
			var in tenancy.NewMarket
			if err := json.Unmarshal(r.Input, &in); err != nil {
				return false, err
			}
			b, err := m.make(in)
			if err != nil {
				return false, err
			}
			s := seeder{House: h, b: b, tenant: tenancy.Tenant{ID: r.About, Slug: in.Slug, Settings: h.blueprint(b).Settings}, progress: func(string) {}}
			return false, do(caller.AsSystem(ctx, r.About, "provisioning"), s, in)
		}}
	}
	// found brings the tenant to its blueprint, with or without its roles.
	found := func(roles bool) func(context.Context, seeder, tenancy.NewMarket) error {
		return func(ctx context.Context, _ seeder, in tenancy.NewMarket) error {
			b, err := m.Blueprint(in)
			if err != nil {
				return err
			}
			if !roles {
				b.Roles, b.Hash = nil, ""
			}
			_, err = h.Tenancy.Found(ctx, b)
			return err
		}
	}
	return []tenancy.Stage{
		step("tenant", found(false)),
		step("roles", found(true)),
		step("keys", func(ctx context.Context, _ seeder, _ tenancy.NewMarket) error { return h.DB.Do(ctx, h.Vault.Ensure) }),
		step("features", func(ctx context.Context, s seeder, _ tenancy.NewMarket) error { return s.plugins(ctx) }),
		step("catalogue", func(ctx context.Context, s seeder, _ tenancy.NewMarket) error { return s.shelf(ctx) }),
		step("operator", func(ctx context.Context, _ seeder, in tenancy.NewMarket) error {
			_, err := h.Identity.Welcome(ctx, identity.WelcomeInput{Email: in.Email, Name: operatorsName(in), Locale: in.Locale})
			return err
		}),
		{Name: "open", Do: func(ctx context.Context, r tenancy.Run, _ *tenancy.Step, _ func(int64, int64)) (bool, error) {
			return false, h.Tenancy.Opened(ctx, r.About)
		}},
	}
}

// operatorsName is what the first operator is called until he says otherwise.
func operatorsName(in tenancy.NewMarket) string {
	if in.Locale == "zh-CN" {
		return in.Name["zh-CN"] + " 运营"
	}
	return in.Name["en"] + " operator"
}

// WelcomeOperator writes to a market's operator once more, for the letter that never came,
// or makes another one. Whoever asks has been allowed to by the platform's page.
func (h *House) WelcomeOperator(ctx context.Context, t tenancy.Tenant, email, locale string) (identity.Written, error) {
	in := tenancy.NewMarket{Name: t.Name, Locale: locale}
	return h.Identity.Welcome(caller.AsSystem(ctx, t.ID, "provisioning"), identity.WelcomeInput{Email: email, Name: operatorsName(in), Locale: locale, Again: true})
}
