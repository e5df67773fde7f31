package account

import (
	"context"

	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Invitation is what somebody sees who opens the link of one.
type Invitation struct {
	frame.Frame
	Token, Email, Company, Name string
	Roles                       []string
	Known, Mine, Other          bool // the address has an account; it is the caller's; he is somebody else
	Here                        string
}

func (s desk) invitation(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, err := s.invitationView(ctx, v, v.Query("token"))
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/invitation", m), nil
}

func (s desk) invitationView(ctx context.Context, v *web.Visit, token string) (*Invitation, error) {
	o, err := s.Parties.Offer(ctx, token)
	if err != nil {
		return nil, err
	}
	p := s.printer(v)
	m := &Invitation{
		Frame: frame.Frame{TitleKey: "invitation.title", NoIndex: true}, Token: token, Email: o.Email, Company: o.Company.NameIn(v.Locale()),
		Known: o.Known, Mine: o.Mine, Other: v.Caller().SignedIn() && !o.Mine, Here: address("/invitation", "token", token),
	}
	for _, r := range o.Roles {
		m.Roles = append(m.Roles, roleWord(p, r))
	}
	return m, nil
}

func (s desk) accept(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := v.Form()
	in := parties.AcceptInput{Token: f.Get("token"), Name: f.Get("name"), Locale: v.Locale()}
	var err error
	if !v.Caller().SignedIn() {
		in.Password, err = twice(v)
	}
	var a parties.Accepted
	if err == nil {
		a, err = s.Parties.Accept(ctx, in)
	}
	if err != nil {
		hush(v)
		m, lost := s.invitationView(ctx, v, in.Token)
		if lost != nil {
			return web.Answer{}, lost
		}
		m.Name = in.Name
		return web.Again("account/invitation", m, err)
	}
	return s.enter(ctx, v, a, in.Password)
}

// enter lets the new member begin at once, for the company that he has just joined. Who
// made an account goes through the door like everybody: it may ask for more than a
// password.
func (s desk) enter(ctx context.Context, v *web.Visit, a parties.Accepted, password string) (web.Answer, error) {
	if v.Caller().SignedIn() {
		in, err := s.Identity.SwitchOrg(ctx, a.Org)
		if err != nil {
			return web.Answer{}, err
		}
		web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
		return web.Redirect("/account").Flash("invitation.accepted"), nil
	}
	in, err := s.Identity.SignIn(ctx, identity.SignInInput{Email: a.Email, Password: password, UserAgent: v.Header("User-Agent")})
	if err != nil || in.Ticket != "" { // the account is there all the same; a second factor is asked for at the door
		return web.Redirect("/sign-in").Flash("invitation.accepted"), nil
	}
	web.SetSession(ctx, in.Token, in.Session.ExpiresAt)
	return web.Redirect("/account").Flash("invitation.accepted"), nil
}
