package identitydb

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const passkeyColumns = `k.id, k.person_id, k.credential_id, k.public_key, k.name, k.host, k.aaguid, k.transports, k.sign_count, k.backup_eligible, k.backed_up, k.created_at, k.used_at`

func scanPasskey(r pgx.CollectableRow) (identity.Passkey, error) {
	var k identity.Passkey
	var used *time.Time
	err := r.Scan((*[16]byte)(&k.ID), (*[16]byte)(&k.Person), &k.Credential, &k.PublicKey, &k.Name, &k.Host, &k.AAGUID, &k.Transports, &k.SignCount, &k.Eligible, &k.BackedUp, &k.CreatedAt, &used)
	k.CreatedAt = k.CreatedAt.UTC()
	if used != nil {
		k.UsedAt = used.UTC()
	}
	return k, err
}

func (s Store) passkeys(ctx context.Context, where string, arg any) ([]identity.Passkey, error) {
	var out []identity.Passkey
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+passkeyColumns+` FROM identity_passkeys k WHERE `+where+` ORDER BY k.created_at, k.id LIMIT 100`, arg).Query(func(rows pgx.Rows) error {
			var err error
			out, err = pgx.CollectRows(rows, scanPasskey)
			return err
		})
	})
	return out, err
}

// Passkeys implements identity.Store.
func (s Store) Passkeys(ctx context.Context, p id.Person) ([]identity.Passkey, error) {
	return s.passkeys(ctx, `k.person_id = $1`, p.UUID())
}

// PasskeyOf implements identity.Store.
func (s Store) PasskeyOf(ctx context.Context, credential []byte) (identity.Passkey, error) {
	ks, err := s.passkeys(ctx, `k.credential_id = $1`, credential)
	if err == nil && len(ks) == 0 {
		return identity.Passkey{}, identity.ErrNoPasskey
	}
	if err != nil {
		return identity.Passkey{}, err
	}
	return ks[0], nil
}

// InsertPasskey implements identity.Store.
func (s Store) InsertPasskey(ctx context.Context, k identity.Passkey) error {
	if k.Transports == nil {
		k.Transports = []string{}
	}
	_, err := s.exec(ctx, `INSERT INTO identity_passkeys (tenant_id, id, person_id, credential_id, public_key, name, host, aaguid, transports, sign_count, backup_eligible, backed_up, created_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		k.ID.UUID(), k.Person.UUID(), k.Credential, k.PublicKey, k.Name, k.Host, k.AAGUID, k.Transports, int64(k.SignCount), k.Eligible, k.BackedUp, k.CreatedAt)
	if c, ok := pg.Violated(err); ok && c == "identity_passkeys_tenant_id_credential_id_key" {
		return identity.ErrPasskeyKnown.Because(err)
	}
	return err
}

// UsePasskey implements identity.Store: the comparison and the change are one statement, so
// that of two who show the same signature at once one is refused.
func (s Store) UsePasskey(ctx context.Context, k id.Passkey, count uint32, backedUp bool, at time.Time) (bool, error) {
	n, err := s.exec(ctx, `UPDATE identity_passkeys SET sign_count = $2, backed_up = $3, used_at = $4
		WHERE id = $1 AND (sign_count < $2 OR sign_count = 0 AND $2 = 0)`, k.UUID(), int64(count), backedUp, at)
	return n == 1, err
}

// RenamePasskey implements identity.Store.
func (s Store) RenamePasskey(ctx context.Context, p id.Person, k id.Passkey, name string) (string, error) {
	return s.passkey(ctx, `UPDATE identity_passkeys SET name = $3 WHERE id = $1 AND person_id = $2 RETURNING name`, k.UUID(), p.UUID(), name)
}

// DropPasskey implements identity.Store.
func (s Store) DropPasskey(ctx context.Context, p id.Person, k id.Passkey) (string, error) {
	name, err := s.passkey(ctx, `DELETE FROM identity_passkeys WHERE id = $1 AND person_id = $2 RETURNING name`, k.UUID(), p.UUID())
	if err != nil {
		return "", err
	}
	return name, s.dropLoneRecovery(ctx, p)
}

func (s Store) passkey(ctx context.Context, sql string, args ...any) (name string, err error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return "", err
	}
	if err = tx.QueryRow(ctx, sql, args...).Scan(&name); pg.NoRows(err) {
		err = identity.ErrNoPasskey
	}
	return name, err
}

// dropLoneRecovery removes recovery codes that stand in for nothing any more.
func (s Store) dropLoneRecovery(ctx context.Context, p id.Person) error {
	_, err := s.exec(ctx, `DELETE FROM identity_recovery_codes c WHERE c.person_id = $1
		AND NOT EXISTS (SELECT FROM identity_passkeys k WHERE k.tenant_id = c.tenant_id AND k.person_id = c.person_id)
		AND NOT EXISTS (SELECT FROM identity_factors f WHERE f.tenant_id = c.tenant_id AND f.person_id = c.person_id AND f.confirmed_at IS NOT NULL)`, p.UUID())
	return err
}

// InsertCeremony implements identity.Store.
func (s Store) InsertCeremony(ctx context.Context, token, browser identity.Hash, x identity.Ceremony) error {
	_, err := s.exec(ctx, `INSERT INTO identity_ceremonies (tenant_id, token_hash, browser_hash, purpose, person_id, session_id, host, origin, asked, expires_at)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		token[:], browser[:], string(x.Purpose), orNull(x.Person), orNull(x.Session), x.Host, x.Origin, x.Asked, x.ExpiresAt)
	return err
}

// UseCeremony implements identity.Store.
func (s Store) UseCeremony(ctx context.Context, token, browser identity.Hash, what identity.CeremonyFor, now time.Time) (identity.Ceremony, error) {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return identity.Ceremony{}, err
	}
	x := identity.Ceremony{Purpose: what}
	var person, session *[16]byte
	err = tx.QueryRow(ctx, `DELETE FROM identity_ceremonies WHERE token_hash = $1 AND browser_hash = $2 AND purpose = $3 AND expires_at > $4
		RETURNING person_id, session_id, host, origin, asked, expires_at`, token[:], browser[:], string(what), now).
		Scan(&person, &session, &x.Host, &x.Origin, &x.Asked, &x.ExpiresAt)
	if pg.NoRows(err) {
		return identity.Ceremony{}, identity.ErrCeremony
	}
	if person != nil {
		x.Person = *person
	}
	if session != nil {
		x.Session = *session
	}
	return x, err
}
