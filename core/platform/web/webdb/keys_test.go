package webdb_test

import (
	"context"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/platform/web"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func claim(body string) web.Claim {
	return web.Claim{Actor: "person:1", Key: "k", Route: "POST /api/v1/orders", BodyHash: []byte(body), At: noon, Until: noon.Add(time.Minute)}
}

// take claims and, when told to, finishes in one unit.
func take(t *testing.T, ctx context.Context, db *pgtest.DB, c web.Claim, finish *web.Kept) (*web.Kept, error) {
	t.Helper()
	var old *web.Kept
	err := db.Do(ctx, func(ctx context.Context) (err error) {
		if old, err = keys.Claim(ctx, c); err != nil || old != nil || finish == nil {
			return err
		}
		return keys.Finish(ctx, c, *finish, c.At.Add(24*time.Hour))
	})
	return old, err
}

var paid = web.Kept{Status: 201, Headers: map[string]string{"Content-Type": "application/json"}, Body: []byte("{\"paid\":true}\n")}

func TestARepeatIsAnsweredWithTheSameBytes(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	if old, err := take(t, ctx, db, claim("a"), &paid); old != nil || err != nil {
		t.Fatalf("first: %v %v", old, err)
	}
	old, err := take(t, ctx, db, claim("a"), &paid)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(&paid, old); d != "" {
		t.Error(d)
	}
	if _, err := take(t, ctx, db, claim("b"), &paid); !errors.Is(err, web.ErrKeyMismatch) {
		t.Errorf("another body: %v", err)
	}
	elsewhere := claim("a")
	elsewhere.Route = "POST /api/v1/rfqs"
	if _, err := take(t, ctx, db, elsewhere, &paid); !errors.Is(err, web.ErrKeyMismatch) {
		t.Errorf("another route: %v", err)
	}
}

func TestAKeyBelongsToItsTenantAndActor(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	if _, err := take(t, ctx, db, claim("a"), &paid); err != nil {
		t.Fatal(err)
	}
	if old, err := take(t, db.NewTenant(t), db, claim("b"), &paid); old != nil || err != nil {
		t.Errorf("another tenant: %v %v", old, err)
	}
	other := claim("b")
	other.Actor = "person:2"
	if old, err := take(t, ctx, db, other, &paid); old != nil || err != nil {
		t.Errorf("another actor: %v %v", old, err)
	}
}

// keep does in one unit what a request of one unit does.
func keep(ctx context.Context, db *pgtest.DB, c web.Claim, do func(context.Context) error) (*web.Kept, error) {
	var old *web.Kept
	err := db.Do(ctx, func(ctx context.Context) (err error) {
		if old, err = keys.Look(ctx, c); err != nil || old != nil {
			return err
		}
		if err := do(ctx); err != nil {
			return err
		}
		return keys.Keep(ctx, c, paid, c.At.Add(24*time.Hour))
	})
	return old, err
}

// A request of one unit: its twin is refused while it runs, its repeat is answered, and
// nobody else's key, nor the same key a day later, has anything to do with it.
func TestAnAnswerIsKeptWithItsUnit(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	nothing := func(context.Context) error { return nil }
	fails := errors.New("boom")
	if _, err := keep(ctx, db, claim("other body"), func(context.Context) error { return fails }); !errors.Is(err, fails) {
		t.Fatal(err)
	}
	old, err := keep(ctx, db, claim("a"), func(context.Context) error {
		if _, err := keep(ctx, db, claim("a"), nothing); !errors.Is(err, web.ErrInFlight) {
			t.Errorf("the twin: %v", err)
		}
		return nil
	})
	if old != nil || err != nil {
		t.Fatalf("first: %v %v", old, err)
	}
	if old, err = keep(ctx, db, claim("a"), nothing); err != nil || cmp.Diff(&paid, old) != "" {
		t.Errorf("repeat: %v %v", old, err)
	}
	if _, err := keep(ctx, db, claim("b"), nothing); !errors.Is(err, web.ErrKeyMismatch) {
		t.Errorf("another body: %v", err)
	}
	if old, err := keep(db.NewTenant(t), db, claim("b"), nothing); old != nil || err != nil {
		t.Errorf("another tenant: %v %v", old, err)
	}
	later := claim("b")
	later.At = noon.Add(25 * time.Hour)
	if old, err := keep(ctx, db, later, nothing); old != nil || err != nil {
		t.Errorf("a day later: %v %v", old, err)
	}
}

