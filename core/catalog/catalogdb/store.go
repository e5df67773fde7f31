// Package catalogdb keeps the catalogue in PostgreSQL. Pages read through one pipelined
// batch; writes go through pgx on the unit's transaction, many rows a statement.
package catalogdb

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements catalog.Store.
type Store struct{ db *pg.DB }

var _ catalog.Store = Store{}

// New makes a store.
func New(db *pg.DB) Store { return Store{db} }

// collect queues a query whose rows scan adds to out. What was gathered before is dropped
// when the answer comes, because a batch may be sent twice.
func collect[T any](b *pgx.Batch, out *[]T, scan func(pgx.Rows, *T) error, sql string, args ...any) {
	b.Queue(sql, args...).Query(func(rows pgx.Rows) error {
		*out = (*out)[:0]
		for rows.Next() {
			var v T
			if err := scan(rows, &v); err != nil {
				return err
			}
			*out = append(*out, v)
		}
		return rows.Err()
	})
}

// exec runs one statement on the unit's transaction, with the tenant as its first argument.
func exec(ctx context.Context, sql string, args ...any) (int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	who, err := caller.From(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, sql, append([]any{who.Tenant.UUID()}, args...)...)
	return tag.RowsAffected(), err
}

func uuids[N any](ids []id.ID[N]) []uuid.UUID {
	out := make([]uuid.UUID, len(ids))
	for i, v := range ids {
		out[i] = v.UUID()
	}
	return out
}

func orNull[N any](i id.ID[N]) any {
	if i.IsZero() {
		return nil
	}
	return i.UUID()
}

// doc is a JSON document of rows, for jsonb_to_recordset: the widest of all bulk inserts
// that needs no types spelled out on this side.
func doc(rows any) (string, error) {
	b, err := json.Marshal(rows)
	return string(b), err
}

func names(n catalog.Names) catalog.Names {
	if n == nil {
		return catalog.Names{}
	}
	return n
}

func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}
