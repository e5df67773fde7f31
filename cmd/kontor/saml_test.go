package main

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/saml/samltest"
	"github.com/kontorhq/kontor/core/sso"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// A real browser holds its cookie back from the provider's form and sends it with the page
// after: somebody types his address, is sent to his company's provider, and is in.
func TestABrowserComesInThroughASAMLProvider(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	f := samltest.New(t)
	f.Person("nova", "nova@chrome.example", "Nova Comer")
	admin, base := surfacetest.Acting(t, h, "pharma", "buyer2"), "http://"+h.Host("pharma")
	c, err := h.SSO.Make(admin, sso.Input{
		Kind: sso.SAML20, Name: "Works ADFS", Metadata: f.Metadata(), Roles: []string{"buyer"}, JIT: true, Attrs: sso.Attributes{Subject: "urn:oid:0.9.2342.19200300.100.1.1"},
	})
	if err != nil {
		t.Fatal(err)
	}
	ours, err := h.SSO.Metadata(admin, c.ID, base)
	if err != nil {
		t.Fatal(err)
	}
	f.Register(string(ours))
	if _, err := h.SSO.AddDomain(admin, c.ID, "chrome.example"); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_domains SET verified_at = now(), checked_at = now() WHERE connection_id = $1`, c.ID.UUID()); err != nil {
		t.Fatal(err)
	}
	if _, err := h.DB.Ops(t).Exec(t.Context(), `UPDATE sso_connections SET state = 'on' WHERE id = $1`, c.ID.UUID()); err != nil {
		t.Fatal(err)
	}
	x := open(t, h, "pharma", "")
	x.visit(f.URL + "/login") // signed in at his company this morning
	x.do(chromedp.SendKeys(`[name=user]`, "nova"), chromedp.SendKeys(`[name=password]`, samltest.Password), chromedp.Click(`[type=submit]`))
	pgtest.Eventually(t, patience, "a session at the provider", func() bool { return strings.Contains(ask[string](x, `document.body.innerText`), "UserCommonName") })
	x.visit("/sso?next=/account&lang=en")
	x.do(chromedp.SendKeys(`main [name=email]`, "nova@chrome.example"), chromedp.Click(`main form button`))
	x.comes("/account")
	if text := x.text(); !strings.Contains(text, "Nova Comer") {
		t.Errorf("%s", text)
	}
}
