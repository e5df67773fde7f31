package consoles

import (
	"context"
	"slices"
	"strings"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
)

// Names are those of people of the caller's marketplace, by the subjects under which they
// act; whoever is none of them is missing.
func (r *Reads) Names(ctx context.Context, subjects ...string) (map[string]string, error) {
	var ids []uuid.UUID
	for _, s := range subjects {
		var p id.Person
		if rest, ok := strings.CutPrefix(s, "person:"); ok && p.UnmarshalText([]byte(rest)) == nil && !slices.Contains(ids, p.UUID()) {
			ids = append(ids, p.UUID())
		}
	}
	out := map[string]string{}
	if len(ids) == 0 {
		return out, nil
	}
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT 'person:' || id, name FROM identity_people WHERE id = ANY($1)`, ids).Query(func(rows pgx.Rows) error {
			var subject, name string
			_, err := pgx.ForEachRow(rows, []any{&subject, &name}, func() error { out[subject] = name; return nil })
			return err
		})
	})
	return out, err
}
