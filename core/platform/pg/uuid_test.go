package pg_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestIdentifiersTravelAsTheyAreAndNoneIsNull(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	order, none, raw := id.Order{}.New(), id.Order{}, uuid.New()
	pointer := &raw
	var gotOrder, gotNone, cleared id.Order = none, order, order
	var gotRaw, gotNil uuid.UUID
	var gotPointer *uuid.UUID
	var text, noneText *string
	var ids []id.Order
	var raws []uuid.UUID
	var bytes [16]byte
	err := db.Read(db.NewTenant(t), func(b *pgx.Batch) {
		b.Queue(`SELECT $1::uuid, $2::uuid, $3::uuid, $4::uuid, $1::uuid::text, $2::uuid::text, $5::uuid, $6::uuid[], $7::uuid[], $3::uuid, NULL::uuid`,
			order, none, raw, uuid.UUID{}, pointer, []id.Order{order, order}, []uuid.UUID{raw}).QueryRow(func(r pgx.Row) error {
			return r.Scan(&gotOrder, &gotNone, &gotRaw, &gotNil, &text, &noneText, &gotPointer, &ids, &raws, &bytes, &cleared)
		})
	})
	if err != nil {
		t.Fatal(err)
	}
	if gotOrder != order || !gotNone.IsZero() || gotRaw != raw || gotNil != uuid.Nil || !cleared.IsZero() || uuid.UUID(bytes) != raw {
		t.Errorf("%v %v %v %v %v %v", gotOrder, gotNone, gotRaw, gotNil, cleared, bytes)
	}
	if text == nil || *text != order.String() || noneText != nil || gotPointer == nil || *gotPointer != raw {
		t.Errorf("%v %v %v", text, noneText, gotPointer)
	}
	if d := cmp.Diff([]id.Order{order, order}, ids); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]uuid.UUID{raw}, raws); d != "" {
		t.Error(d)
	}
}
