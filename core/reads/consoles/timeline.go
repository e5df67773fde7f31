package consoles

import (
	"context"
	"encoding/json"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
)

// Happening is one event on a thing's timeline.
type Happening struct {
	Name  string // "ordering.order_placed.v1"
	At    time.Time
	Actor string // "person:<id>", "system:<job>"
	By    string // the person's name, where the reader may know it
	Org   string // the company acted for
	Data  json.RawMessage
}

// inward are events of the buyer's house that a seller does not hear of.
var inward = []string{"ordering.approval_requested.v1", "ordering.approval_decided.v1", "payments.payment_instructed.v1", "payments.release_requested.v1"}

// Timeline is what happened to a thing, oldest first. A company sees the names of its own
// people, of others the company alone; a seller does not see how his customer decides.
func (r *Reads) Timeline(ctx context.Context, of event.Subject, seller bool) ([]Happening, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	hide := []string{}
	if seller {
		hide = inward
	}
	var out []Happening
	err = r.db.Read(ctx, func(b *pgx.Batch) {
		many(b, &out, `SELECT e.name, e.at, e.actor, CASE WHEN $3 OR e.org_id = $4 THEN coalesce(p.name, '') ELSE '' END, coalesce(o.name, ''), e.data
			FROM event_outbox e LEFT JOIN parties_orgs o ON o.tenant_id = e.tenant_id AND o.id = e.org_id
			LEFT JOIN identity_people p ON p.tenant_id = e.tenant_id AND p.id = CASE WHEN starts_with(e.actor, 'person:') THEN substr(e.actor, 8)::uuid END
			WHERE e.subject_kind = $1 AND e.subject_id = $2 AND NOT e.name = ANY ($5) ORDER BY e.id LIMIT 500`,
			of.Kind, of.ID, c.Org.IsZero(), c.Org.UUID(), hide)
	})
	return out, err
}
