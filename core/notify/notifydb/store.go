// Package notifydb keeps messages and letters in PostgreSQL.
package notifydb

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
	"gorm.io/gorm"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Store implements notify.Store.
type Store struct{ db *pg.DB }

// New is a store on db.
func New(db *pg.DB) *Store { return &Store{db} }

var _ notify.Store = (*Store)(nil)

const insertMessages = `INSERT INTO notify_messages (tenant_id, id, person_id, org_id, event_id, kind, params, link, created_at)
	SELECT $1, r.id, r.person, r.org, r.event, r.kind, r.params::jsonb, r.link, r.at
	FROM unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[], $9::timestamptz[]) r(id, person, org, event, kind, params, link, at)
	ON CONFLICT (tenant_id, person_id, id) DO NOTHING RETURNING person_id, id`

// InsertMessages implements notify.Store, by one statement however many there are.
func (*Store) InsertMessages(ctx context.Context, ms []notify.Message) ([]notify.Message, error) {
	conn, err := pg.Conn(ctx)
	if err != nil {
		return nil, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	n := len(ms)
	ids, people, orgs, events := make([]uuid.UUID, n), make([]uuid.UUID, n), make([]*uuid.UUID, n), make([]uuid.UUID, n)
	kinds, params, links, ats := make([]string, n), make([]string, n), make([]string, n), make([]time.Time, n)
	for i, m := range ms {
		p, err := json.Marshal(m.Params)
		if err != nil {
			return nil, err
		}
		ids[i], people[i], orgs[i], events[i] = m.ID.UUID(), m.Person.UUID(), idOrNull(m.Org), m.Event.UUID()
		kinds[i], params[i], links[i], ats[i] = m.Kind, string(p), m.Link, m.CreatedAt
	}
	var b pgx.Batch
	type told struct {
		Person  id.Person
		Message id.Message
	}
	var fresh []told
	pg.Planned(ctx, &b)
	b.Queue(insertMessages, c.Tenant.UUID(), ids, people, orgs, events, kinds, params, links, ats).Query(func(rows pgx.Rows) (err error) {
		fresh, err = pgx.CollectRows(rows, pgx.RowToStructByPos[told])
		return err
	})
	err = conn.SendBatch(ctx, &b).Close()
	return slices.DeleteFunc(slices.Clone(ms), func(m notify.Message) bool { return !slices.Contains(fresh, told{m.Person, m.ID}) }), err
}

type cursor struct {
	ID id.Message `json:"id"`
}

// Messages implements notify.Store.
func (s *Store) Messages(ctx context.Context, person id.Person, unread bool, p page.Request) (page.List[notify.Message], error) {
	var after cursor
	if err := page.Decode(p.After, &after); err != nil {
		return page.List[notify.Message]{}, err
	}
	ms := []notify.Message{}
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		ms = ms[:0]
		b.Queue(`SELECT id, person_id, org_id, event_id, kind, params, link, created_at, read_at FROM notify_messages
			WHERE person_id = $1 AND (NOT $2 OR read_at IS NULL) AND ($3::uuid IS NULL OR id < $3) ORDER BY id DESC LIMIT $4`,
			person.UUID(), unread, idOrNull(after.ID), p.Size()+1).Query(func(rows pgx.Rows) error {
			for rows.Next() {
				var m notify.Message
				var params []byte
				var read *time.Time
				if err := rows.Scan(&m.ID, &m.Person, &m.Org, &m.Event, &m.Kind, &params, &m.Link, &m.CreatedAt, &read); err != nil {
					return err
				}
				if err := json.Unmarshal(params, &m.Params); err != nil {
					return err
				}
				m.CreatedAt, m.ReadAt = m.CreatedAt.UTC(), utc(read)
				ms = append(ms, m)
			}
			return rows.Err()
		})
	})
	if err != nil {
		return page.List[notify.Message]{}, err
	}
	return page.Cut(ms, p.Size(), func(m notify.Message) any { return cursor{m.ID} }), nil
}

