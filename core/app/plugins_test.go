package app_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/bundle"
	"github.com/kontorhq/kontor/core/quantity"
)

const acmeSchema = `{"type":"object","required":["api_key"],"properties":{"margin":{"type":"number","minimum":0},"api_key":{"type":"string","x-secret":true,"minLength":8}}}`

const acmeLines = `{"currency": "EUR", "lines": [{"line_id": "bolt", "qty": {"value": {"value": "250"}, "uom": "H87"}, "base": {"amount": {"value": "0.35"}, "currency": "EUR", "per": {"value": {"value": "1"}, "uom": "H87"}}}]}`

// press is a publisher with a key.
type press struct {
	public, private []byte
}

func newPress(t *testing.T) press {
	t.Helper()
	public, private, err := bundle.NewKey("")
	if err != nil {
		t.Fatal(err)
	}
	return press{public, private}
}

// acme is the program of all its packages, built once; each says of itself what lies beside it.
func acme(t *testing.T) string {
	t.Helper()
	path, err := acmeBuilt()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

var acmeBuilt = sync.OnceValues(func() (string, error) {
	bin, err := apptest.Programs()
	if err != nil {
		return "", err
	}
	path := filepath.Join(bin, "acme")
	cmd := exec.Command("go", "build", "-o", path, "./core/app/testdata/acme")
	cmd.Dir = apptest.Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("%w\n%s", err, out)
	}
	return path, nil
})

