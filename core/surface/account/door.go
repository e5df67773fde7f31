package account

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Door is the sign-in page.
type Door struct {
	frame.Frame
	Next     string
	Email    string
	Open     bool // companies may register
	Password string
	People   []DoorPerson
}

// DoorPerson is somebody whom a demonstration lets one be.
type DoorPerson struct{ Email, Name, Note string }

func (s desk) doorView(ctx context.Context, v *web.Visit, next string) (*Door, error) {
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return nil, err
	}
	m := &Door{Frame: frame.Frame{TitleKey: "door.title", NoIndex: true, Scripts: passkeyScripts}, Next: web.Local(next, ""), Open: t.Settings.SignUp != "invited"}
	if s.Demo.On && s.Demo.People != nil {
		m.Password = s.Demo.Password
		p := s.printer(v)
		for _, x := range s.Demo.People(v.Site().Slug) {
			m.People = append(m.People, DoorPerson{x.Email, x.Name, p.Name(x.Note)})
		}
	}
	return m, nil
}

func (s desk) door(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if v.Caller().SignedIn() {
		return web.Redirect(web.Local(v.Query("next"), "/")), nil
	}
	m, err := s.doorView(ctx, v, v.Query("next"))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/sign-in", m), nil
}

func (s desk) signIn(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in, err := s.Identity.SignIn(ctx, identity.SignInInput{Email: f.Get("email"), Password: f.Get("password"), UserAgent: v.Header("User-Agent")})
	if err != nil {
		m, merr := s.doorView(ctx, v, f.Get("next"))
		if merr != nil {
			return web.Answer{}, merr
		}
		m.Email = f.Get("email")
		v.Form().Del("password") // what was typed is shown again; this is not
		return web.Again("account/sign-in", m, mend(err))
	}
	return comesIn(ctx, in, f.Get("next")), nil
}

// comesIn leads somebody on who has shown who he is: to the code of his second factor, or
// where he was going.
func comesIn(ctx context.Context, in identity.SignedIn, next string) web.Answer {
	if in.Ticket != "" {
		web.SetTicket(ctx, in.Ticket, 10*time.Minute)
		return web.Redirect(address("/sign-in/code", "next", web.Local(next, "")))
	}
	web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
	return web.Redirect(web.Local(next, home(in.Person)))
}

// home is where a person begins: staff at their work, everybody else in the shop.
func home(p identity.Person) string {
	switch p.StaffRole {
	case caller.RoleOperator:
		return "/operator"
	case caller.RolePlatform:
		return "/platform"
	}
	return "/"
}

func (s desk) signOut(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if v.Caller().SignedIn() {
		if err := s.Identity.SignOut(ctx); err != nil {
			return web.Answer{}, err
		}
	}
	web.ClearSession(ctx)
	return web.Redirect("/"), nil
}
