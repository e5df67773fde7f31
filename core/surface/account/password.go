package account

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Password is a page that asks for a password, or for where to send a letter about one.
type Password struct {
	frame.Frame
	Email string
	Token string
	Sent  bool
}

func passwordPage(title string) *Password {
	return &Password{Frame: frame.Frame{TitleKey: title, NoIndex: true}}
}

// twice looks at what only the form knows, and takes out what must not be shown again.
func twice(v *web.Visit) (password string, err error) {
	f := v.Form()
	password = f.Get("password")
	if password != f.Get("again") {
		err = identity.ErrInvalid.At(fault.Field{Path: "again", Reason: "mismatch"})
	}
	return password, err
}

// hush keeps passwords out of a form that is drawn again.
func hush(v *web.Visit) {
	for _, k := range []string{"old", "password", "again"} {
		v.Form().Del(k)
	}
}

func (s desk) password(context.Context, *web.Visit) (web.Answer, error) {
	m := passwordPage("account.password")
	m.Crumbs = []frame.Crumb{{Key: "account.title", URL: "/account"}}
	return web.Render("account/password", m), nil
}

func (s desk) changePassword(ctx context.Context, v *web.Visit) (web.Answer, error) {
	password, err := twice(v)
	if err == nil {
		err = s.Identity.ChangePassword(ctx, v.Form().Get("old"), password)
	}
	if err != nil {
		hush(v)
		m := passwordPage("account.password")
		m.Crumbs = []frame.Crumb{{Key: "account.title", URL: "/account"}}
		return web.Again("account/password", m, err)
	}
	return web.Redirect("/account/sessions").Flash("account.password_changed"), nil
}

func (s desk) forgot(_ context.Context, v *web.Visit) (web.Answer, error) {
	m := passwordPage("forgot.title")
	m.Sent = v.Query("sent") != ""
	return web.Render("account/forgot", m), nil
}

// ask answers the same whoever is asked for: whether there is an account is looked up
// later, by a task.
func (s desk) ask(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if err := s.Identity.AskReset(ctx, v.Form().Get("email")); err != nil {
		m := passwordPage("forgot.title")
		m.Email = v.Form().Get("email")
		return web.Again("account/forgot", m, err)
	}
	return web.Redirect("/forgot?sent=1"), nil
}

func (s desk) reset(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m := passwordPage("reset.title")
	m.Token = v.Query("token")
	if err := s.Identity.CheckReset(ctx, m.Token); err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/reset", m), nil
}

func (s desk) setPassword(ctx context.Context, v *web.Visit) (web.Answer, error) {
	password, err := twice(v)
	if err == nil {
		err = s.Identity.Reset(ctx, v.Form().Get("token"), password)
	}
	if err != nil {
		hush(v)
		m := passwordPage("reset.title")
		m.Token = v.Form().Get("token")
		return web.Again("account/reset", m, err)
	}
	return web.Redirect("/sign-in").Flash("reset.done"), nil
}
