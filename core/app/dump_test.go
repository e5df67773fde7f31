package app_test

import (
	"encoding/base32"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
	"github.com/kontorhq/kontor/tenants"
)

// given asks for something and reads one text of the answer.
func given(t *testing.T, h *apptest.House, who *apptest.Client, path, body string, keys ...string) string {
	t.Helper()
	got := ask(t, h, who, http.MethodPost, path, "application/json", []byte(body))
	var v map[string]any
	if err := json.Unmarshal([]byte(got.body), &v); err != nil || got.status >= 300 {
		t.Fatalf("%s: %d %s", path, got.status, got.body)
	}
	for _, k := range keys[:len(keys)-1] {
		v, _ = v[k].(map[string]any)
	}
	s, _ := v[keys[len(keys)-1]].(string)
	if s == "" {
		t.Fatalf("%s: no %v in %s", path, keys, got.body)
	}
	return s
}

// dump is every row of every table, as whoever stole a copy of the database reads it.
func dump(t *testing.T, h *apptest.House) map[string]string {
	t.Helper()
	rows, err := h.DB.Ops(t).Query(t.Context(), `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname NOT IN ('pg_catalog', 'information_schema')`)
	if err != nil {
		t.Fatal(err)
	}
	names, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, n := range names {
		var text *string
		if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT string_agg(x::text, E'\n') FROM `+n+` x`).Scan(&text); err != nil {
			t.Fatal(err)
		}
		if text != nil {
			out[n] = *text
		}
	}
	return out
}

// TestADumpOpensNothing makes one of everything that opens a door and looks for it in a copy
// of the database (trust.md S40).
func TestADumpOpensNothing(t *testing.T) {
	h := apptest.New(t)
	settled(t, h)
	c := h.Client(t, "pharma", "approver@pharma.example")
	secrets := map[string]string{"a password": tenants.DemoPassword, "a session": c.Token}
	secrets["an authenticator's seed"] = given(t, h, c, "/api/v1/me/second-factor", `{}`, "secret")
	own, err := c.GetMeWithResponse(t.Context())
	org := *apptest.Got(t, own, err, 200, func() *kontor.IdentityMeView { return own.JSON200 }).OrgId
	account, err := c.PostServiceAccountsWithResponse(t.Context(), &kontor.PostServiceAccountsParams{IdempotencyKey: apptest.Key()}, kontor.PostServiceAccountsRequest{Name: "ERP of the dump", Roles: []string{"buyer"}})
	program := apptest.Got(t, account, err, 201, func() *kontor.AccessAccountView { return account.JSON201 }).Id
	secrets["an API key"] = given(t, h, c, "/api/v1/service-accounts/"+program+"/keys", `{"scopes":["sourcing.rfq.read"]}`, "secret")
	var paid string
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT id::text FROM parties_orgs WHERE tenant_id = $1 AND iban_shown <> '' LIMIT 1`, tenantID(t, h, "steel").UUID()).Scan(&paid); err != nil {
		t.Fatal(err)
	}
	var seller id.Org
	if err := seller.UnmarshalText([]byte(paid)); err != nil {
		t.Fatal(err)
	}
	if secrets["a bank account"], _, err = h.Parties.BankAccount(caller.AsSystem(t.Context(), tenantID(t, h, "steel"), "test"), seller); err != nil {
		t.Fatal(err)
	}
	secrets["a provider's secret"] = "canary-of-a-client-secret"
	if got := ask(t, h, c, http.MethodPost, "/api/v1/sso-connections", "application/json", fmt.Appendf(nil, `{"name":"Dump","issuer":"https://login.dump.example","client_id":"kontor","client_secret":%q}`, secrets["a provider's secret"])); got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.body)
	}
	link := given(t, h, c, "/api/v1/companies/"+org+"/invitations", `{"email":"dump@pharma.example","roles":["buyer"]}`, "link")
	_, secrets["an invitation"], _ = strings.Cut(link, "token=")
	_, ticket, err := h.Identity.Impersonate(caller.AsSystem(t.Context(), tenantID(t, h, "pharma"), "test"), "admin@platform.example",
		identity.ImpersonateInput{Email: "approver@pharma.example", Reason: "to look for it in a dump", For: 15 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	secrets["an impersonation's ticket"] = ticket
	all := dump(t, h)
	if len(all) < 60 || !strings.Contains(all["public.identity_people"], "buyer3@steel.example") {
		t.Fatalf("a dump of %d tables proves little", len(all))
	}
	for what, s := range secrets {
		if len(s) < 12 {
			t.Errorf("%s is %q", what, s)
		}
		forms := []string{s, hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s))}
		for _, decode := range []func(string) ([]byte, error){base32.StdEncoding.WithPadding(base32.NoPadding).DecodeString, base64.RawURLEncoding.DecodeString} {
			if b, err := decode(s); err == nil && len(b) >= 10 {
				forms = append(forms, hex.EncodeToString(b))
			}
		}
		for _, f := range forms {
			for table, text := range all {
				if strings.Contains(text, f) {
					t.Errorf("%s has %s in it", table, what)
				}
			}
		}
	}
}
