package operator_test

import (
	"context"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

func TestMain(m *testing.M) { os.Exit(apptest.Main(m)) }

func one[T any](t *testing.T, h *apptest.House, sql string, args ...any) T {
	t.Helper()
	var v T
	if err := h.DB.Ops(t).QueryRow(context.Background(), sql, args...).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func TestEveryPageOfAnOperatorSpeaksBothLanguages(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer, seller := surfacetest.Acting(t, h, "steel", "buyer"), surfacetest.Acting(t, h, "steel", "seller")
	o := surfacetest.Ordered(t, h, buyer, seller, 77)
	item := one[string](t, h, `SELECT i.id::text FROM catalog_items i JOIN tenancy_tenants t ON t.id = i.tenant_id WHERE t.slug = 'steel' LIMIT 1`)
	paths := []string{
		"/operator", "/operator/companies", "/operator/companies?state=approved", "/operator/companies/" + o.Seller.String(), "/operator/catalogue", "/operator/catalogue?state=published&q=H",
		"/operator/catalogue/" + item, "/operator/orders", "/operator/orders?state=placed&q=PO", "/operator/orders/" + o.ID.String(), "/operator/disputes", "/operator/releases", "/operator/ledger", "/operator/journal",
		"/operator/journal?account=commitments&q=" + o.Number, "/operator/decisions", "/operator/decisions?outcome=deny", "/operator/why", "/operator/plugins", "/operator/plugins/kontor.freight", "/operator/plugins/kontor.steelprice", "/operator/audit",
		"/operator/audit?actor=buyer&action=order&from=2020-01-01&to=nonsense", "/operator/settings", "/operator/people", "/operator/people?q=%25",
	}
	for _, lang := range []string{"en", "zh-CN"} {
		b := surfacetest.As(t, h, "steel", lang, "operator")
		for _, path := range paths {
			if p := b.Get(path); p.Status != http.StatusOK {
				t.Errorf("%s %s: %d %s", lang, path, p.Status, p.Text())
			}
		}
		if p := b.Get("/operator/journal?q=" + o.Number); !strings.Contains(p.Body, o.Number) || !p.Shows("¥770.00") {
			t.Errorf("the journal does not know the order: %s", p.Text())
		}
	}
}

func TestOthersAreToldWhoMaySeeTheCockpit(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	for _, who := range []string{"buyer", "seller"} {
		b := surfacetest.As(t, h, "steel", "en", who)
		for _, path := range []string{"/operator", "/operator/ledger", "/operator/people", "/operator/audit.csv"} {
			if p := b.Get(path); p.Status != http.StatusForbidden {
				t.Errorf("%s sees %s: %d", who, path, p.Status)
			}
		}
	}
}

func TestACompanyIsLookedAtAndDecided(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	org := one[string](t, h, `SELECT o.id::text FROM parties_orgs o JOIN tenancy_tenants t ON t.id = o.tenant_id WHERE t.slug = 'steel' AND o.state = 'submitted' LIMIT 1`)
	b := surfacetest.As(t, h, "steel", "en", "operator")
	page := "/operator/companies/" + org
	p := b.Get(page)
	if !p.Shows("check digit right", "What the rules say", "Admit") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	version := p.Value("version")
	for name, form := range map[string][]string{"no word": {"to", "rejected", "version", version}, "a made-up state": {"to", "famous", "version", version}, "a state passed over": {"to", "suspended", "version", version, "note", "x"}, "an old look": {"to", "approved", "version", "0"}} {
		if p := b.Post(page+"/decide", form...); p.Status != http.StatusUnprocessableEntity && p.Status != http.StatusConflict && p.Status != http.StatusForbidden {
			t.Errorf("%s: %d %s", name, p.Status, p.Text())
		}
	}
	if s := one[string](t, h, `SELECT state FROM parties_orgs WHERE id = $1`, org); s != "submitted" {
		t.Fatalf("a refused decision made it %s", s)
	}
	b.Get(page)
	if p := b.Post(page+"/decide", "to", "approved", "version", version, "note", "Looked at <b>everything</b>"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get(page); !p.Shows("Admitted", "Looked at <b>everything</b>", "Suspend") {
		t.Errorf("%s", p.Text())
	}
}

// settledAbove is an order whose money may only leave when two persons agree.
func settledAbove(t *testing.T, h *apptest.House) (release, number string) {
	t.Helper()
	buyer, seller := surfacetest.Acting(t, h, "steel", "buyer"), surfacetest.Acting(t, h, "steel", "seller3")
	o := surfacetest.Ordered(t, h, buyer, seller, 90_000)
	if _, err := h.Ordering.Accept(seller, o.ID); err != nil {
		t.Fatal(err)
	}
	surfacetest.Paid(t, h, buyer, o.ID)
	load, err := h.Fulfilment.Ship(seller, o.ID, fulfilment.ShipInput{Carrier: "Lorry"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.Fulfilment.Receive(buyer, load.ID, fulfilment.ReceiptInput{Lines: []fulfilment.ReceiptLineInput{{Line: o.Lines[0].ID, Qty: "10"}}}); err != nil {
		t.Fatal(err)
	}
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if release = one[string](t, h, `SELECT coalesce(max(r.id::text), '') FROM payments_releases r JOIN payments_escrows e ON e.id = r.escrow_id WHERE e.order_id = $1`, o.ID.UUID()); release != "" {
			return release, o.Number
		}
	}
	t.Fatal("no release was asked for")
	return "", ""
}

func TestTwoPersonsReleaseALargeSum(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	release, number := settledAbove(t, h)
	b := surfacetest.As(t, h, "steel", "en", "operator2")
	if p := b.Get("/operator/releases"); !p.Shows(number) {
		t.Errorf("the release does not wait in the list: %s", p.Text())
	}
	page := "/operator/releases/" + release
	if p := b.Get(page); !p.Shows("Release of "+number, "¥900,000.00", "What the rules say") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Post(page+"/decide", "decision", "refuse"); p.Status != http.StatusUnprocessableEntity {
		t.Errorf("refused without a reason: %d", p.Status)
	}
	if s := one[string](t, h, `SELECT state FROM payments_releases WHERE id = $1`, release); s != "requested" {
		t.Fatalf("it is %s already", s)
	}
	b.Get(page)
	if p := b.Post(page+"/decide", "decision", "approve"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if s := one[string](t, h, `SELECT state FROM payments_releases WHERE id = $1`, release); s != "done" {
		t.Errorf("approved, it is %s", s)
	}
	b.Get(page)
	if p := b.Post(page+"/decide", "decision", "approve"); p.Status != http.StatusConflict {
		t.Errorf("released twice: %d", p.Status)
	}
	if p := b.Get("/operator/ledger"); !p.Shows("adds up to zero", "Escrow", "Commission") || p.Shows("does not add up") {
		t.Errorf("%s", p.Text())
	}
}

func TestADecisionIsExplained(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "operator")
	if p := b.Get("/operator/why?who=buyer@steel.example&action=ordering.order.place"); !p.Shows("buyer allows it", "Decided by kontor.ordering.place") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Get("/operator/why?who=buyer@steel.example&action=ledger.read"); !p.Shows("does not grant it", "operator") || p.Shows("allows it") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Get("/operator/why?who=nobody@steel.example&action=%3Cscript%3E"); !p.Shows("Nobody here signs in") || strings.Contains(p.Body, "<script>\"") {
		t.Errorf("%s", p.Text())
	}
	for _, path := range []string{"/operator/decisions/x", "/operator/orders/00000000-0000-0000-0000-000000000001", "/operator/companies/x", "/operator/releases/x", "/operator/disputes/x", "/operator/catalogue/x"} {
		if p := b.Get(path); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", path, p.Status)
		}
	}
}

func TestTheRecordIsFoundCheckedAndTakenAlong(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	buyer, seller := surfacetest.Acting(t, h, "steel", "buyer"), surfacetest.Acting(t, h, "steel", "seller")
	r := surfacetest.Asked(t, h, buyer, surfacetest.Org(t, seller), "=HYPERLINK(1)")
	b := surfacetest.As(t, h, "steel", "en", "operator")
	if p := b.Get("/operator/audit?object=" + r.ID.String()); !p.Shows(r.Number+" published") || p.Shows("Nothing recorded") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Get("/operator/audit?object=" + r.ID.String() + "&outcome=refused"); !p.Shows("Nothing recorded") {
		t.Errorf("%s", p.Text())
	}
	p := b.Get("/operator/audit.csv?object=" + r.ID.String())
	if p.Status != http.StatusOK || !strings.Contains(p.Body, "sourcing.rfq_published.v1") || strings.Contains(p.Body, "\n=") || strings.Contains(p.Body, ",=") {
		t.Errorf("%d %s", p.Status, p.Body)
	}
	b.Get("/operator/audit")
	if p := b.Post("/operator/audit/verify"); p.Status != http.StatusOK || !p.Shows("unbroken") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := b.Get("/operator/mails"); p.Status != http.StatusSeeOther || p.Location != "/mail" {
		t.Errorf("%d %s", p.Status, p.Location)
	}
}
