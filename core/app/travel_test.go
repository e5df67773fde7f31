package app_test

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// A company's numbers and accounts are its market's own: an export holds them, they are there
// where it arrives, and lie sealed there as they did here.
func TestNumbersAndAccountsTravelWithTheirMarket(t *testing.T) {
	h := apptest.New(t)
	s := settled(t, h)
	const number = "+49 40 5550-8877"
	own, err := s.buyer.GetMeWithResponse(t.Context())
	org := *apptest.Got(t, own, err, 200, func() *kontor.IdentityMeView { return own.JSON200 }).OrgId
	if got := ask(t, h, s.buyer, http.MethodPost, "/api/v1/companies/"+org+"/addresses", "application/json",
		fmt.Appendf(nil, `{"label":"Travelling yard","country":"CN","city":"苏州","street":"1 Main Street","phone":%q}`, number)); got.status != http.StatusCreated {
		t.Fatalf("%d %s", got.status, got.body)
	}
	steel := caller.AsSystem(t.Context(), tenantID(t, h, "steel"), "test")
	var paid id.Org
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT id FROM parties_orgs WHERE tenant_id = $1 AND iban_shown <> '' ORDER BY id LIMIT 1`, tenantID(t, h, "steel").UUID()).Scan(&paid); err != nil {
		t.Fatal(err)
	}
	account, holder, err := h.Parties.BankAccount(steel, paid)
	if err != nil || len(account) < 12 {
		t.Fatalf("%q %v", account, err)
	}
	name, _ := taken(t, h.House, "steel")
	text := unpacked(t, name)
	for _, what := range []string{number, account} {
		if !strings.Contains(text, what) {
			t.Errorf("the export does not hold %s", what)
		}
	}
	there, db := elsewhere(t)
	in, err := there.Import(t.Context(), app.ImportInput{File: name, Slug: "steel-travelled"})
	if err != nil {
		t.Fatal(err)
	}
	moved := caller.AsSystem(t.Context(), in.Tenant, "test")
	found, err := there.Phones.Find(moved, "0049 40 55508877")
	if err != nil || len(found) != 1 {
		t.Fatalf("%v %v", found, err)
	}
	var label string
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT label FROM parties_addresses WHERE tenant_id = $1 AND phone_id = $2`, in.Tenant.UUID(), found[0].UUID()).Scan(&label); err != nil || label != "Travelling yard" {
		t.Errorf("the number belongs to %q, %v", label, err)
	}
	if as, err := there.Parties.Addresses(moved, orgID(t, org)); err != nil || !strings.Contains(fmt.Sprint(as), number) {
		t.Errorf("%v %v", as, err)
	}
	if again, who, err := there.Parties.BankAccount(moved, paid); err != nil || again != account || who != holder {
		t.Errorf("the account of %s is %q, %v", who, again, err)
	}
	if o, err := there.Parties.Own(moved, paid); err != nil || !strings.Contains(o.Account.Shown, "••••") || len(o.Account.Index) == 0 {
		t.Errorf("%+v %v", o.Account, err)
	}
	// Whoever types the number there finds the same one: its index was made with their key.
	if err := there.DB.Do(moved, func(ctx context.Context) error {
		same, err := there.Phones.Keep(ctx, number)
		if err == nil && same[0] != found[0] {
			err = fmt.Errorf("%s is kept twice", number)
		}
		return err
	}); err != nil {
		t.Error(err)
	}
	all, err := archive.Tables(t.Context(), there.DB)
	if err != nil {
		t.Fatal(err)
	}
	recognised(t, everything(t, db, all, in.Tenant), append(spelt(number), account))
}

// unpacked is all that an export's tables say.
func unpacked(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	for _, f := range z.File {
		if !strings.HasPrefix(f.Name, "tables/") {
			continue
		}
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(&text, r); err != nil {
			t.Fatal(err)
		}
	}
	return text.String()
}

func orgID(t *testing.T, text string) (o id.Org) {
	t.Helper()
	if err := o.UnmarshalText([]byte(text)); err != nil {
		t.Fatal(err)
	}
	return o
}

// What an earlier version exported tells numbers and accounts where they stood then; they
// arrive all the same.
func TestAnExportOfAnEarlierVersionArrives(t *testing.T) {
	h := apptest.New(t)
	settled(t, h)
	name, _ := taken(t, h.House, "pharma")
	const number, account = "+49 40 5550-9988", "DE89370400440532013000"
	var marked int
	old := rewrite(t, name, func(part string, b []byte) []byte {
		lines := bytes.SplitAfter(b, []byte("\n"))
		switch part {
		case "tables/contact_phones.ndjson":
			return nil
		case "tables/parties_addresses.ndjson":
			for i, l := range lines {
				if bytes.Contains(l, []byte(`"phone":""`)) {
					marked++
				}
				lines[i] = bytes.Replace(naming.ReplaceAll(l, []byte(`"phone_id":null`)), []byte(`"phone":""`), []byte(`"phone":"`+number+`"`), 1)
			}
		case "tables/ordering_orders.ndjson", "tables/sourcing_rfqs.ndjson":
			return naming.ReplaceAll(b, []byte(`"phone_id":null`))
		case "tables/parties_orgs.ndjson":
			lines[0] = paidTo.ReplaceAll(lines[0], []byte(`"iban":"`+account+`"`))
		}
		return bytes.Join(lines, nil)
	}, true)
	if marked == 0 {
		t.Fatal("nobody has an address")
	}
	there, db := elsewhere(t)
	in, err := there.Import(t.Context(), app.ImportInput{File: old, Slug: "pharma-old"})
	if err != nil {
		t.Fatal(err)
	}
	ctx := caller.AsSystem(t.Context(), in.Tenant, "test")
	all, err := archive.Tables(t.Context(), there.DB)
	if err != nil {
		t.Fatal(err)
	}
	if text := everything(t, db, all, in.Tenant); strings.Contains(text["parties_orgs"], account) || !strings.Contains(text["parties_addresses"], number) {
		t.Error("an account that arrives is not sealed, or a number did not arrive")
	}
	if err := there.KeepPhones(ctx); err != nil {
		t.Fatal(err)
	}
	recognised(t, everything(t, db, all, in.Tenant), spelt(number))
	var reached, paid int
	found, err := there.Phones.Find(ctx, number)
	if err != nil || len(found) != 1 {
		t.Fatal(found, err)
	}
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT (SELECT count(*) FROM parties_addresses WHERE phone_id = $1), (SELECT count(*) FROM parties_orgs WHERE tenant_id = $2 AND iban_sealed IS NOT NULL AND iban_shown = 'DE89 •••• 3000')`,
		found[0].UUID(), in.Tenant.UUID()).Scan(&reached, &paid); err != nil || reached != marked || paid != 1 {
		t.Errorf("%d of %d addresses, %d accounts, %v", reached, marked, paid, err)
	}
}

var (
	naming = regexp.MustCompile(`"phone_id":"[0-9a-f-]{36}"`)
	paidTo = regexp.MustCompile(`"iban":"[^"]*"`)
)