// pack makes a package of the acme plugin; extra are more lines of its manifest.
func (p press) pack(t *testing.T, name, version, extra string) []byte {
	t.Helper()
	dir := t.TempDir()
	manifest := fmt.Sprintf("manifest: 1\nid: %s\nversion: %s\ncontract: {min: \"1.0\", max: \"1.x\"}\ntitle: {en: Acme}\ncapabilities: {pricing: {}}\nruntime: {kind: process, exec: {any: plugin}}\nisolation: {shareable: true, min_tier: S2}\nconfig: {schema: settings.json, version: 1}\n%s\n", name, version, extra)
	for file, body := range map[string]string{"plugin.yaml": manifest, "settings.json": acmeSchema, "fixtures/settings.json": `{"api_key": "an example"}`, "fixtures/settings.invalid.json": `[{"settings": {"api_key": "short"}, "pointer": "/api_key"}]`, "fixtures/pricing.quote.json": acmeLines} {
		if err := os.MkdirAll(filepath.Join(dir, "fixtures"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(body), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(os.Link(acme(t), filepath.Join(dir, "plugin")), os.WriteFile(filepath.Join(dir, "says"), []byte(name+" "+version), 0o644)); err != nil {
		t.Fatal(err)
	}
	if p.private == nil {
		if err := pluginhost.Seal(dir); err != nil {
			t.Fatal(err)
		}
	} else if err := bundle.Sign(dir, p.private, ""); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := bundle.Pack(dir, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// example is a package of the example plugin, which moves money and passes the whole kit.
func (p press) example(t *testing.T) []byte {
	t.Helper()
	dir, from := t.TempDir(), filepath.Join(apptest.Root(), "plugins", "examples", "go")
	cmd := exec.Command("go", "build", "-o", filepath.Join(dir, "plugin"), ".")
	cmd.Dir = from
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for _, part := range []string{"plugin.yaml", "settings.schema.json", "fixtures"} {
		info, err := os.Stat(filepath.Join(from, part))
		if err == nil && info.IsDir() {
			err = os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(from, part)))
		} else if err == nil {
			var b []byte
			if b, err = os.ReadFile(filepath.Join(from, part)); err == nil {
				err = os.WriteFile(filepath.Join(dir, part), b, 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := bundle.Sign(dir, p.private, ""); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := bundle.Pack(dir, &b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// desk is a person before the API of plugins.
type desk struct {
	t *testing.T
	h *apptest.House
	c *apptest.Client
}

// do expects a status, or the code of a fault, and gives the answer.
func (d desk) do(method, path string, body any, want any) map[string]any {
	d.t.Helper()
	raw, err := json.Marshal(body)
	if err != nil {
		d.t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(d.t.Context(), method, "http://"+d.c.Host+"/api/v1"+path, bytes.NewReader(raw))
	if err != nil {
		d.t.Fatal(err)
	}
	for k, v := range map[string]string{"Authorization": "Bearer " + d.c.Token, "Content-Type": "application/json", "Idempotency-Key": apptest.Key()} {
		req.Header.Set(k, v)
	}
	res, err := d.h.HTTP().Do(req)
	if err != nil {
		d.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	got := map[string]any{}
	all := json.NewDecoder(res.Body)
	all.UseNumber()
	if err := all.Decode(&got); err != nil {
		d.t.Fatal(err)
	}
	if code, ok := want.(string); ok && got["code"] != code || !ok && res.StatusCode != want {
		d.t.Fatalf("%s %s: want %v, got %d %v", method, path, want, res.StatusCode, got)
	}
	return got
}

type m = map[string]any

// letIn takes a package to where marketplaces may install it.
func (d desk) letIn(pkg []byte) string {
	d.t.Helper()
	digest := d.do("POST", "/platform/plugin-artifacts", m{"package": pkg}, 201)["digest"].(string)
	d.try(digest)
	if got := d.do("POST", "/platform/plugin-artifacts/"+digest+"/approve", m{}, 200); got["state"] != "approved" {
		d.t.Fatalf("%v", got)
	}
	return digest
}

// try has a package tried, and waits for the report.
func (d desk) try(digest string) m {
	d.t.Helper()
	d.do("POST", "/platform/plugin-artifacts/"+digest+"/try", m{}, 200)
	return until(d.t, "it is tried", func() m { return d.do("GET", "/platform/plugin-artifacts/"+digest, nil, 200) }, func(a m) bool { return a["tried_since"] == nil })
}

// quoted is who prices a line; empty: the house itself.
func quoted(t *testing.T, h *apptest.House, tenant id.Tenant) string {
	t.Helper()
	lines := []pluginhost.PriceLine{{LineID: "1", Qty: quantity.Of(1, quantity.Piece), Unit: money.Price{Micro: 1, Currency: "USD", Per: quantity.Piece}}}
	got, err := h.House.Host.Quote(caller.AsSystem(t.Context(), tenant, "test"), "USD", lines)
	if err != nil {
		return err.Error()
	}
	return got[0].Plugin
}

func presently(t *testing.T, what string, ok func() bool) {
	t.Helper()
	until(t, what, ok, func(is bool) bool { return is })
}

func TestAPluginComesInByASignedPackage(t *testing.T) {
	h := apptest.New(t)
	admin, op := desk{t, h, h.Client(t, "platform", "admin@platform.example")}, desk{t, h, h.Client(t, "pharma", "operator@pharma.example")}
	tenant := tenantID(t, h, "pharma")
	house, stranger := newPress(t), newPress(t)
	first := house.pack(t, "acme.price", "1.0.0", "")
	const shelf = "/platform/plugin-artifacts"

	admin.do("POST", shelf, m{"package": first}, "plugins.publisher_unknown")
	admin.do("PUT", "/platform/plugin-publishers/acme", m{"title": "Acme", "class": "verified", "keys": []string{"nonsense"}, "version": 0}, "plugins.invalid")
	admin.do("PUT", "/platform/plugin-publishers/acme", m{"title": "Acme", "class": "verified", "keys": []string{string(house.public)}, "version": 0}, 200)
	admin.do("PUT", "/platform/plugin-publishers/acme", m{"title": "Acme", "class": "community", "keys": []string{string(house.public)}, "version": 0}, "plugins.stale")
	admin.do("POST", shelf, m{"package": press{}.pack(t, "acme.price", "1.0.0", "")}, "plugin.package_unsigned")
	admin.do("POST", shelf, m{"package": stranger.pack(t, "acme.price", "1.0.0", "")}, "plugin.package_signature")
	admin.do("POST", shelf, m{"package": first[:len(first)/2]}, "plugin.package_broken")
	admin.do("POST", shelf, m{"package": house.pack(t, "kontor.escrow", "9.0.0", "")}, "plugins.publisher_unknown")

	got := admin.do("POST", shelf, m{"package": first}, 201)
	digest := got["digest"].(string)
	if got["state"] != "verified" || admin.do("POST", shelf, m{"package": first}, 201)["digest"] != digest {
		t.Errorf("%v", got)
	}
	admin.do("POST", shelf, m{"package": house.pack(t, "acme.price", "1.0.0", "license: other")}, "plugins.version_taken")
	admin.do("POST", shelf+"/"+digest+"/approve", m{}, "gate.denied")
	op.do("POST", "/plugins/acme.price/installation", m{"artifact": digest}, "plugins.not_offered")
	if got := admin.try(digest); got["state"] != "conformant" || len(got["report"].(m)["passed"].([]any)) < 40 {
		t.Errorf("%v", got)
	}
	admin.do("POST", shelf+"/"+digest+"/approve", m{}, 200)

	if got := op.do("POST", "/plugins/acme.price/installation", m{"artifact": digest}, 201); got["state"] != "requested" {
		t.Errorf("%v", got)
	}
	op.do("POST", "/plugins/acme.price/installation", m{"artifact": digest}, "plugins.installed_already")
	op.do("POST", "/plugins/acme.price/enable", m{}, "plugins.consent_needed")
	op.do("POST", "/plugins/acme.price/consent", m{"asks": []m{}}, "plugins.consent_differs")
	asks := []m{{"kind": "do", "what": "pricing"}}
	if got := op.do("POST", "/plugins/acme.price/consent", m{"asks": asks}, 200); got["state"] != "consented" {
		t.Errorf("%v", got)
	}
	op.do("POST", "/plugins/acme.price/enable", m{}, "plugins.settings_missing")
	op.do("PUT", "/plugins/acme.price/settings", m{"value": m{"margin": -1, "api_key": "short"}, "revision": 0}, "dialect.value")
	op.do("PUT", "/plugins/acme.price/settings", m{"value": m{"margin": 0.25, "api_key": "a canary of acme"}, "revision": 99}, "plugins.stale")
	if got := op.do("PUT", "/plugins/acme.price/settings", m{"value": m{"margin": json.Number("1234567890123456.1250"), "api_key": "a canary of acme"}, "revision": 2}, 200); got["state"] != "configured" {
		t.Errorf("%v", got)
	}
	if got := op.do("GET", "/plugins/acme.price/settings", nil, 200); fmt.Sprint(got["value"]) != "map[margin:1234567890123456.1250]" || fmt.Sprint(got["secrets"]) != "[api_key]" {
		t.Errorf("%v", got)
	}
	if quoted(t, h, tenant) != "" {
		t.Error("it is asked before it is switched on")
	}
	op.do("POST", "/plugins/acme.price/enable", m{}, 200)
	presently(t, "it serves", func() bool { return quoted(t, h, tenant) == "acme.price" })
	var plain int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM plugin_installations WHERE config::text LIKE '%canary%') + (SELECT count(*) FROM plugins_revisions WHERE config::text LIKE '%canary%')
		+ (SELECT count(*) FROM plugins_secrets WHERE encode(sealed, 'escape') LIKE '%canary%') + (SELECT count(*) FROM web_idempotency WHERE encode(coalesce(response, ''), 'escape') LIKE '%canary%')`).Scan(&plain); err != nil || plain > 0 {
		t.Errorf("the secret lies open in %d places, %v", plain, err)
	}
	current := func() string {
		s, _ := h.House.Host.StatusOf(installation(t, op, "acme.price"))
		return s.Version
	}

	// More is asked for than was agreed to: the version that is there serves on.
	second := admin.letIn(house.pack(t, "acme.price", "1.1.0", "permissions: {egress: [{host: rates.example.org}]}"))
	if got := op.do("POST", "/plugins/acme.price/upgrade", m{"artifact": second}, 200); got["wanted"] != second || got["version"] != "1.0.0" {
		t.Errorf("%v", got)
	}
	op.do("POST", "/plugins/acme.price/consent", m{"asks": asks}, "plugins.consent_differs")
	if current() != "1.0.0" {
		t.Error("it was taken without consent")
	}
	more := append(asks, m{"kind": "egress", "what": "GET https://rates.example.org"})
	op.do("POST", "/plugins/acme.price/consent", m{"asks": more}, 200)
	presently(t, "1.1.0 serves", func() bool { return current() == "1.1.0" && quoted(t, h, tenant) == "acme.price" })

	// Who ends the process for everybody is held back, and comes back when somebody says so.
	sys, which := caller.AsSystem(t.Context(), tenant, "test"), installation(t, op, "acme.price")
	if err := errors.Join(h.Plugins.Poisoned(asOperator(tenant), which, "acme.price", "pricing.Quote", errors.New("exit status 7")), h.Plugins.Unserved(asOperator(tenant), which, "acme.price", second, errors.New("no"))); err != nil || quoted(t, h, tenant) != "acme.price" {
		t.Errorf("a person suspends it: %v", err)
	}
	if err := h.Plugins.Poisoned(sys, which, "acme.price", "pricing.Quote", errors.New("exit status 7")); err != nil || quoted(t, h, tenant) != "" {
		t.Errorf("it is not suspended: %v", err)
	}
	if got := op.do("GET", "/plugins/acme.price", nil, 200)["installation"].(m); got["state"] != "suspended" || !strings.Contains(got["note"].(string), "pricing.Quote") {
		t.Errorf("%v", got)
	}
	op.do("POST", "/plugins/acme.price/enable", m{}, 200)

	// One that breaks down is taken back by itself.
	broken := admin.letIn(house.pack(t, "acme.price", "1.3.0", ""))
	op.do("POST", "/plugins/acme.price/upgrade", m{"artifact": broken}, 200)
	presently(t, "the version before is back", func() bool {
		return op.do("GET", "/plugins/acme.price", nil, 200)["installation"].(m)["version"] == "1.1.0"
	})
	if got := op.do("GET", "/plugins/acme.price", nil, 200); got["installation"].(m)["note"] == "" || got["past"].([]any)[0].(m)["what"] != "rolled_back" {
		t.Errorf("%v", got)
	}
	if quoted(t, h, tenant) != "acme.price" || current() != "1.1.0" {
		t.Error("it does not serve")
	}
	op.do("POST", "/plugins/acme.price/roll-back", m{"revision": 4}, 200)
	presently(t, "1.0.0 serves again", func() bool { return current() == "1.0.0" })

	// Revoked, it runs nowhere, and cannot be switched on again.
	admin.do("POST", shelf+"/"+digest+"/revoke", m{"note": ""}, "plugins.invalid")
	admin.do("POST", shelf+"/"+digest+"/revoke", m{"note": "it sends prices to strangers"}, 200)
	if got := quoted(t, h, tenant); got != "" {
		t.Errorf("%q serves", got)
	}
	op.do("POST", "/plugins/acme.price/disable", m{"note": "revoked"}, 200)
	op.do("POST", "/plugins/acme.price/enable", m{}, "plugins.not_offered")
	admin.do("POST", shelf+"/"+digest+"/restore", m{}, "plugins.step")
	op.do("DELETE", "/plugins/acme.price/installation", nil, 200)
	var left int
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM plugins_secrets WHERE tenant_id = $1`, tenant.UUID()).Scan(&left); err != nil || left > 0 {
		t.Errorf("%d secrets are left, %v", left, err)
	}
}

func installation(t *testing.T, d desk, plugin string) (out id.Installation) {
	t.Helper()
	got := d.do("GET", "/plugins/"+plugin, nil, 200)
	if err := out.UnmarshalText([]byte(got["installation"].(m)["id"].(string))); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestTwoPeopleLetInWhatMovesMoney(t *testing.T) {
	h := apptest.New(t)
	admin := desk{t, h, h.Client(t, "platform", "admin@platform.example")}
	house := newPress(t)
	key := strings.TrimSpace(string(house.public))
	version := admin.publisher("example")
	admin.do("PUT", "/platform/plugin-publishers/example", m{"title": "Examples", "class": "community", "keys": []string{key}, "version": version}, 200)
	digest := admin.do("POST", "/platform/plugin-artifacts", m{"package": house.example(t)}, 201)["digest"].(string)
	admin.try(digest)
	if got := admin.do("POST", "/platform/plugin-artifacts/"+digest+"/approve", m{}, 200); got["state"] != "conformant" || len(got["approved_by"].([]any)) != 1 {
		t.Errorf("%v", got)
	}
	admin.do("POST", "/platform/plugin-artifacts/"+digest+"/approve", m{}, "gate.denied")
	op := desk{t, h, h.Client(t, "pharma", "operator@pharma.example")}
	op.do("POST", "/plugins/example.go/installation", m{"artifact": digest}, "plugins.not_offered")
	other := caller.With(t.Context(), caller.Caller{Tenant: tenantID(t, h, "platform"), Kind: caller.Person, Person: id.Person{}.New(), Name: "second", Roles: []string{caller.RolePlatform}, Locale: "en"})
	a, err := h.Plugins.Approve(other, digest)
	if err != nil || a.State != "approved" || len(a.Approvals) != 2 {
		t.Fatalf("%+v, %v", a, err)
	}
	op.do("POST", "/plugins/example.go/installation", m{"artifact": digest}, 201)
	op.do("DELETE", "/plugins/example.go/installation", nil, 200)
	admin.do("POST", "/platform/plugin-artifacts/"+digest+"/yank", m{"note": "an error in it"}, 200)
	op.do("POST", "/plugins/example.go/installation", m{"artifact": digest}, "plugins.not_offered")
	admin.do("POST", "/platform/plugin-artifacts/"+digest+"/restore", m{}, 200)
	if a := ask(t, h, op.c, http.MethodGet, "/api/v1/platform/plugin-artifacts", "", nil); a.status != http.StatusForbidden && a.status != http.StatusNotFound {
		t.Errorf("an operator sees the platform's shelf: %d", a.status)
	}
}

// publisher is the version of one, 0 if it is not there.
func (d desk) publisher(name string) json.Number {
	for _, p := range d.do("GET", "/platform/plugin-publishers", nil, 200)["items"].([]any) {
		if p.(m)["name"] == name {
			return p.(m)["version"].(json.Number)
		}
	}
	return "0"
}
