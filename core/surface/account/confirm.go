package account

import (
	"context"
	"errors"

	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Code asks for a proof: the second step of signing in, or once more before something
// sensitive.
type Code struct {
	frame.Frame
	Next     string
	Action   string
	Password bool   // asked for instead of a code
	Provider bool   // may be asked instead of either
	Passkey  string // what for one may be shown instead, "" where he has none here
	// CodesAlone: there is no app to make codes, only what was printed.
	CodesAlone bool
}

func (s desk) codeView(ctx context.Context, v *web.Visit, next string) (*Code, error) {
	m := &Code{Frame: frame.Frame{TitleKey: "security.code_title", NoIndex: true, Scripts: passkeyScripts}, Next: web.Local(next, ""), Action: "/sign-in/code"}
	return m, s.offerPasskey(ctx, m, v.Ticket(), identity.ForCode)
}

func (s desk) codePage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if v.Caller().SignedIn() || v.Ticket() == "" {
		return web.Redirect(address("/sign-in", "next", web.Local(v.Query("next"), ""))), nil
	}
	m, err := s.codeView(ctx, v, v.Query("next"))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/code", m), nil
}

func (s desk) code(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in, err := s.Identity.SignInCode(ctx, identity.CodeInput{Ticket: v.Ticket(), Code: f.Get("code"), UserAgent: v.Header("User-Agent")})
	if errors.Is(err, identity.ErrTicket) {
		web.SetTicket(ctx, "", 0)
		return web.Redirect(address("/sign-in", "next", web.Local(f.Get("next"), ""))).Flash("security.ticket_ended"), nil
	}
	if err != nil {
		f.Del("code")
		m, merr := s.codeView(ctx, v, f.Get("next"))
		if merr != nil {
			return web.Answer{}, merr
		}
		return web.Again("account/code", m, mend(err))
	}
	web.SetTicket(ctx, "", 0)
	return comesIn(ctx, in, f.Get("next")), nil
}

func (s desk) confirmView(ctx context.Context, next string) (*Code, error) {
	f, err := s.Identity.SecondFactor(ctx)
	if err != nil {
		return nil, err
	}
	via, err := s.Identity.Via(ctx)
	if err != nil {
		return nil, err
	}
	m := &Code{
		Frame: frame.Frame{TitleKey: "security.confirm_title", NoIndex: true, Scripts: passkeyScripts}, Next: web.Local(next, "/account"),
		Action: web.Confirm, Password: !f.Any(), Provider: !f.Any() && !via.IsZero(),
	}
	return m, s.offerPasskey(ctx, m, "", identity.ForProof)
}

func (s desk) confirmPage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.confirmView(ctx, v.Query("next"))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/code", m), nil
}

func (s desk) confirm(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in, err := s.Identity.Prove(ctx, identity.ProofInput{Password: f.Get("password"), Code: f.Get("code")})
	if err != nil {
		m, merr := s.confirmView(ctx, f.Get("next"))
		if merr != nil {
			return web.Answer{}, merr
		}
		f.Del("password")
		f.Del("code")
		return web.Again("account/code", m, mend(err))
	}
	web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
	return web.Redirect(web.Local(f.Get("next"), "/account")).Flash("security.confirmed"), nil
}
