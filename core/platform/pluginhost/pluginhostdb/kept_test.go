package pluginhostdb_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/pluginhost/pluginhostdb"
	"github.com/kontorhq/kontor/plugins/sdk"
)

const most = 1000

// shelf is a tenant's installation with a clock of its own.
func shelf(t *testing.T, db *pgtest.DB) (ctx context.Context, in id.Installation, s pluginhostdb.Kept, ahead *atomic.Int64) {
	t.Helper()
	ctx, in, ahead = db.NewTenant(t), id.Installation{}.New(), &atomic.Int64{}
	err := db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		_, err = tx.Exec(ctx, `INSERT INTO plugin_installations (tenant_id, id, plugin, version, created_at, updated_at) VALUES (current_setting('app.tenant_id')::uuid, $1, 'acme.x', '1.0.0', now(), now())`, in.UUID())
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return ctx, in, pluginhostdb.NewKept(db.DB, func() time.Time { return clock.System().Add(time.Duration(ahead.Load())) }), ahead
}

func TestAnEntryIsKeptWithItsVersion(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, in, s, ahead := shelf(t, db)
	put := func(key, value string, check bool, version uint64, expires time.Time) (sdk.Entry, error) {
		return s.Put(ctx, in, sdk.Entry{Key: key, Value: []byte(value), Version: version, Expires: expires}, check, most)
	}
	for n := range uint64(3) {
		if e, err := put("a", fmt.Sprint(n), true, n, time.Time{}); err != nil || e.Version != n+1 {
			t.Fatalf("%+v %v", e, err)
		}
	}
	if _, err := put("a", "x", true, 2, time.Time{}); !errors.Is(err, pluginhost.ErrKeptOther) {
		t.Errorf("an old version: %v", err)
	}
	if _, err := put("a", string(make([]byte, most+1)), false, 0, time.Time{}); !errors.Is(err, pluginhost.ErrKeptFull) {
		t.Errorf("too much: %v", err)
	}
	if e, err := put("a", string(make([]byte, most)), false, 0, time.Time{}); err != nil || e.Version != 4 {
		t.Errorf("as much as there is room for, in the place of what was there: %+v %v", e, err)
	}
	if _, err := put("b", "x", false, 0, time.Time{}); !errors.Is(err, pluginhost.ErrKeptFull) {
		t.Errorf("one byte more: %v", err)
	}
	if _, err := put("a", "", false, 0, time.Time{}); err != nil {
		t.Errorf("nothing: %v", err)
	}
	if _, err := put("brief", "x", false, 0, s2(ahead, time.Hour)); err != nil {
		t.Fatal(err)
	}
	if e, err := s.Get(ctx, in, "brief"); err != nil || e.Version != 1 || e.Expires.IsZero() {
		t.Errorf("%+v %v", e, err)
	}
	ahead.Store(int64(2 * time.Hour))
	if e, err := s.Get(ctx, in, "brief"); err != nil || e.Version != 0 {
		t.Errorf("what is over is there: %+v %v", e, err)
	}
	if list, err := s.List(ctx, in, "", "", 10); err != nil || len(list) != 1 {
		t.Errorf("%+v %v", list, err)
	}
	if e, err := put("brief", "y", true, 0, time.Time{}); err != nil || e.Version != 1 {
		t.Errorf("after its end it is new: %+v %v", e, err)
	}
	if was, err := s.Delete(ctx, in, "brief"); err != nil || !was {
		t.Errorf("%v %v", was, err)
	}
	if was, err := s.Delete(ctx, in, "brief"); err != nil || was {
		t.Errorf("%v %v", was, err)
	}
}

func s2(ahead *atomic.Int64, d time.Duration) time.Time {
	return clock.System().Add(time.Duration(ahead.Load()) + d)
}

func TestOfManyWhoSwapAtOnceOneSucceeds(t *testing.T) {
	t.Parallel()
	ctx, in, s, _ := shelf(t, pgtest.New(t))
	var won, lost atomic.Int32
	var wg sync.WaitGroup
	for n := range 20 {
		wg.Go(func() {
			_, err := s.Put(ctx, in, sdk.Entry{Key: "lock", Value: fmt.Append(nil, n)}, true, most)
			switch {
			case err == nil:
				won.Add(1)
			case errors.Is(err, pluginhost.ErrKeptOther):
				lost.Add(1)
			default:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 || lost.Load() != 19 {
		t.Errorf("%d won, %d lost", won.Load(), lost.Load())
	}
}

func TestEntriesAreListedByPrefixAndPage(t *testing.T) {
	t.Parallel()
	ctx, in, s, _ := shelf(t, pgtest.New(t))
	for _, key := range []string{"a/1", "a/2", "a/3", "a%x", "a_x", "b"} {
		if _, err := s.Put(ctx, in, sdk.Entry{Key: key, Value: bytes.Repeat([]byte("x"), 10)}, false, most); err != nil {
			t.Fatal(err)
		}
	}
	for _, x := range []struct {
		prefix, after string
		limit, want   int
	}{{"", "", 10, 6}, {"a/", "", 10, 3}, {"a/", "a/1", 10, 2}, {"a%", "", 10, 1}, {"a_", "", 10, 1}, {"", "", 2, 2}, {"c", "", 10, 0}, {`\`, "", 10, 0}} {
		if got, err := s.List(ctx, in, x.prefix, x.after, x.limit); err != nil || len(got) != x.want {
			t.Errorf("%+v: %+v %v", x, got, err)
		}
	}
}

func TestAnotherTenantsEntriesAreNotThere(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx, in, s, _ := shelf(t, db)
	if _, err := s.Put(ctx, in, sdk.Entry{Key: "a", Value: []byte("mine")}, false, most); err != nil {
		t.Fatal(err)
	}
	other := db.NewTenant(t)
	if e, err := s.Get(other, in, "a"); err != nil || e.Version != 0 {
		t.Errorf("%+v %v", e, err)
	}
	if list, err := s.List(other, in, "", "", 10); err != nil || len(list) > 0 {
		t.Errorf("%+v %v", list, err)
	}
	if was, err := s.Delete(other, in, "a"); err != nil || was {
		t.Errorf("%v %v", was, err)
	}
	if _, err := s.Put(other, in, sdk.Entry{Key: "a", Value: []byte("theirs")}, false, most); err == nil {
		t.Error("written for another's installation")
	}
}
