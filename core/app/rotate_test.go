package app_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/vault"
)

// elsewhereSealed are columns that hold what is sealed, and not under a tenant's key.
var elsewhereSealed = []string{
	"cells_cells.sealed",     // by the master key itself: how a database is reached
	"certs_store.sealed",     // by the master key itself: it lies there before there is a tenant
	"notify_mails.sealed",    // by the house's secret, of letters that an earlier version left waiting: nothing is written there any more
	"web_idempotency.sealed", // by the master key itself: an answer lives for a day
	"vault_keys.keyset",      // the keys themselves, by the master key
}

func TestEverySealedColumnIsSealedAnewWhenTheKeyChanges(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	rows, err := h.DB.Ops(t).Query(t.Context(), `SELECT c.relname || '.' || a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
		WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND a.atttypid = 'bytea'::regtype AND a.attname ~ '(sealed|secret|keyset|private)$' AND NOT a.attisdropped ORDER BY 1`)
	if err != nil {
		t.Fatal(err)
	}
	there, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		t.Fatal(err)
	}
	known := slices.Clone(elsewhereSealed)
	for _, c := range app.Sealed {
		known = append(known, c.Table+"."+c.Column)
	}
	slices.Sort(known)
	if !slices.Equal(there, known) {
		t.Errorf("the database has %v; known are %v", there, known)
	}
}

func TestAKeyIsChangedWhileTheMarketWorksOn(t *testing.T) {
	h := apptest.New(t)
	pharma := tenantID(t, h, "pharma")
	ctx := caller.AsSystem(t.Context(), pharma, "test")
	c := vault.Column{Table: "identity_factors", Column: "sealed", Row: "person_id"}
	var person string
	if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT id::text FROM identity_people WHERE tenant_id = $1 AND email = 'buyer2@pharma.example'`, pharma.UUID()).Scan(&person); err != nil {
		t.Fatal(err)
	}
	err := h.House.DB.Do(ctx, func(ctx context.Context) error {
		sealed, err := h.Vault.Seal(ctx, c.Table, c.Column, person, []byte("a seed"))
		if err != nil {
			return err
		}
		_, err = h.DB.Ops(t).Exec(ctx, `INSERT INTO identity_factors (tenant_id, person_id, sealed, created_at) VALUES ($1, $2, $3, now()) ON CONFLICT (tenant_id, person_id) DO UPDATE SET sealed = EXCLUDED.sealed`, pharma.UUID(), person, sealed)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := h.DB.Ops(t).Exec(context.Background(), `DELETE FROM identity_factors WHERE tenant_id = $1 AND person_id = $2`, pharma.UUID(), person); err != nil {
			t.Error(err)
		}
	})
	stored := func() (b []byte) {
		t.Helper()
		if err := h.DB.Ops(t).QueryRow(t.Context(), `SELECT sealed FROM identity_factors WHERE tenant_id = $1 AND person_id = $2`, pharma.UUID(), person).Scan(&b); err != nil {
			t.Fatal(err)
		}
		return b
	}
	var phone []id.Phone
	if err := h.House.DB.Do(ctx, func(ctx context.Context) (err error) {
		phone, err = h.Phones.Keep(ctx, "+49 40 5550 6655")
		return err
	}); err != nil {
		t.Fatal(err)
	}
	first := stored()
	for round := 1; round <= 2; round++ {
		before := stored()
		if r, err := h.RotateNow(t.Context(), "pharma", func(string) {}); err != nil || r.State != "done" {
			t.Fatalf("%+v %v", r, err)
		}
		after := stored()
		if bytes.Equal(before[:5], after[:5]) {
			t.Errorf("round %d: the old key's seal is still there", round)
		}
		if plain, err := h.Vault.Open(ctx, c.Table, c.Column, person, after); err != nil || string(plain) != "a seed" {
			t.Errorf("round %d: %q %v", round, plain, err)
		}
		if got, err := h.Phones.Open(ctx, phone...); err != nil || got[phone[0]] != "+49 40 5550 6655" {
			t.Errorf("round %d: a number is %q, %v", round, got[phone[0]], err)
		}
		if found, err := h.Phones.Find(ctx, "+494055506655"); err != nil || !slices.Equal(found, phone) {
			t.Errorf("round %d: a number is found as %v, %v", round, found, err)
		}
	}
	// A key that was changed twice is forgotten: whoever kept an old dump opens nothing.
	if _, err := h.Vault.Open(ctx, c.Table, c.Column, person, first); !errors.Is(err, vault.ErrForeign) {
		t.Errorf("the first key opens still: %v", err)
	}
	if n, err := h.Vault.Unsealed(ctx, c); err != nil || n != 0 {
		t.Errorf("%d left, %v", n, err)
	}
}
