// Package identityhttp is the API of the door: signing in and out, and who one is.
package identityhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
)

type handlers struct{ people *identity.Service }

// Routes is identity's API. Answers with a token are never kept for a repeated request.
func Routes(s *identity.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Identity")
	return []web.Route{
		web.Post("/sessions", identity.ActionSignIn, h.signIn, tag, web.Open(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Sign in")),
		web.Post("/sessions/code", identity.ActionSignIn, h.code, tag, web.Open(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Finish signing in with a second factor")),
		web.Post("/sign-in-links", identity.ActionSignIn, h.askLink, tag, web.Open(), web.Phased(), web.Status(202), web.Summary("Ask for a letter with a link to sign in without a password")),
		web.Post("/sessions/link", identity.ActionSignIn, h.signInLink, tag, web.Open(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Sign in with the letter's token")),
		web.Post("/sessions/proof", identity.ActionOwn, h.prove, tag, web.InPerson(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Prove once more who you are")),
		web.Get("/sessions", identity.ActionOwn, h.sessions, tag, web.Summary("List your sessions")),
		web.Delete("/sessions/current", identity.ActionOwn, h.signOut, tag, web.Summary("Sign out")),
		web.Delete("/sessions/{id}", identity.ActionOwn, h.revoke, tag, web.InPerson(), web.Summary("End one of your sessions")),
		web.Post("/sessions/end-others", identity.ActionOwn, h.endOthers, tag, web.Fresh(), web.Summary("End all your sessions but this one")),
		web.Post("/password-resets", identity.ActionReset, h.askReset, tag, web.Open(), web.Phased(), web.Status(202), web.Summary("Ask for a letter that lets you choose a new password")),
		web.Post("/password-resets/use", identity.ActionReset, h.reset, tag, web.Open(), web.Phased(), web.Summary("Choose a new password with the letter's token")),
		web.Put("/me/password", identity.ActionOwn, h.changePassword, tag, web.InPerson(), web.Summary("Change your password, and end your other sessions")),
		web.Get("/me", identity.ActionOwn, h.me, tag, web.Summary("Show who you are")),
		web.Put("/me/org", identity.ActionOwn, h.switchOrg, tag, web.Summary("Act for another of your companies")),
		web.Get("/me/second-factor", identity.ActionOwn, h.factor, tag, web.Summary("Show your second factor")),
		web.Post("/me/second-factor", identity.ActionOwn, h.enrol, tag, web.Fresh(), web.Volatile(), web.Status(201), web.Summary("Begin to set up a second factor")),
		web.Post("/me/second-factor/confirm", identity.ActionOwn, h.confirm, tag, web.Volatile(), web.InPerson(), web.Summary("Turn the second factor on with a first code")),
		web.Post("/me/second-factor/recovery-codes", identity.ActionOwn, h.recovery, tag, web.Fresh(), web.Volatile(), web.Summary("Make new recovery codes")),
		web.Delete("/me/second-factor", identity.ActionOwn, h.turnOff, tag, web.Fresh(), web.Summary("Turn the second factor off")),
		web.Post("/sessions/passkey/begin", identity.ActionSignIn, h.beginPasskeyIn, tag, web.Open(), web.Phased(), web.Volatile(), web.Summary("Ask the browser for a passkey to sign in with")),
		web.Post("/sessions/passkey", identity.ActionSignIn, h.passkeyIn, tag, web.Open(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Sign in with a passkey")),
		web.Post("/sessions/code/passkey/begin", identity.ActionSignIn, h.beginPasskeyCode, tag, web.Open(), web.Phased(), web.Volatile(), web.Summary("Ask the browser for a passkey as the second step")),
		web.Post("/sessions/code/passkey", identity.ActionSignIn, h.passkeyCode, tag, web.Open(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Finish signing in with a passkey")),
		web.Post("/sessions/proof/passkey/begin", identity.ActionOwn, h.beginPasskeyProof, tag, web.InPerson(), web.Phased(), web.Volatile(), web.Summary("Ask the browser for a passkey as a proof")),
		web.Post("/sessions/proof/passkey", identity.ActionOwn, h.passkeyProof, tag, web.InPerson(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Prove once more who you are with a passkey")),
		web.Get("/me/passkeys", identity.ActionOwn, h.passkeys, tag, web.Summary("List your passkeys")),
		web.Post("/me/passkeys/begin", identity.ActionOwn, h.beginPasskey, tag, web.Fresh(), web.Phased(), web.Volatile(), web.Summary("Ask the browser to make a passkey")),
		web.Post("/me/passkeys", identity.ActionOwn, h.addPasskey, tag, web.Fresh(), web.Phased(), web.Volatile(), web.Status(201), web.Summary("Add the passkey that the browser made")),
		web.Put("/me/passkeys/{id}", identity.ActionOwn, h.renamePasskey, tag, web.Fresh(), web.Summary("Rename one of your passkeys")),
		web.Delete("/me/passkeys/{id}", identity.ActionOwn, h.removePasskey, tag, web.Fresh(), web.Summary("Remove one of your passkeys")),
		web.Get("/impersonations", identity.ActionRead, h.impersonations, tag, web.Summary("List who of the platform acted in whose name")),
		web.Post("/impersonations/{id}/end", identity.ActionManage, h.endImpersonation, tag, web.Summary("End an impersonation and its session")),
		web.Get("/people", identity.ActionRead, h.peopleList, tag, web.Summary("List who can sign in")),
		web.Post("/people/{id}/disable", identity.ActionManage, h.disable, tag, web.InPerson(), web.Summary("Shut a person out")),
	}
}

type signInInput struct {
	UserAgent string `header:"User-Agent"`
	Body      struct {
		Email    string `json:"email" maxLength:"254"`
		Password string `json:"password" maxLength:"512"`
	}
}

func (h handlers) signIn(ctx context.Context, in *signInInput) (signedInView, error) {
	s, err := h.people.SignIn(ctx, identity.SignInInput{Email: in.Body.Email, Password: in.Body.Password, UserAgent: in.UserAgent})
	return entered(ctx, s, err)
}

type empty struct{}

func (h handlers) signOut(ctx context.Context, _ *empty) (empty, error) {
	if err := h.people.SignOut(ctx); err != nil {
		return empty{}, err
	}
	web.ClearSession(ctx)
	return empty{}, nil
}

func (h handlers) sessions(ctx context.Context, _ *empty) (page.List[sessionView], error) {
	ss, err := h.people.Sessions(ctx)
	out := page.List[sessionView]{Items: make([]sessionView, len(ss))}
	for i, s := range ss {
		out.Items[i] = session(s)
	}
	return out, err
}

type sessionPath struct {
	ID id.Session `path:"id"`
}

type personPath struct {
	ID id.Person `path:"id"`
}

func (h handlers) revoke(ctx context.Context, in *sessionPath) (empty, error) {
	return empty{}, h.people.Revoke(ctx, in.ID)
}

func (h handlers) me(ctx context.Context, _ *empty) (meView, error) {
	p, err := h.people.Me(ctx)
	if err != nil {
		return meView{}, err
	}
	return me(p), nil
}

type switchInput struct {
	Body struct {
		Org id.Org `json:"org_id"`
	}
}

func (h handlers) switchOrg(ctx context.Context, in *switchInput) (signedInView, error) {
	s, err := h.people.SwitchOrg(ctx, in.Body.Org)
	return entered(ctx, s, err)
}

type pageInput struct {
	After string `query:"after" doc:"Cursor of the next page"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

func (h handlers) peopleList(ctx context.Context, in *pageInput) (page.List[personView], error) {
	l, err := h.people.People(ctx, page.Request{After: in.After, Limit: in.Limit})
	out := page.List[personView]{Items: make([]personView, len(l.Items)), Next: l.Next}
	for i, p := range l.Items {
		out.Items[i] = person(p)
	}
	return out, err
}

func (h handlers) disable(ctx context.Context, in *personPath) (empty, error) {
	return empty{}, h.people.Disable(ctx, in.ID)
}

type signedInView struct {
	Token     string     `json:"token" doc:"Send it as a bearer token; it is shown this once. Empty while a code is to come"`
	Ticket    string     `json:"ticket,omitempty" doc:"Send it with a code of the second factor to finish signing in"`
	ExpiresAt time.Time  `json:"expires_at"`
	Org       string     `json:"org_id,omitempty"`
	Person    personView `json:"person"`
}

// entered gives the browser the session that was just opened, if a code is not to come first.
func entered(ctx context.Context, s identity.SignedIn, err error) (signedInView, error) {
	if err != nil {
		return signedInView{}, err
	}
	if s.Ticket == "" {
		web.SetSession(ctx, s.Token, s.Session.ExpiresAt)
	}
	return signedIn(s), nil
}

func signedIn(s identity.SignedIn) signedInView {
	if s.Ticket != "" {
		return signedInView{Ticket: s.Ticket, ExpiresAt: s.TicketUntil}
	}
	return signedInView{Token: s.Token, ExpiresAt: s.Session.ExpiresAt, Org: s.Session.Org.String(), Person: person(s.Person)}
}

type personView struct {
	ID        string `json:"id"`
	Email     string `json:"email"`
	Name      string `json:"name"`
	Locale    string `json:"locale"`
	StaffRole string `json:"staff_role,omitempty"`
	State     string `json:"state"`
}

func person(p identity.Person) personView {
	return personView{ID: p.ID.String(), Email: p.Email, Name: p.Name, Locale: p.Locale, StaffRole: p.StaffRole, State: string(p.State)}
}

type sessionView struct {
	ID        string    `json:"id"`
	Org       string    `json:"org_id,omitempty"`
	CreatedAt time.Time `json:"created_at"`
	SeenAt    time.Time `json:"seen_at"`
	ExpiresAt time.Time `json:"expires_at"`
	IP        string    `json:"ip"`
	UserAgent string    `json:"user_agent"`
}

func session(s identity.Session) sessionView {
	return sessionView{s.ID.String(), s.Org.String(), s.CreatedAt, s.SeenAt, s.ExpiresAt, s.IP, s.UserAgent}
}

type meView struct {
	Person    personView       `json:"person"`
	Org       string           `json:"org_id,omitempty"`
	Roles     []string         `json:"roles"`
	Companies []membershipView `json:"companies"`
}

type membershipView struct {
	Org   string   `json:"org_id"`
	Name  string   `json:"name"`
	Local string   `json:"name_local,omitempty"`
	State string   `json:"state"`
	Roles []string `json:"roles"`
}

func me(p identity.Profile) meView {
	v := meView{Person: person(p.Person), Org: p.Org.String(), Roles: append([]string{}, p.Roles...), Companies: []membershipView{}}
	for _, m := range p.Memberships {
		v.Companies = append(v.Companies, membershipView{m.Org.String(), m.Name, m.Local, m.State, m.Roles})
	}
	return v
}
