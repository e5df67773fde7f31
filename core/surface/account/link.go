package account

import (
	"context"

	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Link shows whom a letter's link would sign in, before it does: a program that looks
// through mail follows links, and presses no button.
type Link struct {
	frame.Frame
	Name, Email, Token string
}

func (s desk) letterPage(_ context.Context, v *web.Visit) (web.Answer, error) {
	if v.Caller().SignedIn() {
		return web.Redirect("/"), nil
	}
	m := passwordPage("letter.title")
	m.Sent = v.Query("sent") != ""
	return web.Render("account/letter", m), nil
}

// askLetter answers the same whoever is asked for, as ask does.
func (s desk) askLetter(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if err := s.Identity.AskLink(ctx, v.Form().Get("email")); err != nil {
		m := passwordPage("letter.title")
		m.Email = v.Form().Get("email")
		return web.Again("account/letter", m, err)
	}
	return web.Redirect("/sign-in/letter?sent=1"), nil
}

func (s desk) linkPage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	p, err := s.Identity.LinkOwner(ctx, v.Query("token"))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/link", &Link{frame.Frame{TitleKey: "letter.in", NoIndex: true}, p.Name, p.Email, v.Query("token")}), nil
}

func (s desk) signInLink(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in, err := s.Identity.SignInLink(ctx, v.Form().Get("token"), v.Header("User-Agent"))
	if err != nil {
		return web.Answer{}, err
	}
	return comesIn(ctx, in, ""), nil
}
