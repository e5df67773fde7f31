package reads

import (
	"context"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// Mails reads the letters that a market has sent. Who may is for the page to ask.
type Mails struct{ db *pg.DB }

// NewMails makes the reader.
func NewMails(db *pg.DB) *Mails { return &Mails{db} }

// Mail is one letter. Lists leave the bodies out.
type Mail struct {
	ID                 id.Mail
	To, Subject, State string
	At                 time.Time
	Text, HTML, Error  string
	Sealed             []byte // its secret, which the texts leave out
}

// mailsPerPage is how many letters one sees at once.
const mailsPerPage = 40

// List is a page of letters, newest first; to narrows it to one recipient.
func (m *Mails) List(ctx context.Context, to, after string) ([]Mail, string, error) {
	var from id.Mail
	if err := page.Decode(after, &from); err != nil {
		return nil, "", err
	}
	var out []Mail
	err := m.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, recipient, subject, state, created_at FROM notify_mails
			WHERE ($1 = '' OR recipient = $1) AND ($2::uuid = '00000000-0000-0000-0000-000000000000' OR id < $2) ORDER BY id DESC LIMIT $3`, to, from.UUID(), mailsPerPage+1).
			Query(func(rows pgx.Rows) (err error) {
				out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (x Mail, err error) {
					err = r.Scan(&x.ID, &x.To, &x.Subject, &x.State, &x.At)
					return x, err
				})
				return err
			})
	})
	l := page.Cut(out, mailsPerPage, func(x Mail) any { return x.ID })
	return l.Items, l.Next, err
}

// One is a letter with its bodies; ok is false where there is none.
func (m *Mails) One(ctx context.Context, which id.Mail) (Mail, bool, error) {
	var out []Mail
	err := m.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, recipient, subject, state, created_at, body_text, body_html, error, token_sealed FROM notify_mails WHERE id = $1`, which.UUID()).
			Query(func(rows pgx.Rows) (err error) {
				out, err = pgx.CollectRows(rows, func(r pgx.CollectableRow) (x Mail, err error) {
					err = r.Scan(&x.ID, &x.To, &x.Subject, &x.State, &x.At, &x.Text, &x.HTML, &x.Error, &x.Sealed)
					return x, err
				})
				return err
			})
	})
	if err != nil || len(out) == 0 {
		return Mail{}, false, err
	}
	return out[0], true, nil
}
