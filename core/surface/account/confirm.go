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
	Password bool // asked for instead of a code
	Provider bool // may be asked instead of either
}

func codeView(next string) *Code {
	return &Code{Frame: frame.Frame{TitleKey: "security.code_title", NoIndex: true}, Next: web.Local(next, ""), Action: "/sign-in/code"}
}

func (s desk) codePage(_ context.Context, v *web.Visit) (web.Answer, error) {
	if v.Caller().SignedIn() || v.Ticket() == "" {
		return web.Redirect(address("/sign-in", "next", web.Local(v.Query("next"), ""))), nil
	}
	return web.Render("account/code", codeView(v.Query("next"))), nil
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
		return web.Again("account/code", codeView(f.Get("next")), mend(err))
	}
	web.SetTicket(ctx, "", 0)
	web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
	return web.Redirect(web.Local(f.Get("next"), home(in.Person))), nil
}

func (s desk) confirmView(ctx context.Context, next string) (*Code, error) {
	f, err := s.Identity.SecondFactor(ctx)
	if err != nil {
		return nil, err
	}
	via, err := s.Identity.Via(ctx)
	return &Code{
		Frame: frame.Frame{TitleKey: "security.confirm_title", NoIndex: true}, Next: web.Local(next, "/account"),
		Action: web.Confirm, Password: !f.On(), Provider: !f.On() && !via.IsZero(),
	}, err
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
