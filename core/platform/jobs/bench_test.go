package jobs_test

import (
	"context"
	"testing"

	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// What an event adds to a unit: compare with the unit that only writes a row.
func BenchmarkAUnitWithAnEvent(b *testing.B) {
	db := pgtest.New(b)
	q, err := jobs.New(db.DB, jobs.Options{})
	if err != nil {
		b.Fatal(err)
	}
	ctx := db.NewTenant(b)
	for name, events := range map[string]int{"none": 0, "one": 1, "five": 5} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				err := db.Do(ctx, func(ctx context.Context) error {
					tx, err := pg.Conn(ctx)
					if err != nil {
						return err
					}
					if _, err := tx.Exec(ctx, `INSERT INTO event_consumed VALUES ($1, 'b', gen_random_uuid(), now())`, pgtest.Tenant(b, ctx).UUID()); err != nil {
						return err
					}
					for range events {
						if err := q.Append(ctx, happened{N: 1, ID: "o"}); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
