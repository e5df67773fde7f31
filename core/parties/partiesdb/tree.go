package partiesdb

import (
	"context"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
)

// Structure implements parties.Store: everything about a company's tree in one round trip,
// however large it is.
func (s Store) Structure(ctx context.Context, o id.Org) (parties.Structure, error) {
	var us []parties.Unit
	var ss []parties.Setting
	var ms []parties.Member
	var cs []parties.CostCentre
	var as []kept
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		queue(b, &us, scanUnit, unitsOf, o.UUID())
		queue(b, &ss, scanSetting, `SELECT node_id, key, value FROM parties_settings WHERE org_id = $1`, o.UUID())
		queue(b, &ms, scanMember, membersOf, o.UUID())
		queue(b, &cs, scanCentre, centresOf, o.UUID())
		queue(b, &as, scanAddress, addressesOf, o.UUID())
	})
	for i := range ss {
		if ss[i].Unit == id.Unit(o) { // the company itself
			ss[i].Unit = id.Unit{}
		}
	}
	st := parties.NewStructure(us, ss)
	st.Members, st.Centres, st.Addresses = ms, cs, addresses(as, nil) // a tree shows no numbers
	return st, err
}

func scanSetting(r pgx.CollectableRow) (parties.Setting, error) {
	var x parties.Setting
	return x, r.Scan((*[16]byte)(&x.Unit), &x.Key, &x.Value)
}

func node(o id.Org, u id.Unit) uuid.UUID {
	if u.IsZero() {
		return o.UUID()
	}
	return u.UUID()
}

// PutSetting implements parties.Store.
func (Store) PutSetting(ctx context.Context, o id.Org, x parties.Setting) error {
	var err error
	if x.Value == "" {
		_, err = exec(ctx, `DELETE FROM parties_settings WHERE org_id = $1 AND node_id = $2 AND key = $3`, o.UUID(), node(o, x.Unit), string(x.Key))
	} else {
		_, err = exec(ctx, `INSERT INTO parties_settings (tenant_id, org_id, node_id, key, value) VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4)
			ON CONFLICT (tenant_id, org_id, node_id, key) DO UPDATE SET value = EXCLUDED.value`, o.UUID(), node(o, x.Unit), string(x.Key), x.Value)
	}
	return err
}

// ForgetSetting implements parties.Store.
func (Store) ForgetSetting(ctx context.Context, o id.Org, key parties.SettingKey, value string) error {
	_, err := exec(ctx, `DELETE FROM parties_settings WHERE org_id = $1 AND key = $2 AND value = $3`, o.UUID(), string(key), value)
	return err
}

// MoveUnit implements parties.Store.
func (Store) MoveUnit(ctx context.Context, o id.Org, u, parent id.Unit) error {
	n, err := exec(ctx, `UPDATE parties_units SET parent_id = $3 WHERE org_id = $1 AND id = $2`, o.UUID(), u.UUID(), none(parent))
	if err == nil && n == 0 {
		return parties.ErrUnit
	}
	return err
}

// SetLimits implements parties.Store.
func (Store) SetLimits(ctx context.Context, o id.Org, limits map[id.Person]int64) error {
	people, minor := make([]uuid.UUID, 0, len(limits)), make([]int64, 0, len(limits))
	for p, n := range limits {
		people, minor = append(people, p.UUID()), append(minor, n)
	}
	_, err := exec(ctx, `UPDATE parties_members m SET limit_minor = x.minor FROM unnest($2::uuid[], $3::bigint[]) x(person, minor)
		WHERE m.org_id = $1 AND m.person_id = x.person AND m.limit_inherits`, o.UUID(), people, minor)
	return err
}

// settingsFor goes from the member's unit upwards, the nearest first.
const settingsFor = `WITH RECURSIVE up AS (
			SELECT u.tenant_id, u.id, u.parent_id, 0 AS n FROM parties_members m JOIN parties_units u ON u.tenant_id = m.tenant_id AND u.id = m.unit_id
			WHERE m.org_id = $1 AND m.person_id = $2
			UNION ALL SELECT u.tenant_id, u.id, u.parent_id, n + 1 FROM up JOIN parties_units u ON u.tenant_id = up.tenant_id AND u.id = up.parent_id WHERE n < 20)
		SELECT DISTINCT ON (s.key) s.node_id, s.key, s.value FROM parties_settings s LEFT JOIN up ON up.id = s.node_id
		WHERE s.org_id = $1 AND (up.id IS NOT NULL OR s.node_id = $1) ORDER BY s.key, up.n NULLS LAST`

// Choices implements parties.Store.
func (s Store) Choices(ctx context.Context, o id.Org, p id.Person) (_ []parties.Address, cs []parties.CostCentre, _ map[parties.SettingKey]string, err error) {
	var as []kept
	var xs []parties.Setting
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		queue(b, &as, scanAddress, addressesOf, o.UUID())
		queue(b, &cs, scanCentre, centresOf, o.UUID())
		queue(b, &xs, scanSetting, settingsFor, o.UUID(), p.UUID())
	})
	out := make(map[parties.SettingKey]string, len(xs))
	for _, x := range xs {
		out[x.Key] = x.Value
	}
	return addresses(as, nil), cs, out, err
}
