package tally_test

import (
	"log/slog"
	"maps"
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/tally"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// till counts what it is told.
type till struct{ spent, charged map[tally.Key]int64 }

func newTill() *till { return &till{charged: map[tally.Key]int64{}} }

func (c *till) Spent() map[tally.Key]int64 {
	out := c.spent
	c.spent = nil
	return out
}

func (c *till) Charge(k tally.Key, n int64) { c.charged[k] += n }

func TestEachProcessIsChargedOnceWithWhatTheOthersLetThrough(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ada, bob := tally.Key{1}, tally.Key{2}
	var tills []*till
	var books []*tally.Book
	for range 3 {
		c := newTill()
		tills = append(tills, c)
		books = append(books, tally.New(db.DB, slog.New(slog.DiscardHandler), map[string]tally.Counter{"doors": c, "newer": newTill()}))
	}
	all := func() {
		t.Helper()
		for _, b := range books {
			if err := b.Round(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
	}
	tills[0].spent, tills[1].spent = map[tally.Key]int64{ada: 5, bob: 1}, map[tally.Key]int64{ada: 7}
	all()
	tills[0].spent = map[tally.Key]int64{ada: 2}
	all()
	all()
	for i, want := range []map[tally.Key]int64{{ada: 7}, {ada: 7, bob: 1}, {ada: 14, bob: 1}} {
		if !maps.Equal(tills[i].charged, want) {
			t.Errorf("process %d was charged %v, want %v", i, tills[i].charged, want)
		}
	}
	var rows int
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM tally_sheets WHERE spent ? 'doors'`).Scan(&rows); err != nil || rows != 3 {
		t.Errorf("%d sheets, %v: who has nothing to tell writes nothing", rows, err)
	}
}

func TestOldSheetsGoAndChargeNobody(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	mine := newTill()
	b := tally.New(db.DB, slog.New(slog.DiscardHandler), map[string]tally.Counter{"gates": mine})
	if _, err := db.Ops(t).Exec(t.Context(), `INSERT INTO tally_sheets (node, round, told_at, spent) VALUES
		(gen_random_uuid(), 1, now() - interval '2 minutes', '{"gates": {"01000000000000000000000000000000": 9}}'),
		(gen_random_uuid(), 1, now() - interval '10 seconds', '{"gates": {"01000000000000000000000000000000": 9}}'),
		(gen_random_uuid(), 1, now(), '{"gates": {"02000000000000000000000000000000": 1, "odd": 4, "03000000000000000000000000000000": -4}, "unheard of": {"01": 1}}')`); err != nil {
		t.Fatal(err)
	}
	mine.spent = map[tally.Key]int64{{9}: 1}
	if err := b.Round(t.Context()); err != nil {
		t.Fatal(err)
	}
	if want := (map[tally.Key]int64{{2}: 1}); !maps.Equal(mine.charged, want) {
		t.Errorf("charged %v, want %v", mine.charged, want)
	}
	var rows int
	if err := db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM tally_sheets WHERE told_at < now() - interval '1 minute'`).Scan(&rows); err != nil || rows != 0 {
		t.Errorf("%d old sheets, %v", rows, err)
	}
}
