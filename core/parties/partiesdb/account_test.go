package partiesdb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/parties"
)

const account = "DE89370400440532013000"

func TestAnAccountIsSealedShownInPartAndFoundAgain(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	one := german()
	one.IBAN = account
	first, err := m.Register(m.sys, parties.RegisterInput{Company: one})
	if err != nil {
		t.Fatal(err)
	}
	two := german()
	two.RegNo, two.Name, two.IBAN = "DE129273398", "Mill AG", "de89 3704 0044 0532 0130 00"
	second, err := m.Register(m.sys, parties.RegisterInput{Company: two})
	if err != nil {
		t.Fatal(err)
	}
	var dump string
	if err := m.db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(o::text, ' ') FROM parties_orgs o`).Scan(&dump); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(dump, account) || strings.Contains(dump, "0532") {
		t.Errorf("a dump tells the account: %s", dump)
	}
	if iban, holder, err := m.BankAccount(m.sys, first.Org.ID); err != nil || iban != account || holder != one.Name {
		t.Errorf("%q of %q, %v", iban, holder, err)
	}
	r, err := m.Review(m.operator(), first.Org.ID)
	if err != nil || len(r.Paid) != 1 || r.Paid[0].ID != second.Org.ID {
		t.Errorf("nobody sees that both are paid into one account: %+v %v", r.Paid, err)
	}
	own := func(iban string, version int64) (parties.Org, error) {
		return m.Update(m.sys, parties.UpdateInput{Org: first.Org.ID, City: "Hamburg", IBAN: iban, Version: version})
	}
	o, err := own("DE89 •••• 3000", 1)
	if err != nil {
		t.Fatal(err)
	}
	if iban, _, err := m.BankAccount(m.sys, o.ID); err != nil || iban != account {
		t.Errorf("the account as pages show it does not keep it: %q %v", iban, err)
	}
	if _, err := own("DE89 •••• 3001", o.Version); !errors.Is(err, parties.ErrInvalid) {
		t.Errorf("an account that is none: %v", err)
	}
	if o, err = own("", o.Version); err != nil || o.Account.Shown != "" {
		t.Errorf("%+v %v", o.Account, err)
	}
	if iban, _, err := m.BankAccount(m.sys, o.ID); err != nil || iban != "" {
		t.Errorf("a removed account is there still: %q %v", iban, err)
	}
}

// What an earlier version kept as it was works on, and is sealed.
func TestAccountsOfAnEarlierVersionAreSealed(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r, err := m.Register(m.sys, parties.RegisterInput{Company: german()})
	if err != nil {
		t.Fatal(err)
	}
	org := r.Org.ID
	if _, err := m.db.Ops(t).Exec(t.Context(), `UPDATE parties_orgs SET iban = $2, iban_sealed = NULL, iban_index = NULL, iban_shown = '' WHERE id = $1`, org.UUID(), account); err != nil {
		t.Fatal(err)
	}
	sound := func(when string) {
		t.Helper()
		if iban, _, err := m.BankAccount(m.sys, org); err != nil || iban != account {
			t.Errorf("%s: %q %v", when, iban, err)
		}
		if o, err := m.Own(m.operator(), org); err != nil || o.Account.Shown != "DE89 •••• 3000" {
			t.Errorf("%s: %+v %v", when, o.Account, err)
		}
	}
	sound("before")
	if _, err := m.Decide(m.operator(), parties.DecideInput{Org: org, To: parties.Approved, Version: r.Org.Version}); err != nil {
		t.Fatal(err)
	}
	sound("after a decision")
	if err := m.SealAccounts(m.sys); err != nil {
		t.Fatal(err)
	}
	sound("sealed")
	var left string
	if err := m.db.Ops(t).QueryRow(t.Context(), `SELECT iban FROM parties_orgs WHERE id = $1`, org.UUID()).Scan(&left); err != nil || left != "" {
		t.Errorf("%q is there still, %v", left, err)
	}
}
