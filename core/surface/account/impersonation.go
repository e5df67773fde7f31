package account

import (
	"context"

	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Impersonation asks whoever comes from the platform's console whether to begin.
type Impersonation struct {
	frame.Frame
	identity.Impersonation
	Ticket string
}

func (s desk) impersonation(ctx context.Context, v *web.Visit) (web.Answer, error) {
	ticket := v.Query("ticket")
	i, err := s.Identity.CheckImpersonation(ctx, ticket)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/impersonation", &Impersonation{frame.Frame{TitleKey: "guise.title", NoIndex: true}, i, ticket}), nil
}

func (s desk) enterAs(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in, err := s.Identity.EnterAs(ctx, v.Form().Get("ticket"), v.Header("User-Agent"))
	if err != nil {
		return web.Answer{}, err
	}
	web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
	return web.Redirect("/"), nil
}
