package partiesdb_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/parties/partiesdb"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/vault"
)

const reached = "+49 40 5550 7741"

// yard is an address of a company.
func (m *market) yard(t *testing.T, r parties.Registered, label, phone string) parties.Address {
	t.Helper()
	a, err := m.PutAddress(m.as(r.Person, r.Org.ID, "buyer"), parties.Address{Org: r.Org.ID, Label: label, Country: "DE", City: "Hamburg", Street: "Kai 1", Contact: "Ada", Phone: phone})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestAnAddressesNumberIsKeptApartAndGoesWithIt(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	m.yard(t, r, "Yard", reached)
	m.yard(t, r, "Gate", reached)
	m.yard(t, r, "Field", "")
	told := func() (out []string) {
		t.Helper()
		as, err := m.Addresses(m.as(r.Person, r.Org.ID, "buyer"), r.Org.ID)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range as {
			out = append(out, a.Label+" "+a.Phone)
		}
		return out
	}
	if got := strings.Join(told(), ", "); got != "Field , Gate "+reached+", Yard "+reached {
		t.Errorf("%s", got)
	}
	var dump string
	var numbers, named int
	if err := m.db.Ops(t).QueryRow(t.Context(), `SELECT (SELECT string_agg(a::text, ' ') FROM parties_addresses a WHERE tenant_id = $1), (SELECT count(*) FROM contact_phones WHERE tenant_id = $1),
		(SELECT count(DISTINCT phone_id) FROM parties_addresses WHERE tenant_id = $1)`, m.tenant.ID.UUID()).Scan(&dump, &numbers, &named); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(dump, "5550") || numbers != 1 || named != 1 {
		t.Errorf("%d numbers, %d named: %s", numbers, named, dump)
	}
	m.yard(t, r, "Yard", "+49 40 1")
	m.yard(t, r, "Gate", "")
	if got := strings.Join(told(), ", "); got != "Field , Gate , Yard +49 40 1" {
		t.Errorf("changed: %s", got)
	}
}

// What an earlier version wrote into addresses is read as it was, and moves.
func TestNumbersOfAnEarlierVersionMoveOutOfAddresses(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	r := m.register(t)
	a, b := m.yard(t, r, "Yard", ""), m.yard(t, r, "Gate", "+49 40 1")
	if _, err := m.db.Ops(t).Exec(t.Context(), `UPDATE parties_addresses SET phone = $2 WHERE id = $1`, a.ID.UUID(), reached); err != nil {
		t.Fatal(err)
	}
	store := partiesdb.New(m.db.DB, m.phones)
	for _, when := range []string{"before", "moved", "moved again"} {
		for which, want := range map[parties.Address]string{a: reached, b: "+49 40 1"} {
			if got, err := m.AddressOf(m.as(r.Person, r.Org.ID, "buyer"), r.Org.ID, which.ID); err != nil || got.Phone != want {
				t.Errorf("%s: %q, %v", when, got.Phone, err)
			}
		}
		var left int
		if err := m.db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM parties_addresses WHERE tenant_id = $1 AND phone <> ''`, m.tenant.ID.UUID()).Scan(&left); err != nil || left != map[string]int{"before": 1}[when] {
			t.Errorf("%s: %d are there still, %v", when, left, err)
		}
		if err := store.KeepPhones(m.sys); err != nil {
			t.Fatal(err)
		}
	}
	if found, err := m.phones.Find(m.sys, "0049-40-55507741"); err != nil || len(found) != 1 {
		t.Errorf("what was moved is not found: %v, %v", found, err)
	}
	// A program with another master key reads nothing, and says so.
	wrong, err := vault.New(m.db.DB, []byte("another master key than these tests have"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := partiesdb.New(m.db.DB, contact.New(m.db.DB, wrong)).Addresses(m.sys, r.Org.ID); !errors.Is(err, vault.ErrMasterKey) {
		t.Errorf("%v", err)
	}
}
