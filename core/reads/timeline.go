package reads

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
)

// Moment is one event of a subject's history, with the names of who did it.
type Moment struct {
	At     time.Time
	Name   string // of the event, "ordering.order_placed.v1"
	Data   json.RawMessage
	Actor  string // "person:…", "system:…", "plugin:…"
	Person string // the actor's name, where it is a person
	Org    id.Org // the company acted for
	OrgIs  string // its name
}

// momentsMost bounds a timeline: the newest are shown.
const momentsMost = 200

// Timeline reads the newest events of a subject, oldest first. Whether the caller may see
// the subject has been asked before.
func (s *Buyer) Timeline(ctx context.Context, kind, subject string) ([]Moment, error) {
	var out []Moment
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT e.at, e.name, e.data, e.actor, coalesce(p.name, ''), e.org_id, coalesce(o.name, '') FROM (
				SELECT * FROM event_outbox WHERE subject_kind = $1 AND subject_id = $2 ORDER BY id DESC LIMIT $3) e
			LEFT JOIN identity_people p ON p.tenant_id = e.tenant_id AND p.id = CASE WHEN starts_with(e.actor, 'person:') THEN substr(e.actor, 8)::uuid END
			LEFT JOIN parties_orgs o ON o.tenant_id = e.tenant_id AND o.id = e.org_id ORDER BY e.id`, kind, subject, momentsMost).Query(func(rows pgx.Rows) error {
			out = nil
			for rows.Next() {
				var m Moment
				if err := rows.Scan(&m.At, &m.Name, &m.Data, &m.Actor, &m.Person, &m.Org, &m.OrgIs); err != nil {
					return err
				}
				out = append(out, m)
			}
			return rows.Err()
		})
	})
	return out, err
}
