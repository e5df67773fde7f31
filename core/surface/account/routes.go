// Package account is the door and what is behind it for every person: signing in and up,
// the companies one acts for, sessions, messages, and the demonstration's mailbox.
package account

import (
	"context"
	"net/http"
	"net/url"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/scim"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Messages are one's own news.
type Messages interface {
	Messages(ctx context.Context, unread bool, p page.Request) (page.List[notify.Message], error)
	Read(ctx context.Context, message id.Message) error
	ReadAll(ctx context.Context) (int, error)
}

// Demo is what a demonstration tells everybody: who can be tried, and that letters stay
// here. Its zero value is a market in earnest.
type Demo struct {
	On       bool
	Password string
	People   func(slug string) []Try
}

// Try is a person of the demonstration. Note says who it is, by locale.
type Try struct {
	Email, Name string
	Note        map[string]string
}

// Deps are what the account's pages ask.
type Deps struct {
	Identity *identity.Service
	Parties  *parties.Service
	Access   *access.Service
	SSO      *sso.Service
	SCIM     *scim.Service
	Tenancy  *tenancy.Service
	Messages Messages
	Mails    *reads.Mails
	Texts    *theme.Engine
	Roles    policy.Roles
	Demo     Demo
	Letters  Letters
}

// Letters fills in what a kept letter leaves out, for a demonstration's mailbox.
type Letters interface {
	Reveal(ctx context.Context, m notify.Mail) notify.Mail
}

type desk struct{ Deps }

const (
	actionPage  policy.Action = "site.page.read"
	actionMails policy.Action = "mail.read"
)

// Pages are the account's routes.
func Pages(d Deps) []web.Route {
	s := desk{d}
	get, post := http.MethodGet, http.MethodPost
	return []web.Route{
		web.Page(get, "/sign-in", actionPage, s.door, web.Open()),
		web.Page(post, "/sign-in", identity.ActionSignIn, s.signIn, web.Open(), web.Phased(), web.Volatile()),
		web.Page(get, "/sign-in/letter", actionPage, s.letterPage, web.Open()),
		web.Page(post, "/sign-in/letter", identity.ActionSignIn, s.askLetter, web.Open(), web.Phased()),
		web.Page(get, "/sign-in/link", identity.ActionSignIn, s.linkPage, web.Open()),
		web.Page(post, "/sign-in/link", identity.ActionSignIn, s.signInLink, web.Open(), web.Phased(), web.Volatile()),
		web.Page(get, "/sign-in/code", actionPage, s.codePage, web.Open()),
		web.Page(post, "/sign-in/code", identity.ActionSignIn, s.code, web.Open(), web.Phased(), web.Volatile()),
		web.Page(post, "/sign-out", actionPage, s.signOut, web.Open()),
		web.Page(get, "/impersonation", actionPage, s.impersonation, web.Open()),
		web.Page(post, "/impersonation", identity.ActionSignIn, s.enterAs, web.Open(), web.Phased(), web.Volatile()),
		web.Page(get, "/sign-up", actionPage, s.signUp, web.Open()),
		web.Page(post, "/sign-up", parties.ActionRegister, s.register, web.Open(), web.Phased()),
		web.Page(post, "/sign-up/draft", parties.ActionRegister, s.saveStep, web.Open(), web.Phased(), web.Volatile()),
		web.Page(post, "/sign-up/join", parties.ActionRegister, s.askToJoin, web.Open(), web.Phased()),

		web.Page(get, "/account", identity.ActionOwn, s.account),
		web.Page(post, "/account/company", identity.ActionOwn, s.switchCompany, web.Volatile()),
		web.Page(get, "/account/sessions", identity.ActionOwn, s.sessions),
		web.Page(post, "/account/sessions/end-others", identity.ActionOwn, s.endOthers, web.Fresh()),
		web.Page(post, "/account/sessions/{id}/end", identity.ActionOwn, s.endSession, web.InPerson()),
		web.Page(get, "/account/password", identity.ActionOwn, s.password),
		web.Page(post, "/account/password", identity.ActionOwn, s.changePassword, web.Phased(), web.InPerson()),
		web.Page(get, "/forgot", identity.ActionReset, s.forgot, web.Open()),
		web.Page(post, "/forgot", identity.ActionReset, s.ask, web.Open(), web.Phased()),
		web.Page(get, "/reset", identity.ActionReset, s.reset, web.Open()),
		web.Page(post, "/reset", identity.ActionReset, s.setPassword, web.Open(), web.Phased()),

		web.Page(get, "/invitation", parties.ActionAccept, s.invitation, web.Open()),
		web.Page(post, "/invitation", parties.ActionAccept, s.accept, web.Open(), web.Phased(), web.Volatile()),
		web.Page(get, "/company/invitations", parties.ActionMemberManage, s.invitations),
		web.Page(post, "/company/invitations", parties.ActionMemberManage, s.invite, web.Volatile()),
		web.Page(post, "/company/invitations/{id}/resend", parties.ActionMemberManage, s.resendInvitation, web.Volatile()),
		web.Page(post, "/company/invitations/{id}/withdraw", parties.ActionMemberManage, s.withdrawInvitation),

		web.Page(get, "/account/security", identity.ActionOwn, s.security),
		web.Page(post, "/account/security/begin", identity.ActionOwn, s.beginFactor, web.Fresh()),
		web.Page(post, "/account/security/confirm", identity.ActionOwn, s.confirmFactor, web.Volatile(), web.InPerson()),
		web.Page(post, "/account/security/recovery", identity.ActionOwn, s.newRecovery, web.Fresh(), web.Volatile()),
		web.Page(post, "/account/security/off", identity.ActionOwn, s.turnOff, web.Fresh()),
		web.Page(post, "/account/security/passkeys/{id}", identity.ActionOwn, s.renamePasskey, web.Fresh()),
		web.Page(post, "/account/security/passkeys/{id}/remove", identity.ActionOwn, s.removePasskey, web.Fresh()),
		web.Page(get, web.Confirm, identity.ActionOwn, s.confirmPage, web.InPerson()),
		web.Page(post, web.Confirm, identity.ActionOwn, s.confirm, web.Phased(), web.Volatile(), web.InPerson()),

		web.Page(get, keysPath, access.ActionRead, s.keys),
		web.Page(post, keysPath, access.ActionManage, s.makeAccount, web.Fresh()),
		web.Page(get, keysPath+"/{id}", access.ActionRead, s.serviceAccount),
		web.Page(post, keysPath+"/{id}/keys", access.ActionManage, s.makeKey, web.Fresh(), web.Volatile()),
		web.Page(post, keysPath+"/{id}/keys/{key}/rotate", access.ActionManage, s.rotateKey, web.Fresh(), web.Volatile()),
		web.Page(post, keysPath+"/{id}/keys/{key}/revoke", access.ActionManage, s.revokeKey, web.InPerson()),
		web.Page(post, keysPath+"/{id}/end", access.ActionManage, s.endAccount, web.InPerson()),

		web.Page(get, "/sso", actionPage, s.companyDoor, web.Open()),
		web.Page(post, "/sso", identity.ActionSignIn, s.beginSSO, web.Open(), web.Phased(), web.Volatile()),
		web.Page(post, "/sso/prove", identity.ActionOwn, s.proveSSO, web.Phased(), web.Volatile(), web.InPerson()),
		web.Page(get, sso.CallbackPath, identity.ActionSignIn, s.returned, web.Open()),
		web.Page(get, sso.SAMLPath+"/{id}", identity.ActionSignIn, s.metadata, web.Open()),
		web.Page(post, sso.SAMLPath+"/{id}/acs", identity.ActionSignIn, s.answered, web.Crossing(), web.Phased()),
		web.Page(get, ssoPath, sso.ActionRead, s.connections),
		web.Page(post, ssoPath, sso.ActionManage, s.makeConnection, web.Fresh()),
		web.Page(get, ssoPath+"/{id}", sso.ActionRead, s.connection),
		web.Page(post, ssoPath+"/{id}", sso.ActionManage, s.changeConnection, web.Fresh()),
		web.Page(post, ssoPath+"/{id}/test", sso.ActionManage, s.testSSO, web.Phased(), web.Volatile(), web.InPerson()),
		web.Page(post, ssoPath+"/{id}/metadata", sso.ActionManage, s.setMetadata, web.Phased(), web.Fresh()),
		web.Page(post, ssoPath+"/{id}/on", sso.ActionManage, s.act("sso.turned_on", s.turnSSOOn), web.Fresh()),
		web.Page(post, ssoPath+"/{id}/off", sso.ActionManage, s.act("sso.turned_off", s.turnSSOOff), web.Fresh()),
		web.Page(post, ssoPath+"/{id}/enforce", sso.ActionManage, s.act("sso.changed", s.enforceSSO), web.Fresh()),
		web.Page(post, ssoPath+"/{id}/end", sso.ActionManage, s.act("sso.ended", s.endSSO), web.Fresh()),
		web.Page(post, ssoPath+"/{id}/domains", sso.ActionManage, s.act("sso.domain_added", s.addDomain), web.Fresh()),
		web.Page(post, ssoPath+"/{id}/domains/{domain}/check", sso.ActionManage, s.checkDomain, web.Phased()),
		web.Page(post, ssoPath+"/{id}/domains/{domain}/remove", sso.ActionManage, s.act("sso.domain_removed", s.removeDomain), web.Fresh()),

		web.Page(post, ssoPath+"/{id}/directory", sso.ActionManage, s.makeDirectoryKey, web.Fresh(), web.Volatile()),
		web.Page(post, ssoPath+"/{id}/directory/{key}/rotate", sso.ActionManage, s.rotateDirectoryKey, web.Fresh(), web.Volatile()),
		web.Page(post, ssoPath+"/{id}/directory/{key}/revoke", sso.ActionManage, s.revokeDirectoryKey, web.InPerson()),

		web.Page(get, "/company/representatives", parties.ActionRepresentationRead, s.representatives),
		web.Page(post, "/company/representatives", parties.ActionRepresent, s.assign, web.InPerson()),
		web.Page(post, "/company/representatives/{id}/consent", parties.ActionConsent, s.consent, web.InPerson()),
		web.Page(post, "/company/representatives/{id}/end", parties.ActionRepresentationRead, s.endRepresentation, web.InPerson()),

		web.Page(get, "/company/structure", parties.ActionMemberRead, s.structure),
		web.Page(post, "/company/structure", parties.ActionUnitManage, s.addUnit),
		web.Page(get, "/company/structure/{unit}", parties.ActionMemberRead, s.unit),
		web.Page(post, "/company/structure/{unit}", parties.ActionUnitManage, s.renameUnit),
		web.Page(get, "/company/structure/{unit}/move", parties.ActionUnitManage, s.previewMove),
		web.Page(post, "/company/structure/{unit}/move", parties.ActionUnitManage, s.moveUnit),
		web.Page(post, "/company/structure/{unit}/settings", parties.ActionUnitManage, s.setSetting),
		web.Page(post, "/company/settings", parties.ActionUnitManage, s.setSetting),

		web.Page(get, "/messages", notify.ActionRead, s.messages),
		web.Page(post, "/messages/read", notify.ActionRead, s.readAll),
		web.Page(post, "/messages/{id}", notify.ActionRead, s.openMessage),

		// In a demonstration the mailbox is everybody's; elsewhere the handler asks.
		web.Page(get, "/mail", actionMails, s.mails, web.Open()),
		web.Page(get, "/mail/{id}", actionMails, s.mail, web.Open()),
	}
}

func (s desk) printer(v *web.Visit) *theme.Printer {
	site := v.Site()
	return s.Texts.Printer(site.Theme, v.Locale(), site.TimeZone)
}

// mend turns a refusal at the door into one that the form can show: the person is at the
// sign-in page already, so there is nowhere to send him.
func mend(err error) error {
	if fault.KindOf(err) != fault.Unauthenticated {
		return err
	}
	f := *fault.From(err)
	f.Kind = fault.Invalid
	return &f
}

// notThere turns "there is none" into what a form can show.
func notThere(err error) error {
	if fault.KindOf(err) != fault.NotFound || err == nil {
		return err
	}
	f := *fault.From(err)
	f.Kind = fault.Invalid
	return &f
}

// address is a path with those values of a query that are not empty.
func address(path string, kv ...string) string {
	q := url.Values{}
	for i := 0; i+1 < len(kv); i += 2 {
		if kv[i+1] != "" {
			q.Set(kv[i], kv[i+1])
		}
	}
	if len(q) == 0 {
		return path
	}
	return path + "?" + q.Encode()
}