// Whoever writes without having looked cannot make one key lead to two answers.
func TestTheKeyItselfAllowsOneAnswer(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	for n := range 2 {
		err := db.Do(ctx, func(ctx context.Context) error {
			return keys.Keep(ctx, claim("a"), paid, noon.Add(24*time.Hour))
		})
		if errors.Is(err, web.ErrInFlight) != (n == 1) || n == 0 && err != nil {
			t.Errorf("writing %d: %v", n, err)
		}
	}
}

// The twin of a running request is told to wait, at once and not after a lock timeout.
func TestAParallelTwinIsRefusedAtOnce(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	err := db.Do(ctx, func(in context.Context) error {
		if _, err := keys.Claim(in, claim("a")); err != nil {
			return err
		}
		start := time.Now()
		if _, err := take(t, ctx, db, claim("a"), &paid); !errors.Is(err, web.ErrInFlight) {
			t.Errorf("got %v", err)
		}
		if took := time.Since(start); took > time.Second {
			t.Errorf("the twin waited %v", took)
		}
		return keys.Finish(in, claim("a"), paid, noon.Add(time.Hour))
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestAFailedUnitLeavesTheKeyFree(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	boom := errors.New("boom")
	err := db.Do(ctx, func(ctx context.Context) error {
		if _, err := keys.Claim(ctx, claim("a")); err != nil {
			return err
		}
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	if old, err := take(t, ctx, db, claim("other body"), &paid); old != nil || err != nil {
		t.Errorf("%v %v", old, err)
	}
}

// What a request has begun is told to its repeats, whether the process died or the claim was
// given back, and to no other request.
func TestWhatWasBegunIsToldToTheRepeat(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(context.Context, web.Claim) error{
		"given back": func(ctx context.Context, c web.Claim) error { return keys.Release(ctx, c) },
		"died":       func(context.Context, web.Claim) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			db := pgtest.New(t)
			ctx := db.NewTenant(t)
			first := claim("a")
			if _, err := take(t, ctx, db, first, nil); err != nil {
				t.Fatal(err)
			}
			err := db.Do(ctx, func(ctx context.Context) error { return keys.Begin(ctx, first, "shipment 7") })
			if err == nil {
				err = db.Do(ctx, func(ctx context.Context) error { return end(ctx, first) })
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, want := range []struct{ body, begun string }{{"a", "shipment 7"}, {"b", ""}} {
				next := claim(want.body)
				next.At, next.Until = first.Until.Add(time.Minute), first.Until.Add(2*time.Minute)
				var begun string
				undone := errors.New("undone")
				err := db.Do(ctx, func(ctx context.Context) error {
					old, err := keys.Claim(ctx, next)
					if err != nil || old != nil {
						t.Errorf("claimed: %v %v", old, err)
						return err
					}
					if begun, err = keys.Begun(ctx, next); err != nil {
						return err
					}
					return undone
				})
				if !errors.Is(err, undone) || begun != want.begun {
					t.Errorf("body %s: begun %q, want %q (%v)", want.body, begun, want.begun, err)
				}
			}
			late := db.Do(ctx, func(ctx context.Context) error {
				c := first
				c.At = c.At.Add(-time.Second)
				return keys.Begin(ctx, c, "another")
			})
			if !errors.Is(late, web.ErrInFlight) {
				t.Errorf("a claim that was taken over begins something: %v", late)
			}
		})
	}
}

// A phased claim survives its process: until its lease runs out it is in flight, then
// the repeat may take it over, and the late first answer no longer counts.
func TestALapsedClaimIsTakenOver(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	first := claim("a")
	if _, err := take(t, ctx, db, first, nil); err != nil {
		t.Fatal(err)
	}
	if _, err := take(t, ctx, db, claim("a"), nil); !errors.Is(err, web.ErrInFlight) {
		t.Errorf("within the lease: %v", err)
	}
	second := claim("a")
	second.At, second.Until = noon.Add(2*time.Minute), noon.Add(3*time.Minute)
	if old, err := take(t, ctx, db, second, &paid); old != nil || err != nil {
		t.Fatalf("after the lease: %v %v", old, err)
	}
	late := web.Kept{Status: 200, Body: []byte("late")}
	err := db.Do(ctx, func(ctx context.Context) error { return keys.Finish(ctx, first, late, noon.Add(time.Hour)) })
	if err != nil {
		t.Fatal(err)
	}
	third := second
	third.At = noon.Add(5 * time.Minute)
	if old, err := take(t, ctx, db, third, nil); err != nil || old == nil || string(old.Body) != string(paid.Body) {
		t.Errorf("%v %v", old, err)
	}
}

func TestReleaseAndSweep(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	if _, err := take(t, ctx, db, claim("a"), nil); err != nil {
		t.Fatal(err)
	}
	if err := db.Do(ctx, func(ctx context.Context) error { return keys.Release(ctx, claim("a")) }); err != nil {
		t.Fatal(err)
	}
	if old, err := take(t, ctx, db, claim("b"), &paid); old != nil || err != nil {
		t.Errorf("released: %v %v", old, err)
	}
	for want, at := range []time.Time{noon.Add(time.Hour), noon.Add(25 * time.Hour)} {
		var n int64
		err := db.Do(ctx, func(ctx context.Context) (err error) { n, err = keys.Sweep(ctx, at); return err })
		if err != nil || n != int64(want) {
			t.Errorf("swept %d at %v: %v", n, at, err)
		}
	}
}

// What somebody typed comes back in answers, so a copy of the database must not tell them.
func TestAKeptAnswerIsUnreadableInADump(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	said := web.Kept{Status: 201, Headers: paid.Headers, Body: []byte(`{"phone":"+49 40 5550 7741"}`)}
	keep := map[string]func(ctx context.Context, c web.Claim) error{
		"kept": func(ctx context.Context, c web.Claim) error { return keys.Keep(ctx, c, said, noon.Add(time.Hour)) },
		"finished": func(ctx context.Context, c web.Claim) error {
			_, err := keys.Claim(ctx, c)
			return errors.Join(err, keys.Finish(ctx, c, said, noon.Add(time.Hour)))
		},
	}
	for how, do := range keep {
		c := claim("a")
		c.Key = how
		if err := db.Do(ctx, func(ctx context.Context) error { return do(ctx, c) }); err != nil {
			t.Fatalf("%s: %v", how, err)
		}
		var told bool
		if err := db.Ops(t).QueryRow(t.Context(), `SELECT w::text LIKE '%' || encode('5550 7741', 'hex') || '%' OR response IS NOT NULL FROM web_idempotency w WHERE tenant_id = $1 AND key = $2`, pgtest.Tenant(t, ctx).UUID(), how).Scan(&told); err != nil || told {
			t.Errorf("%s: a dump tells it, %v", how, err)
		}
		if old, err := take(t, ctx, db, c, &said); err != nil || cmp.Diff(&said, old) != "" {
			t.Errorf("%s: %v, %s", how, err, cmp.Diff(&said, old))
		}
	}
	// An answer that somebody moves to another's key opens nothing there.
	other := claim("a")
	other.Key, other.Actor = "kept", "person:2"
	if _, err := db.Ops(t).Exec(t.Context(), `UPDATE web_idempotency SET actor = $2 WHERE tenant_id = $1 AND key = 'kept'`, pgtest.Tenant(t, ctx).UUID(), other.Actor); err != nil {
		t.Fatal(err)
	}
	if _, err := take(t, ctx, db, other, &said); !errors.Is(err, vault.ErrMasterKey) {
		t.Errorf("moved: %v", err)
	}
}

func TestAnAnswerThatAnEarlierVersionKeptIsGivenStill(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	if _, err := take(t, ctx, db, claim("a"), &paid); err != nil {
		t.Fatal(err)
	}
	if _, err := db.Ops(t).Exec(t.Context(), `UPDATE web_idempotency SET response = $2, sealed = NULL WHERE tenant_id = $1`, pgtest.Tenant(t, ctx).UUID(), paid.Body); err != nil {
		t.Fatal(err)
	}
	if old, err := take(t, ctx, db, claim("a"), &paid); err != nil || cmp.Diff(&paid, old) != "" {
		t.Errorf("%v, %s", err, cmp.Diff(&paid, old))
	}
}