// Unread implements notify.Store.
func (s *Store) Unread(ctx context.Context, person id.Person) (int, error) {
	var n int
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT count(*) FROM notify_messages WHERE person_id = $1 AND read_at IS NULL`, person.UUID()).
			QueryRow(func(row pgx.Row) error { return row.Scan(&n) })
	})
	return n, err
}

// MarkRead implements notify.Store. Reading again keeps the first time.
func (*Store) MarkRead(ctx context.Context, person id.Person, message id.Message, at time.Time) error {
	tx, _, err := unit(ctx)
	if err != nil {
		return err
	}
	res := tx.Table("notify_messages").Where("id = ? AND person_id = ?", message.UUID(), person.UUID()).
		Updates(map[string]any{"read_at": gorm.Expr("coalesce(read_at, ?)", at)})
	if res.Error == nil && res.RowsAffected == 0 {
		return notify.ErrNotFound
	}
	return res.Error
}

// MarkAllRead implements notify.Store.
func (*Store) MarkAllRead(ctx context.Context, person id.Person, at time.Time) (int, error) {
	tx, _, err := unit(ctx)
	if err != nil {
		return 0, err
	}
	res := tx.Table("notify_messages").Where("person_id = ? AND read_at IS NULL", person.UUID()).Updates(map[string]any{"read_at": at})
	return int(res.RowsAffected), res.Error
}

const insertMails = `INSERT INTO notify_mails (tenant_id, id, recipient, subject, body_text, body_html, state, error, attempts, created_at, token_sealed)
	SELECT $1, r.id, r.recipient, r.subject, r.body, r.html, r.state, '', 0, r.at, r.sealed
	FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::timestamptz[], $9::bytea[]) r(id, recipient, subject, body, html, state, at, sealed)`

// InsertMails implements notify.Store, on the unit's way to its commit.
func (*Store) InsertMails(ctx context.Context, ms []notify.Mail) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	n := len(ms)
	ids, to, subjects, texts, htmls, states, ats := make([]uuid.UUID, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]string, n), make([]time.Time, n)
	sealed := make([][]byte, n)
	for i, m := range ms {
		sealed[i] = m.Sealed
		ids[i], to[i], subjects[i], texts[i], htmls[i], states[i], ats[i] = m.ID.UUID(), m.To, m.Subject, m.Text, m.HTML, string(m.State), m.CreatedAt
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		pg.Planned(ctx, b)
		b.Queue(insertMails, c.Tenant.UUID(), ids, to, subjects, texts, htmls, states, ats, sealed)
	})
}

// Mails implements notify.Store.
func (s *Store) Mails(ctx context.Context, mails []id.Mail) ([]notify.Mail, error) {
	ids := make([]uuid.UUID, len(mails))
	for i, m := range mails {
		ids[i] = m.UUID()
	}
	var out []notify.Mail
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, recipient, subject, body_text, body_html, state, error, attempts, created_at, sent_at, token_sealed, sealed FROM notify_mails WHERE id = ANY ($1) ORDER BY id`, ids).
			Query(func(rows pgx.Rows) (err error) {
				out, err = pgx.CollectRows(rows, func(row pgx.CollectableRow) (m notify.Mail, err error) {
					var sent *time.Time
					err = row.Scan(&m.ID, &m.To, &m.Subject, &m.Text, &m.HTML, (*string)(&m.State), &m.Error, &m.Attempts, &m.CreatedAt, &sent, &m.Sealed, &m.Old)
					m.CreatedAt, m.SentAt = m.CreatedAt.UTC(), utc(sent)
					return m, err
				})
				return err
			})
	})
	return out, err
}

const saveMails = `UPDATE notify_mails m SET state = r.state, error = r.error, attempts = r.attempts, sent_at = r.sent, token_sealed = r.sealed, sealed = r.old
	FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[], $5::timestamptz[], $6::bytea[], $7::bytea[]) r(id, state, error, attempts, sent, sealed, old) WHERE m.id = r.id AND m.state <> 'sent'`

// SaveMails implements notify.Store. A letter that went out is never made unsent by a
// slower try.
func (*Store) SaveMails(ctx context.Context, ms []notify.Mail) error {
	n := len(ms)
	ids, states, errs, attempts, sent := make([]uuid.UUID, n), make([]string, n), make([]string, n), make([]int, n), make([]*time.Time, n)
	sealed, old := make([][]byte, n), make([][]byte, n)
	for i, m := range ms {
		sealed[i], old[i] = m.Sealed, m.Old
		ids[i], states[i], errs[i], attempts[i], sent[i] = m.ID.UUID(), string(m.State), m.Error, m.Attempts, orNull(m.SentAt)
	}
	return pg.Write(ctx, func(b *pgx.Batch) {
		pg.Planned(ctx, b)
		b.Queue(saveMails, ids, states, errs, attempts, sent, sealed, old)
	})
}

// Waiting implements notify.Store.
func (s *Store) Waiting(ctx context.Context, before time.Time, most int) ([]id.Mail, error) {
	var ids []id.Mail
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id FROM notify_mails WHERE state = 'queued' AND created_at < $1 ORDER BY id LIMIT $2`, before, most).Query(func(rows pgx.Rows) error {
			var err error
			ids, err = pgx.CollectRows(rows, pgx.RowTo[id.Mail])
			return err
		})
	})
	return ids, err
}

func unit(ctx context.Context) (*gorm.DB, uuid.UUID, error) {
	tx, err := pg.Tx(ctx)
	if err != nil {
		return nil, uuid.Nil, err
	}
	c, err := caller.From(ctx)
	return tx, c.Tenant.UUID(), err
}

func orNull(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

func utc(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return t.UTC()
}

func idOrNull[N any](i id.ID[N]) *uuid.UUID {
	if i.IsZero() {
		return nil
	}
	u := i.UUID()
	return &u
}
