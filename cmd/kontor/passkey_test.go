package main

import (
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/webauthn"
	"github.com/chromedp/chromedp"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// plugged gives the tab a device that makes passkeys and answers at once, as a person with
// his finger on it would.
func (x *tab) plugged() {
	x.t.Helper()
	if _, err := call(x.ctx, webauthn.Enable, webauthn.EnableParams{}); err != nil {
		x.t.Fatal(err)
	}
	o := &webauthn.VirtualAuthenticatorOptions{
		Protocol: webauthn.AuthenticatorProtocolCtap2, Transport: webauthn.AuthenticatorTransportInternal, HasResidentKey: true,
		HasUserVerification: true, IsUserVerified: true, AutomaticPresenceSimulation: true,
	}
	if _, err := call(x.ctx, webauthn.AddVirtualAuthenticator, webauthn.AddVirtualAuthenticatorParams{Options: o}); err != nil {
		x.t.Fatal(err)
	}
}

// comes waits until the page is at a path.
func (x *tab) comes(path string) {
	x.t.Helper()
	pgtest.Eventually(x.t, patience, "the page "+path, func() bool {
		at := x.at()
		_, rest, _ := strings.Cut(at, "://")
		_, rest, _ = strings.Cut(rest, "/")
		return "/"+strings.SplitN(rest, "?", 2)[0] == path && ask[string](x, `document.readyState`) == "complete"
	})
}

// Somebody makes a passkey, leaves, comes back with it and no password, and proves with it
// that it is he.
func TestAPersonComesBackWithAPasskey(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	x := open(t, h, "procure", h.Client(t, "procure", "seller@procure.example").Token)
	x.plugged()
	x.visit("/account/security?lang=en")
	x.do(chromedp.SendKeys(`[data-passkey=add] [name=name]`, "My laptop"), chromedp.Click(`[data-passkey=add] button`))
	pgtest.Eventually(t, patience, "recovery codes", func() bool { return ask[int](x, `document.querySelectorAll("[data-passkey-codes] li").length`) == 10 })
	x.visit("/account/security")
	if text := x.text(); !strings.Contains(text, "My laptop") && !ask[bool](x, `!!document.querySelector('input[value="My laptop"]')`) {
		t.Fatalf("no passkey: %s", text)
	}
	ask[int](x, `(document.querySelector('form[action="/sign-out"]').requestSubmit(), 0)`)
	pgtest.Eventually(t, patience, "signed out", func() bool { return !ask[bool](x, `!!document.querySelector('form[action="/sign-out"]')`) })

	// The address field's own offer would be taken up by this device before anybody presses.
	quiet := page.AddScriptToEvaluateOnNewDocumentParams{Source: `PublicKeyCredential.isConditionalMediationAvailable = async () => false`}
	if _, err := call(x.ctx, page.AddScriptToEvaluateOnNewDocument, quiet); err != nil {
		t.Fatal(err)
	}
	x.visit("/sign-in?next=/account/sessions")
	x.press("sign_in")
	x.comes("/account/sessions")

	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE identity_sessions SET proved_at = now() - interval '6 minutes', created_at = now() - interval '1 hour'
		WHERE person_id IN (SELECT person_id FROM identity_passkeys)`); err != nil {
		t.Fatal(err)
	}
	time.Sleep(4 * time.Second) // a node believes a session for three
	x.visit("/account/confirm?next=/account/security")
	x.press("proof")
	x.comes("/account/security")
	var fresh, used int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM identity_sessions s WHERE s.person_id = k.person_id AND s.revoked_at IS NULL AND s.proved_at > now() - interval '1 minute'),
		k.sign_count FROM identity_passkeys k`).Scan(&fresh, &used); err != nil || fresh != 1 || used < 2 {
		t.Errorf("%d fresh sessions after %d uses, %v", fresh, used, err)
	}
	for _, e := range x.complaints() {
		t.Errorf("console: %s", e)
	}
}

// press presses the button for a passkey.
func (x *tab) press(purpose string) {
	x.t.Helper()
	x.do(chromedp.Click(`[data-passkey=` + purpose + `] button`))
}
