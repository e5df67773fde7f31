package identitydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// RevokeOthers implements identity.Store.
func (s Store) RevokeOthers(ctx context.Context, p id.Person, but id.Session, at time.Time) (int64, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return 0, err
	}
	tag, err := tx.Exec(ctx, `UPDATE identity_sessions SET revoked_at = $3 WHERE person_id = $1 AND id <> $2 AND revoked_at IS NULL`, p.UUID(), but.UUID(), at)
	return tag.RowsAffected(), err
}

// InsertToken implements identity.Store.
func (s Store) InsertToken(ctx context.Context, h identity.Hash, t identity.Token) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `INSERT INTO identity_tokens (tenant_id, token_hash, person_id, kind, created_at, expires_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5)`, h[:], t.Person.UUID(), t.Kind, t.CreatedAt, t.ExpiresAt)
	return err
}

// TokenOwner implements identity.Store.
func (s Store) TokenOwner(ctx context.Context, h identity.Hash, kind string, now time.Time) (identity.Person, error) {
	var p identity.Person
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+personColumns+` FROM identity_tokens t JOIN identity_people p ON p.tenant_id = t.tenant_id AND p.id = t.person_id
			WHERE t.token_hash = $1 AND t.kind = $2 AND t.used_at IS NULL AND t.expires_at > $3 AND p.state = 'active'`, h[:], kind, now).
			QueryRow(func(r pgx.Row) error {
				var err error
				p, err = scanPerson(r)
				return err
			})
	})
	if pg.NoRows(err) {
		return identity.Person{}, identity.Dead(kind)
	}
	return p, err
}

// UseToken implements identity.Store: the row's lock lets one of two through.
func (s Store) UseToken(ctx context.Context, h identity.Hash, kind string, now time.Time) (id.Person, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return id.Person{}, err
	}
	var who id.Person
	err = tx.QueryRow(ctx, `UPDATE identity_tokens SET used_at = $3 WHERE token_hash = $1 AND kind = $2 AND used_at IS NULL AND expires_at > $3 RETURNING person_id`,
		h[:], kind, now).Scan((*[16]byte)(&who))
	if pg.NoRows(err) {
		return who, identity.Dead(kind)
	}
	return who, err
}

// EndTokens implements identity.Store.
func (s Store) EndTokens(ctx context.Context, p id.Person, now time.Time) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	_, err = tx.Exec(ctx, `UPDATE identity_tokens SET used_at = $2 WHERE person_id = $1 AND used_at IS NULL`, p.UUID(), now)
	return err
}
