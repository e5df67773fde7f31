package account

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
)

// passkeyScripts speak with the browser's devices.
var passkeyScripts = []string{"js/passkey.js"}

// PasskeyRow is one of a person's passkeys.
type PasskeyRow struct {
	ID, Name, Host string
	BackedUp       bool
	Elsewhere      bool // it works at another address of the marketplace alone
	Made, Used     time.Time
}

func (s desk) passkeyRows(ctx context.Context) ([]PasskeyRow, error) {
	ks, err := s.Identity.Passkeys(ctx)
	if err != nil {
		return nil, err
	}
	host, _ := web.Standing(ctx)
	var out []PasskeyRow
	for _, k := range ks {
		out = append(out, PasskeyRow{ID: k.ID.String(), Name: k.Name, Host: k.Host, BackedUp: k.BackedUp, Elsewhere: k.Host != host, Made: k.CreatedAt, Used: k.UsedAt})
	}
	return out, nil
}

// offerPasskey puts the button for a passkey on a page that asks for a proof.
func (s desk) offerPasskey(ctx context.Context, m *Code, ticket string, what identity.CeremonyFor) error {
	host, _ := web.Standing(ctx)
	o, err := s.Identity.Offers(ctx, host, ticket)
	if err != nil {
		return err
	}
	if o.Passkey {
		m.Passkey = string(what)
	}
	m.CodesAlone = !o.App
	return nil
}

func passkeyID(v *web.Visit) (out id.Passkey, err error) {
	if out.UnmarshalText([]byte(v.Path("id"))) != nil || out.IsZero() {
		return out, identity.ErrNoPasskey
	}
	return out, nil
}

func (s desk) renamePasskey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := passkeyID(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := s.Identity.RenamePasskey(ctx, which, v.Form().Get("name")); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/account/security").Flash("passkey.now_renamed"), nil
}

func (s desk) removePasskey(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := passkeyID(v)
	if err != nil {
		return web.Answer{}, err
	}
	if err := s.Identity.RemovePasskey(ctx, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/account/security").Flash("passkey.now_removed"), nil
}
