package account_test

import (
	"context"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
	"github.com/kontorhq/kontor/tenants"
)

const newPassword = "vier Pferde tragen Stahl"

var linkOf = regexp.MustCompile(`https?://[^"\s<]+\?token=[A-Za-z0-9_-]{43}`)

// link is the path of the first link with a token on a page.
func link(t *testing.T, p surfacetest.Page) string {
	t.Helper()
	u, err := url.Parse(linkOf.FindString(p.Body))
	if err != nil || u.Path == "" {
		t.Fatalf("no link on the page: %d %s", p.Status, p.Text())
	}
	return u.RequestURI()
}

// letter waits for the newest letter to an address and gives its link.
func letter(t *testing.T, h *apptest.House, slug, to string) string {
	t.Helper()
	b := surfacetest.New(t, h, slug, "en")
	for range 300 {
		list := b.Get("/mail?to=" + url.QueryEscape(to))
		if _, rest, ok := strings.Cut(list.Body, `href="/mail/`); ok {
			which, _, _ := strings.Cut(rest, `?`)
			if p := b.Get("/mail/" + which); linkOf.MatchString(p.Body) {
				return link(t, p)
			}
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Fatalf("no letter for %s", to)
	return ""
}

func TestAnAdministratorInvitesAndTheInvitedIsIn(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	admin := surfacetest.As(t, h, "procure", "en", "approver2")
	if p := admin.Get("/company/invitations"); !p.Shows("Invite somebody") {
		t.Fatalf("the page: %d %s", p.Status, p.Text())
	}
	if p := admin.Post("/company/invitations", "email", "cy@procure.example", "roles", "operator", "locale", "en"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("the operator's role: %d", p.Status)
	}
	p := admin.Post("/company/invitations", "email", "cy@procure.example", "roles", "buyer", "locale", "en", "limit", "100.00")
	to := link(t, p)
	if !p.Shows("cy@procure.example", "This is a demonstration", "Open") {
		t.Errorf("the answer: %s", p.Text())
	}
	if letter(t, h, "procure", "cy@procure.example") != to {
		t.Error("the letter's link is another")
	}

	cy := surfacetest.New(t, h, "procure", "zh-CN")
	if p := cy.Get(to); p.Status != http.StatusOK || !p.Shows("采购员", "cy@procure.example", "创建账号") {
		t.Fatalf("the link: %d %s", p.Status, p.Text())
	}
	token := strings.TrimPrefix(to, "/invitation?token=")
	if p := cy.Post("/invitation", "token", token, "name", "Cy", "password", newPassword, "again", "another"); p.Status != http.StatusUnprocessableEntity || strings.Contains(p.Body, newPassword) || p.Value("name") != "Cy" {
		t.Errorf("a slip of the hand: %d", p.Status)
	}
	if p := cy.Post("/invitation", "token", token, "name", "Cy Young", "password", newPassword, "again", newPassword); p.Location != "/account" {
		t.Fatalf("accepting: %d %s", p.Status, p.Text())
	}
	if p := cy.Get("/account"); !p.Shows("Cy Young", "采购员") {
		t.Errorf("not in: %d %s", p.Status, p.Text())
	}
	dead := surfacetest.New(t, h, "procure", "en")
	used, unknown := dead.Get(to), dead.Get("/invitation?token="+strings.Repeat("x", 43))
	if used.Status != http.StatusNotFound || !used.Shows("This invitation is not valid any more.", "Ask whoever invited you") || unknown.Status != used.Status {
		t.Errorf("a used link: %d %s", used.Status, used.Text())
	}
	if p := admin.Get("/company/invitations"); !p.Shows("Accepted") || linkOf.MatchString(p.Body) {
		t.Errorf("the list: %s", p.Text())
	}
}

// invited is a link for somebody who has an account.
func invited(t *testing.T, h *apptest.House, email string) string {
	t.Helper()
	admin := surfacetest.As(t, h, "steel", "en", "seller5")
	admin.Get("/company/invitations")
	return link(t, admin.Post("/company/invitations", "email", email, "roles", "seller", "locale", "en", "no_limit", "1"))
}

func TestWhoHasAnAccountSignsInAcceptsAndActsForEither(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	to := invited(t, h, "buyer3@steel.example")
	stranger := surfacetest.New(t, h, "steel", "en")
	if p := stranger.Get(to); !p.Shows("There is an account with this address") || !strings.Contains(p.Body, "/sign-in?next=%2finvitation%3ftoken%3d") && !strings.Contains(p.Body, "/sign-in?next=") {
		t.Errorf("a visitor: %s", p.Text())
	}
	other := surfacetest.As(t, h, "steel", "en", "seller6")
	if p := other.Get(to); !p.Shows("This was sent to somebody else") {
		t.Errorf("another: %s", p.Text())
	}
	b := surfacetest.As(t, h, "steel", "en", "buyer3")
	if p := b.Get("/account"); strings.Contains(p.Body, `name="company" value=`) {
		t.Error("a choice of one company")
	}
	b.Get(to)
	if p := b.Post("/invitation", "token", strings.TrimPrefix(to, "/invitation?token=")); p.Location != "/account" {
		t.Fatalf("accepting: %d %s", p.Status, p.Text())
	}
	p := b.Get("/account")
	var choices []string
	for _, m := range regexp.MustCompile(`<button name="company" value="([^"]+)"`).FindAllStringSubmatch(p.Body, -1) {
		choices = append(choices, m[1])
	}
	if len(choices) != 1 || !strings.Contains(p.Body, `/seller`) {
		t.Fatalf("the switcher offers %v", choices)
	}
	before := b.Cookie()
	if p := b.Post("/account/company", "company", choices[0]); p.Location != "/account" || b.Cookie() == before {
		t.Fatalf("switching: %d", p.Status)
	}
	thief := surfacetest.New(t, h, "steel", "en")
	thief.Take(before)
	if p := thief.Get("/account"); p.Status != http.StatusSeeOther {
		t.Errorf("the old token is alive: %d", p.Status)
	}
}

func TestSessionsAreInPlainWordsAndEndAllButThisOne(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	here, there := surfacetest.As(t, h, "steel", "en", "seller7"), surfacetest.As(t, h, "steel", "en", "seller7")
	if _, err := h.DB.Ops(t).Exec(context.Background(), `UPDATE identity_sessions s SET user_agent = 'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36 Edg/140.0'
		FROM identity_people p WHERE p.id = s.person_id AND p.email = 'seller7@steel.example'`); err != nil {
		t.Fatal(err)
	}
	p := here.Get("/account/sessions")
	if !p.Shows("Edge on Windows", "this one", "Sign out on 1 other device") {
		t.Fatalf("the page: %d %s", p.Status, p.Text())
	}
	if p := here.Post("/account/sessions/end-others"); p.Location != "/account/sessions" {
		t.Fatalf("ending: %d", p.Status)
	}
	if p := there.Get("/account"); p.Status != http.StatusSeeOther {
		t.Errorf("the other one is alive: %d", p.Status)
	}
	if p := here.Get("/account/sessions"); p.Status != http.StatusOK || p.Shows("Sign out everywhere else") {
		t.Errorf("this one: %d %s", p.Status, p.Text())
	}
}

func TestAPasswordIsChangedOnAPageOfItsOwn(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "seller8")
	b.Get("/account/password")
	if p := b.Post("/account/password", "old", "not the one I have", "password", newPassword, "again", newPassword); p.Status != http.StatusUnprocessableEntity || strings.Contains(p.Body, newPassword) || !p.Shows("The password that you have now is another.") {
		t.Errorf("a wrong old one: %d %s", p.Status, p.Text())
	}
	if p := b.Post("/account/password", "old", tenants.DemoPassword, "password", newPassword, "again", newPassword); p.Location != "/account/sessions" {
		t.Fatalf("changing: %d %s", p.Status, p.Text())
	}
	n := surfacetest.New(t, h, "steel", "en")
	n.Get("/sign-in")
	if p := n.Post("/sign-in", "email", "seller8@steel.example", "password", newPassword); p.Status != http.StatusSeeOther {
		t.Errorf("the new one: %d", p.Status)
	}
}

func TestAForgottenPasswordIsSetByALetter(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	inside := surfacetest.As(t, h, "steel", "en", "seller2")
	said := map[string]bool{}
	for _, who := range []string{"seller2@steel.example", "nobody@steel.example"} {
		b := surfacetest.New(t, h, "steel", "en")
		b.Get("/forgot")
		p := b.Post("/forgot", "email", who)
		said[p.Location+b.Get(p.Location).Text()] = true
	}
	if len(said) != 1 {
		t.Errorf("the answers tell who has an account: %v", said)
	}
	to := letter(t, h, "steel", "seller2@steel.example")
	b := surfacetest.New(t, h, "steel", "en")
	if p := b.Get(to); !p.Shows("Choose a new password") {
		t.Fatalf("the link: %d %s", p.Status, p.Text())
	}
	token := strings.TrimPrefix(to, "/reset?token=")
	if p := b.Post("/reset", "token", token, "password", "short", "again", "short"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("a weak one: %d", p.Status)
	}
	if p := b.Post("/reset", "token", token, "password", newPassword, "again", newPassword); p.Location != "/sign-in" {
		t.Fatalf("setting: %d %s", p.Status, p.Text())
	}
	if p := inside.Get("/account"); p.Status != http.StatusSeeOther {
		t.Errorf("an old session is alive: %d", p.Status)
	}
	if p := b.Get(to); p.Status != http.StatusNotFound || !p.Shows("This link is not valid any more.") {
		t.Errorf("the link works on: %d", p.Status)
	}
	if n := count(t, h, `SELECT count(*) FROM notify_mails WHERE recipient = 'nobody@steel.example'`); n != 0 {
		t.Errorf("%d letters to nobody", n)
	}
}

func TestAPersonComesInByALetterInsteadOfAPassword(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	said := map[string]bool{}
	for _, who := range []string{"seller6@steel.example", "stranger@steel.example"} {
		b := surfacetest.New(t, h, "steel", "en")
		b.Get("/sign-in/letter")
		p := b.Post("/sign-in/letter", "email", who)
		said[p.Location+b.Get(p.Location).Text()] = true
	}
	if len(said) != 1 {
		t.Errorf("the answers tell who has an account: %v", said)
	}
	to := letter(t, h, "steel", "seller6@steel.example")
	b := surfacetest.New(t, h, "steel", "en")
	for range 2 { // a program that looks through mail, and then the reader
		if p := b.Get(to); !p.Shows("You come in as", "seller6@steel.example") {
			t.Fatalf("the link: %d %s", p.Status, p.Text())
		}
	}
	if p := b.Post("/sign-in/link", "token", strings.TrimPrefix(to, "/sign-in/link?token=")); p.Status != http.StatusSeeOther {
		t.Fatalf("in: %d %s", p.Status, p.Text())
	}
	if p := b.Get("/account"); !p.Shows("seller6@steel.example") {
		t.Errorf("not in: %d", p.Status)
	}
	if p := b.Post("/account/security/begin"); !strings.HasPrefix(p.Location, "/account/confirm") {
		t.Errorf("a letter is proof enough to set up a second factor: %d %q", p.Status, p.Location)
	}
	if p := surfacetest.New(t, h, "steel", "zh-CN").Get(to); p.Status != http.StatusNotFound || !p.Shows("该链接已失效。") {
		t.Errorf("the link works on: %d %s", p.Status, p.Text())
	}
}
