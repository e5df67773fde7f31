package contact_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func open(t *testing.T, db *pgtest.DB) (*contact.Phones, *vault.Vault) {
	t.Helper()
	v, err := vault.New(db.DB, []byte("the master key of the numbers' tests"), nil)
	if err != nil {
		t.Fatal(err)
	}
	return contact.New(db.DB, v), v
}

func keep(t *testing.T, ctx context.Context, db *pgtest.DB, p *contact.Phones, numbers ...string) (named []id.Phone) { //nolint:revive // tests pass t first
	t.Helper()
	if err := db.Do(ctx, func(ctx context.Context) (err error) { named, err = p.Keep(ctx, numbers...); return err }); err != nil {
		t.Fatal(err)
	}
	return named
}

func TestANumberIsKeptOnceUnreadableAndFoundHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, other := db.NewTenant(t), db.NewTenant(t)
	p, _ := open(t, db)
	named := keep(t, ctx, db, p, "+49 40 5550-7741", "", "+86 21 5550 1234", "+49 40 5550-7741")
	if !named[1].IsZero() || named[0] != named[3] || named[0] == named[2] || named[0].IsZero() {
		t.Fatalf("%v", named)
	}
	if again := keep(t, ctx, db, p, "+86 21 5550 1234", "+49 40 5550-7741"); again[0] != named[2] || again[1] != named[0] {
		t.Errorf("brought again they are others: %v, %v", again, named)
	}
	written := keep(t, ctx, db, p, "0049 (40) 5550 7741")[0]
	if written == named[0] {
		t.Error("somebody's way to write a number is lost")
	}
	got, err := p.Open(ctx, named[0], id.Phone{}, named[2], written)
	if err != nil || got[named[0]] != "+49 40 5550-7741" || got[named[2]] != "+86 21 5550 1234" || got[written] != "0049 (40) 5550 7741" || len(got) != 3 {
		t.Errorf("%v, %v", got, err)
	}
	found, err := p.Find(ctx, "+494055507741")
	if err != nil || len(found) != 2 || found[0] != named[0] || found[1] != written {
		t.Errorf("%v, %v", found, err)
	}
	for _, unknown := range []string{"+49405550774", "", "+4940555077411"} {
		if found, err := p.Find(ctx, unknown); err != nil || len(found) != 0 {
			t.Errorf("%q finds %v, %v", unknown, found, err)
		}
	}
	// A neighbour sees nothing of it, and has a number of his own under the same digits.
	if got, err := p.Open(other, named[0]); err != nil || len(got) != 0 {
		t.Errorf("a neighbour reads %v, %v", got, err)
	}
	if theirs := keep(t, other, db, p, "+49 40 5550-7741")[0]; theirs == named[0] {
		t.Error("two marketplaces share a number")
	}
	var dump string
	var equal int
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT string_agg(p::text, ' '), count(*) - count(DISTINCT text_index) FROM contact_phones p`).Scan(&dump, &equal); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(dump, "5550") || equal != 0 {
		t.Errorf("a dump tells a number, or that two marketplaces have the same: %d, %s", equal, dump)
	}
}

func TestNumbersCostTwoStatementsAndNoneCostsNothing(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	p, _ := open(t, db)
	named := keep(t, ctx, db, p, "+49 40 1", "+49 40 2", "+49 40 3") // which makes the marketplace's keys
	costs := func(ctx context.Context, what string, trips, statements int, fn func(ctx context.Context) error) {
		t.Helper()
		ctx, n := pg.Counting(ctx)
		if err := fn(ctx); err != nil || n.Trips() != trips || n.Statements() != statements {
			t.Errorf("%s: %d trips and %d statements, %v", what, n.Trips(), n.Statements(), err)
		}
	}
	costs(ctx, "opening three", 1, 3, func(ctx context.Context) error { _, err := p.Open(ctx, named...); return err }) // one says whose they are
	costs(ctx, "opening none", 0, 0, func(ctx context.Context) error { _, err := p.Open(ctx, id.Phone{}); return err })
	if err := db.Do(ctx, func(ctx context.Context) error {
		if _, err := p.Find(ctx, "+49 40 1"); err != nil { // the unit begins
			return err
		}
		costs(ctx, "keeping none", 0, 0, func(ctx context.Context) error { _, err := p.Keep(ctx, "", ""); return err })
		costs(ctx, "keeping three", 2, 2, func(ctx context.Context) error { _, err := p.Keep(ctx, "+49 40 1", "+49 40 4", "+49 40 5"); return err })
		return nil
	}); err != nil {
		t.Fatal(err)
	}
}

// Of two who bring a number that nobody had brought yet the slower waits, and gets the one
// that stays.
func TestOfTwoAtOnceOneKeepsTheNumber(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	p, _ := open(t, db)
	keep(t, ctx, db, p, "+49 40 1") // which makes the marketplace's keys
	var first, second []id.Phone
	var other sync.WaitGroup
	if err := db.Do(ctx, func(unit context.Context) (err error) {
		if first, err = p.Keep(unit, "+49 40 5550 7741"); err != nil {
			return err
		}
		other.Go(func() {
			if err := db.Do(ctx, func(ctx context.Context) (err error) { second, err = p.Keep(ctx, "+49 40 5550 7741"); return err }); err != nil {
				t.Error(err)
			}
		})
		pgtest.Eventually(t, time.Minute, "the other waits", func() (waits bool) {
			err := db.Ops(t).QueryRow(t.Context(), `SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%contact_phones%')`).Scan(&waits)
			return err == nil && waits
		})
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	other.Wait()
	if len(first) != 1 || len(second) != 1 || first[0] != second[0] || first[0].IsZero() {
		t.Fatalf("%v and %v", first, second)
	}
	if got, err := p.Open(ctx, first[0]); err != nil || got[first[0]] != "+49 40 5550 7741" {
		t.Errorf("%v, %v", got, err)
	}
}

func TestADestroyedKeyTakesTheNumbersWithIt(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	p, v := open(t, db)
	named := keep(t, ctx, db, p, "+49 40 5550 7741")
	if err := db.Do(ctx, v.Destroy); err != nil {
		t.Fatal(err)
	}
	if got, err := p.Open(ctx, named...); !errors.Is(err, vault.ErrDestroyed) || len(got) != 0 {
		t.Errorf("%v, %v", got, err)
	}
	if err := db.Do(ctx, func(ctx context.Context) error { _, err := p.Keep(ctx, "+49 40 5550 7742"); return err }); !errors.Is(err, vault.ErrDestroyed) {
		t.Errorf("a number is kept where nothing can be opened: %v", err)
	}
}
