package contact_test

import (
	"context"
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

// A walk that is killed goes on where it was, and what it did before stays done. For two days
// it begins anew, since an earlier version may write behind it; then it looks at what is new.
func TestAWalkGoesOnWhereItWasAndReadsNothingForEver(t *testing.T) {
	t.Parallel()
	db := pgtest.New(t)
	ctx := db.NewTenant(t)
	p, _ := open(t, db)
	const rows = 2*contact.AtOnce + 7
	there := rows
	var begins []int
	fail := errors.New("killed")
	walk := func(upTo int) error {
		begins = nil
		return p.Walk(ctx, "things", func(_ context.Context, _ pgx.Tx, after uuid.UUID) (last uuid.UUID, seen int, err error) {
			from := int(binary.BigEndian.Uint64(after[8:])) //nolint:gosec // small
			begins = append(begins, from)
			if from >= upTo || len(begins) > 10 {
				return last, 0, fail
			}
			seen = min(contact.AtOnce, there-from)
			binary.BigEndian.PutUint64(last[8:], uint64(from+seen)) //nolint:gosec // small
			return last, seen, nil
		})
	}
	begun := func(want ...int) {
		t.Helper()
		if !slices.Equal(begins, want) {
			t.Errorf("portions begin after %v, not %v", begins, want)
		}
	}
	if err := walk(contact.AtOnce); !errors.Is(err, fail) {
		t.Fatal(err)
	}
	begun(0, 500)
	if err := walk(rows * 2); err != nil {
		t.Fatal(err)
	}
	begun(500, 1000)
	if err := walk(rows * 2); err != nil {
		t.Fatal(err)
	}
	begun(0, 500, 1000)
	if _, err := db.Ops(t).Exec(t.Context(), `UPDATE contact_walks SET began_at = began_at - interval '3 days' WHERE tenant_id = $1`, pgtest.Tenant(t, ctx).UUID()); err != nil {
		t.Fatal(err)
	}
	if err := walk(rows * 2); err != nil {
		t.Fatal(err)
	}
	begun(0, 500, 1000)
	there += 3
	for _, after := range []int{rows, rows + 3, rows + 3} {
		if err := walk(rows * 2); err != nil {
			t.Fatal(err)
		}
		begun(after)
	}
}
