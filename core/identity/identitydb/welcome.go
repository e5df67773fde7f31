package identitydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
)

// LastSeen implements identity.Store.
func (s Store) LastSeen(ctx context.Context, p id.Person) (time.Time, error) {
	var at *time.Time
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT max(seen_at) FROM identity_sessions WHERE person_id = $1`, p.UUID()).QueryRow(func(r pgx.Row) error { return r.Scan(&at) })
	})
	if err != nil || at == nil {
		return time.Time{}, err
	}
	return at.UTC(), nil
}
