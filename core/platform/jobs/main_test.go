package jobs_test

import (
	"context"
	"encoding/json"
	"os"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// happened is an event of these tests.
type happened struct {
	N  int    `json:"n"`
	ID string `json:"id"`
}

func (happened) EventName() string        { return "testing.happened.v1" }
func (h happened) Subject() event.Subject { return event.Subject{Kind: "order", ID: h.ID} }

func number(t *testing.T, e event.Recorded) int {
	t.Helper()
	var h happened
	if err := json.Unmarshal(e.Data, &h); err != nil {
		t.Fatal(err)
	}
	return h.N
}

func newQueue(t *testing.T, db *pgtest.DB, o jobs.Options) *jobs.Queue {
	t.Helper()
	q, err := jobs.New(db.DB, o)
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func start(t *testing.T, q *jobs.Queue) {
	t.Helper()
	if err := q.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
		defer cancel()
		if err := q.Stop(ctx); err != nil {
			t.Errorf("stop: %v", err)
		}
	})
}

// tell appends the events 1..n in one unit.
func tell(ctx context.Context, t *testing.T, db *pgtest.DB, q *jobs.Queue, ns ...int) {
	t.Helper()
	err := db.Do(ctx, func(ctx context.Context) error {
		for _, n := range ns {
			if err := q.Append(ctx, happened{N: n, ID: "o1"}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// one scans one value as the tenant.
func one[T any](ctx context.Context, t *testing.T, db *pgtest.DB, sql string, args ...any) (v T) {
	t.Helper()
	err := db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(sql, args...).QueryRow(func(r pgx.Row) error { return r.Scan(&v) })
	})
	if err != nil {
		t.Fatal(err)
	}
	return v
}
