package consoles

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// HolderSet is the people who hold exactly the same roles, by company or as staff.
type HolderSet struct {
	Roles []string
	Names []string
	Count int
}

// Holders groups whoever holds any of some roles by all the roles that he acts with: a
// market of ten thousand people has a dozen such sets. Somebody who acts for two companies
// is in two.
func (r *Reads) Holders(ctx context.Context, roles []string) ([]HolderSet, error) {
	var out []HolderSet
	err := r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &out, `SELECT acting.roles, (array_agg(acting.name ORDER BY acting.name))[1:12], count(*)::int FROM (
				SELECT p.name || coalesce(' · ' || o.name, '') AS name,
					ARRAY(SELECT DISTINCT x FROM unnest(coalesce(m.roles, '{}') || CASE WHEN p.staff_role = '' THEN '{}'::text[] ELSE ARRAY[p.staff_role] END) x ORDER BY x) AS roles
				FROM identity_people p LEFT JOIN parties_members m ON m.tenant_id = p.tenant_id AND m.person_id = p.id LEFT JOIN parties_orgs o ON o.tenant_id = m.tenant_id AND o.id = m.org_id
				WHERE p.state = 'active') acting
			WHERE acting.roles && $1::text[] GROUP BY acting.roles ORDER BY count(*) DESC, acting.roles LIMIT 200`, roles)
	})
	return out, err
}
