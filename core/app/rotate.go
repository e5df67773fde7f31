package app

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Sealed is everything that lies sealed under a tenant's key.
var Sealed = []vault.Column{
	{Table: contact.Table, Column: contact.Sealed, Row: "id"},
	{Table: "identity_factors", Column: "sealed", Row: "person_id"},
	{Table: "notify_mails", Column: "token_sealed", Row: "id"},
	{Table: "parties_orgs", Column: "iban_sealed", Row: "id"},
	{Table: "payments_payouts", Column: "account_sealed", Row: "id"},
	{Table: "plugins_secrets", Column: "sealed", Row: "id"},
	{Table: "sso_connections", Column: "secret", Row: "id"},
}

// resealAtOnce is how many values one unit seals anew.
const resealAtOnce = 200

// rotating is how a market gets a new key while it works on: first the key before the last
// is forgotten, under which nothing lies any more; then the new one is made; then what the
// last one sealed is sealed anew. The last one stays until the next time, for whoever was
// sealing with it in that moment.
func (h *House) rotating() []tenancy.Stage {
	in := func(ctx context.Context, r tenancy.Run) context.Context {
		return caller.AsSystem(ctx, r.About, "rotation")
	}
	return []tenancy.Stage{
		{Name: "key", Do: func(ctx context.Context, r tenancy.Run, _ *tenancy.Step, _ func(int64, int64)) (bool, error) {
			ctx = in(ctx, r)
			return false, h.DB.Do(ctx, func(ctx context.Context) error {
				left, err := h.unsealed(ctx)
				if err == nil && left == 0 {
					err = h.Vault.Retire(ctx)
				}
				if err != nil {
					return err
				}
				return h.Vault.Rotate(ctx)
			})
		}},
		{Name: "reseal", Do: func(ctx context.Context, r tenancy.Run, _ *tenancy.Step, progress func(int64, int64)) (bool, error) {
			ctx = in(ctx, r)
			left, err := h.unsealed(ctx)
			if err != nil {
				return false, err
			}
			done := int64(0)
			for _, c := range Sealed {
				for n := resealAtOnce; n == resealAtOnce; {
					if err := h.DB.Do(ctx, func(ctx context.Context) (err error) { n, err = h.Vault.Reseal(ctx, c, resealAtOnce); return err }); err != nil {
						return false, err
					}
					done += int64(n)
					progress(done, int64(left))
				}
			}
			if left, err = h.unsealed(ctx); err == nil && left > 0 {
				err = fmt.Errorf("%d values were being changed and are sealed anew the next time", left)
			}
			return false, err
		}},
	}
}

func (h *House) unsealed(ctx context.Context) (n int, err error) {
	for _, c := range Sealed {
		of, err := h.Vault.Unsealed(ctx, c)
		if n += of; err != nil {
			return n, err
		}
	}
	return n, nil
}

// RotateNow gives a market a new key and waits for it: the operator's tool.
func (h *House) RotateNow(ctx context.Context, slug string, progress func(string)) (tenancy.Run, error) {
	platform, err := h.Tenancy.Store.BySlug(ctx, "platform")
	if err != nil {
		return tenancy.Run{}, err
	}
	ctx = caller.AsSystem(ctx, platform.ID, "tool")
	r, err := h.Tenancy.RotateKey(ctx, slug, "kontor tenant rotate-key")
	if err != nil {
		return r, err
	}
	return h.finish(ctx, r, progress)
}
