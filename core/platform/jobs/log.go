package jobs

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

var (
	_ event.Log      = (*Queue)(nil)
	_ audit.Recorder = (*Queue)(nil)
)

const (
	insertEvent = `INSERT INTO event_outbox (tenant_id, id, name, subject_kind, subject_id, data, actor, org_id, at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`
	insertAudit = `INSERT INTO audit_entries (tenant_id, id, at, actor, actor_name, org_id, action, object_kind, object_id, outcome, data, ip, request_id)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)`
)

// Append implements event.Log: one outbox row and one audit row per event, which travel
// with the unit's commit, and a job that will deliver them after it.
func (q *Queue) Append(ctx context.Context, events ...event.Event) error {
	if len(events) == 0 {
		return nil
	}
	c, _, err := here(ctx)
	if err != nil {
		return err
	}
	at, contents := q.now(), make([][]byte, len(events))
	for i, e := range events {
		if contents[i], err = json.Marshal(e); err != nil {
			return fmt.Errorf("event %s: %w", e.EventName(), err)
		}
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		for i, e := range events {
			q.event(b, c, at, e, contents[i])
		}
		q.wake(ctx, b, c.Tenant)
	})
}

func (q *Queue) event(b *pgx.Batch, c caller.Caller, at time.Time, e event.Event, data []byte) {
	eid, s := id.Event{}.New(), e.Subject()
	b.Queue(insertEvent, c.Tenant.UUID(), eid.UUID(), e.EventName(), s.Kind, s.ID, data, c.Subject(), optional(c.Org), at)
	// The record names the event and its content's digest rather than repeating it: the
	// content may hold what has to be forgotten one day, the record stays.
	sum := sha256.Sum256(data)
	q.line(b, c, at, audit.Entry{Action: e.EventName(), ObjectKind: s.Kind, ObjectID: s.ID, Outcome: audit.Done},
		fmt.Appendf(nil, `{"event":%q,"sha256":%q}`, eid.String(), hex.EncodeToString(sum[:])))
}

// Record implements audit.Recorder.
func (q *Queue) Record(ctx context.Context, e audit.Entry) error {
	c, _, err := here(ctx)
	if err != nil {
		return err
	}
	data, err := json.Marshal(e.Data)
	if err != nil {
		return fmt.Errorf("audit %s: %w", e.Action, err)
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		q.line(b, c, q.now(), e, data)
		q.wake(ctx, b, c.Tenant)
	})
}

func (q *Queue) line(b *pgx.Batch, c caller.Caller, at time.Time, e audit.Entry, data []byte) {
	b.Queue(insertAudit, c.Tenant.UUID(), id.Audit{}.New().UUID(), at, c.Subject(), c.Signature(), optional(c.Org),
		e.Action, e.ObjectKind, e.ObjectID, e.Outcome, data, c.IP, c.RequestID)
}

func here(ctx context.Context) (caller.Caller, pgx.Tx, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return c, nil, err
	}
	tx, err := pg.Conn(ctx)
	return c, tx, err
}

// optional is NULL for none.
func optional(o id.Org) any {
	if o.IsZero() {
		return nil
	}
	return o.UUID()
}
