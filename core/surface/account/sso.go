package account

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// CompanyDoor asks for an address, to find the provider that signs its people in.
type CompanyDoor struct {
	frame.Frame
	Next  string
	Email string
}

// Onward says where somebody is being sent, with a link for who stays here.
type Onward struct {
	frame.Frame
	Name, URL string
}

func companyDoor(next, email string) *CompanyDoor {
	return &CompanyDoor{Frame: frame.Frame{TitleKey: "sso.door", NoIndex: true}, Next: web.Local(next, ""), Email: email}
}

func (s desk) companyDoor(_ context.Context, v *web.Visit) (web.Answer, error) {
	if v.Caller().SignedIn() {
		return web.Redirect(web.Local(v.Query("next"), "/")), nil
	}
	return web.Render("account/sso-door", companyDoor(v.Query("next"), "")), nil
}

func (s desk) beginSSO(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	b, err := s.SSO.Begin(ctx, f.Get("email"), v.Absolute(""), web.Local(f.Get("next"), ""))
	if err != nil {
		return web.Again("account/sso-door", companyDoor(f.Get("next"), f.Get("email")), notThere(err))
	}
	return onward(ctx, b), nil
}

// onward sends a browser to a provider. A form's answer may not redirect there, for the
// page's own policy keeps forms on this site; it shows the way instead.
func onward(ctx context.Context, b sso.Begun) web.Answer {
	web.SetHandshake(ctx, b.Browser, sso.AttemptLives)
	return web.Onward(b.URL, "account/sso-onward", &Onward{Frame: frame.Frame{TitleKey: "sso.onward", NoIndex: true}, Name: b.Name, URL: b.URL})
}

func (s desk) proveSSO(ctx context.Context, v *web.Visit) (web.Answer, error) {
	b, err := s.SSO.BeginProof(ctx, v.Absolute(""), web.Local(v.Form().Get("next"), "/account"))
	if err != nil {
		return web.Answer{}, err
	}
	return onward(ctx, b), nil
}

func (s desk) testSSO(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := connectionID(v)
	if err != nil {
		return web.Answer{}, err
	}
	b, err := s.SSO.BeginTest(ctx, which, v.Absolute(""))
	if err != nil {
		return s.connectionAgain(ctx, v, err)
	}
	return onward(ctx, b), nil
}

// returned is where providers send people back to.
func (s desk) returned(ctx context.Context, v *web.Visit) (web.Answer, error) {
	q := v.Queries()
	out, err := s.SSO.Finish(ctx, sso.Returned{
		State: q.Get("state"), Code: q.Get("code"), Issuer: q.Get("iss"), Error: q.Get("error"),
		Browser: v.Handshake(), Base: v.Absolute(""), UserAgent: v.Header("User-Agent"),
	})
	web.SetHandshake(ctx, "", 0)
	if err != nil {
		return web.Answer{}, err
	}
	if out.Purpose == sso.Test {
		return web.Redirect(ssoPath + "/" + out.Connection.String()).Flash("sso.tested_well"), nil
	}
	return comesIn(ctx, out.In, out.Next), nil
}

func connectionID(v *web.Visit) (out id.SSOConnection, err error) {
	if out.UnmarshalText([]byte(v.Path("id"))) != nil || out.IsZero() {
		return out, sso.ErrNotFound
	}
	return out, nil
}
