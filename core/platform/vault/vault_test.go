package vault_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var master = []byte("the master key of the vault's tests")

func open(t *testing.T, db *pgtest.DB, key []byte) *vault.Vault {
	t.Helper()
	v, err := vault.New(db.DB, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func seal(t *testing.T, ctx context.Context, db *pgtest.DB, v *vault.Vault, plain string) []byte { //nolint:revive // tests pass t first
	t.Helper()
	var out []byte
	err := db.Do(ctx, func(ctx context.Context) (err error) {
		out, err = v.Seal(ctx, "things", "secret", "row-1", []byte(plain))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWhatIsSealedOpensInItsPlaceAlone(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, other := db.NewTenant(t), db.NewTenant(t)
	v := open(t, db, master)
	sealed := seal(t, ctx, db, v, "a seed")
	seal(t, other, db, v, "makes the neighbour's key")

	if bytes.Contains(sealed, []byte("a seed")) {
		t.Error("what is sealed can be read")
	}
	if got, err := v.Open(ctx, "things", "secret", "row-1", sealed); err != nil || string(got) != "a seed" {
		t.Fatalf("%q, %v", got, err)
	}
	for name, where := range map[string]struct {
		ctx                context.Context
		table, column, row string
	}{
		"another tenant":          {other, "things", "secret", "row-1"},
		"another row":             {ctx, "things", "secret", "row-2"},
		"another column":          {ctx, "things", "other", "row-1"},
		"another table":           {ctx, "thing", "secret", "row-1"},
		"letters moved over":      {ctx, "thingss", "ecret", "row-1"},
		"a tenant without a key":  {db.NewTenant(t), "things", "secret", "row-1"},
		"an empty name of column": {ctx, "things", "", "row-1"},
	} {
		if got, err := v.Open(where.ctx, where.table, where.column, where.row, sealed); !errors.Is(err, vault.ErrForeign) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for _, broken := range [][]byte{nil, {1}, sealed[:len(sealed)-1], append(bytes.Clone(sealed), 0)} {
		if _, err := v.Open(ctx, "things", "secret", "row-1", broken); !errors.Is(err, vault.ErrForeign) {
			t.Errorf("%d bytes: %v", len(broken), err)
		}
	}
}

// A tenant's wrapped key copied into another tenant's row opens nothing either.
func TestAWrappedKeyBelongsToItsTenant(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, other := db.NewTenant(t), db.NewTenant(t)
	v := open(t, db, master)
	seal(t, ctx, db, v, "x")
	sealed := seal(t, other, db, v, "y")
	var key []byte
	do(t, ctx, db, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT keyset FROM vault_keys`).Scan(&key)
	})
	do(t, other, db, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `UPDATE vault_keys SET keyset = $1`, key)
		return err
	})
	if _, err := v.Open(other, "things", "secret", "row-1", sealed); !errors.Is(err, vault.ErrMasterKey) {
		t.Errorf("a neighbour's key was unwrapped: %v", err)
	}
}

func TestARotatedKeyLeavesOldThingsReadable(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	v := open(t, db, master)
	old := seal(t, ctx, db, v, "before")
	do(t, ctx, db, v.Rotate)
	fresh := seal(t, ctx, db, v, "after")
	if bytes.Equal(old[:5], fresh[:5]) {
		t.Error("the new key is the old one")
	}
	for want, sealed := range map[string][]byte{"before": old, "after": fresh} {
		if got, err := v.Open(ctx, "things", "secret", "row-1", sealed); err != nil || string(got) != want {
			t.Errorf("%s: %q, %v", want, got, err)
		}
		if stale, err := v.Stale(ctx, sealed); err != nil || stale != (want == "before") {
			t.Errorf("%s: stale %v, %v", want, stale, err)
		}
	}
}

func TestADestroyedKeyMakesEverythingUnreadableForGood(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, other := db.NewTenant(t), db.NewTenant(t)
	v := open(t, db, master)
	sealed, theirs := seal(t, ctx, db, v, "gone"), seal(t, other, db, v, "stays")
	do(t, ctx, db, v.Destroy)
	if _, err := v.Open(ctx, "things", "secret", "row-1", sealed); !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("open: %v", err)
	}
	err := db.Do(ctx, func(ctx context.Context) error {
		_, err := v.Seal(ctx, "things", "secret", "row-1", []byte("x"))
		return err
	})
	if !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("a new key took the place of the destroyed one: %v", err)
	}
	if got, err := v.Open(other, "things", "secret", "row-1", theirs); err != nil || string(got) != "stays" {
		t.Errorf("the neighbour's: %q, %v", got, err)
	}
}

func TestAWrongMasterKeySaysSo(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	sealed := seal(t, ctx, db, open(t, db, master), "x")
	if _, err := open(t, db, []byte("quite another master key than that one")).Open(ctx, "things", "secret", "row-1", sealed); !errors.Is(err, vault.ErrMasterKey) {
		t.Errorf("got %v", err)
	}
	if _, err := vault.New(db.DB, []byte("short"), nil); err == nil {
		t.Error("a short master key was taken")
	}
}

func TestOfTwoFirstUsesOneMakesTheKey(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	v := open(t, db, master)
	sealed := make([][]byte, 8)
	var wg sync.WaitGroup
	for i := range sealed {
		wg.Go(func() {
			err := db.Do(ctx, func(ctx context.Context) (err error) {
				sealed[i], err = v.Seal(ctx, "things", "secret", "row-1", []byte{byte(i)})
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for i, s := range sealed {
		if got, err := v.Open(ctx, "things", "secret", "row-1", s); err != nil || !bytes.Equal(got, []byte{byte(i)}) {
			t.Errorf("%d: %v, %v", i, got, err)
		}
	}
}

func do(t *testing.T, ctx context.Context, db *pgtest.DB, fn func(context.Context) error) { //nolint:revive // tests pass t first
	t.Helper()
	if err := db.Do(ctx, fn); err != nil {
		t.Fatal(err)
	}
}
