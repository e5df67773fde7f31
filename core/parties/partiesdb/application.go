package partiesdb

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// PutDraft implements parties.Store.
func (Store) PutDraft(ctx context.Context, d parties.Draft) error {
	data, err := json.Marshal(d.Data)
	if err != nil {
		return err
	}
	_, err = exec(ctx, `INSERT INTO parties_drafts (tenant_id, token_hash, data, updated_at, expires_at) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4)
		ON CONFLICT (tenant_id, token_hash) DO UPDATE SET data = EXCLUDED.data, updated_at = EXCLUDED.updated_at, expires_at = EXCLUDED.expires_at`, d.Hash[:], data, d.UpdatedAt, d.ExpiresAt)
	return err
}

// Draft implements parties.Store.
func (s Store) Draft(ctx context.Context, h parties.TokenHash) (parties.Draft, error) {
	ds, err := list(ctx, s.db, func(r pgx.CollectableRow) (parties.Draft, error) {
		d := parties.Draft{Hash: h}
		var data []byte
		if err := r.Scan(&data, &d.UpdatedAt, &d.ExpiresAt); err != nil {
			return d, err
		}
		return d, json.Unmarshal(data, &d.Data)
	}, `SELECT data, updated_at, expires_at FROM parties_drafts WHERE token_hash = $1`, h[:])
	if err != nil {
		return parties.Draft{}, err
	}
	if len(ds) == 0 {
		return parties.Draft{}, parties.ErrDraft
	}
	return ds[0], nil
}

// RemoveDraft implements parties.Store.
func (Store) RemoveDraft(ctx context.Context, h parties.TokenHash) error {
	_, err := exec(ctx, `DELETE FROM parties_drafts WHERE token_hash = $1`, h[:])
	return err
}

// PruneDrafts implements parties.Store.
func (Store) PruneDrafts(ctx context.Context, now time.Time) error {
	_, err := exec(ctx, `DELETE FROM parties_drafts WHERE expires_at < $1`, now)
	return err
}

// PutFacts implements parties.Store.
func (Store) PutFacts(ctx context.Context, o id.Org, facts map[string]string, numbers []parties.Number) error {
	data, err := json.Marshal(facts)
	if err != nil {
		return err
	}
	if _, err := exec(ctx, `UPDATE parties_orgs SET facts = $2 WHERE id = $1`, o.UUID(), data); err != nil {
		return err
	}
	for _, n := range numbers {
		_, err := exec(ctx, `INSERT INTO parties_identifiers (tenant_id, country, kind, number, org_id) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4)`, n.Country, n.Kind, n.No, o.UUID())
		if _, ok := pg.Violated(err); ok {
			return parties.ErrDuplicate.Because(err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ByNumber implements parties.Store: by the number that a company registered with, or by
// any other that it is known by.
func (s Store) ByNumber(ctx context.Context, n parties.Number) (parties.Org, error) {
	return first(list(ctx, s.db, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs o WHERE o.country = $1 AND o.reg_kind = $2 AND o.reg_no = $3
		OR o.id = (SELECT i.org_id FROM parties_identifiers i WHERE i.country = $1 AND i.kind = $2 AND i.number = $3)`, n.Country, n.Kind, n.No))
}

// Review implements parties.Store. A name is alike if it is the same without legal form
// and punctuation, in either script, or if one goes on where the other ends.
func (s Store) Review(ctx context.Context, o id.Org) (parties.Review, error) {
	var out parties.Review
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT facts FROM parties_orgs WHERE id = $1`, o.UUID()).QueryRow(func(r pgx.Row) error {
			var facts []byte
			if err := r.Scan(&facts); err != nil {
				return err
			}
			return json.Unmarshal(facts, &out.Facts)
		})
		queue(b, &out.Numbers, func(r pgx.CollectableRow) (parties.Number, error) {
			var n parties.Number
			return n, r.Scan(&n.Country, &n.Kind, &n.No)
		}, `SELECT country, kind, number FROM parties_identifiers WHERE org_id = $1 ORDER BY kind`, o.UUID())
		queue(b, &out.Alike, scanOrg, `WITH me AS MATERIALIZED (SELECT m.id, parties_name_key(m.name) AS k, parties_name_key(m.name_local) AS l FROM parties_orgs m WHERE m.id = $1)
			SELECT `+orgColumns+` FROM parties_orgs o, me WHERE o.id <> me.id AND (parties_name_key(o.name) = me.k OR me.l <> '' AND parties_name_key(o.name_local) = me.l
				OR length(me.k) > 5 AND (starts_with(parties_name_key(o.name), me.k || ' ') OR starts_with(me.k, parties_name_key(o.name) || ' ') AND length(parties_name_key(o.name)) > 5))
			ORDER BY o.id LIMIT 10`, o.UUID())
		queue(b, &out.Paid, scanOrg, `SELECT `+orgColumns+` FROM parties_orgs m JOIN parties_orgs o ON o.tenant_id = m.tenant_id AND o.iban_index = m.iban_index AND o.id <> m.id
			WHERE m.id = $1 ORDER BY o.id LIMIT 10`, o.UUID())
	})
	if pg.NoRows(err) {
		err = parties.ErrNotFound
	}
	return out, err
}
