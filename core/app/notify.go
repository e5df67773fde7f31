package app

import (
	"context"
	"net"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/notify/notifydb"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/mail"
)

// Mailbox is the demonstration's catch-all: every letter that was sent by SMTP.
type Mailbox interface {
	Letters(tenant id.Tenant, recipient string) []mail.Caught
}

func (h *House) makeNotify() {
	h.Notify = notify.New(notify.Needs{
		Unit: h.DB, Store: notifydb.New(h.DB), Gate: h.Gate, Now: h.Now, People: peopleFor{h}, Texts: texts{h.Theme},
		Sites: mailSites{h}, Sender: postman{h}, Tasks: tasksFor{h},
	})
}

type tasksFor struct{ *House }

// Enqueue implements notify.Tasks.
func (h tasksFor) Enqueue(ctx context.Context, task string, args any) error {
	return h.Queue.Enqueue(ctx, task, args)
}

func (h *House) hearNotify() {
	jobs.Register(h.Queue, notify.TaskSend, h.Notify.Deliver)
	h.Queue.Every("notify.sweep", unfinishedEvery, func(ctx context.Context) error {
		_, err := h.Notify.Sweep(ctx)
		return err
	})
	h.Notify.Subscribe(h.Queue)
}

type peopleFor struct{ *House }

const recipientColumns = `p.id, p.name, p.email, p.locale`

// Members implements notify.People: those who hold a role in a company, or its
// administrators when nobody does.
func (h peopleFor) Members(ctx context.Context, org id.Org, role string) ([]notify.Recipient, error) {
	var some, admins []notify.Recipient
	err := h.DB.Read(ctx, func(b *pgx.Batch) {
		q := `SELECT ` + recipientColumns + ` FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
			WHERE m.org_id = $1 AND p.state = 'active' AND m.roles && $2 ORDER BY p.id`
		b.Queue(q, org.UUID(), h.Gate.Holding(ctx, role)).Query(recipients(&some, org))
		b.Queue(q, org.UUID(), []string{"admin"}).Query(recipients(&admins, org))
	})
	if len(some) == 0 {
		some = admins
	}
	return some, err
}

// Operators implements notify.People.
func (h peopleFor) Operators(ctx context.Context) ([]notify.Recipient, error) {
	var out []notify.Recipient
	err := h.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT ` + recipientColumns + ` FROM identity_people p WHERE p.staff_role = 'operator' AND p.state = 'active' ORDER BY p.id`).Query(recipients(&out, id.Org{}))
	})
	return out, err
}

// Person implements notify.People.
func (h peopleFor) Person(ctx context.Context, person id.Person) (notify.Recipient, bool, error) {
	var out []notify.Recipient
	err := h.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT `+recipientColumns+` FROM identity_people p WHERE p.id = $1 AND p.state = 'active'`, person.UUID()).Query(recipients(&out, id.Org{}))
	})
	if err != nil || len(out) == 0 {
		return notify.Recipient{}, false, err
	}
	return out[0], true, nil
}

func recipients(to *[]notify.Recipient, org id.Org) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		r := notify.Recipient{Org: org}
		_, err := pgx.ForEachRow(rows, []any{&r.Person, &r.Name, &r.Email, &r.Locale}, func() error {
			*to = append(*to, r)
			return nil
		})
		return err
	}
}

type mailSites struct{ *House }

// Site implements notify.Sites.
func (h mailSites) Site(ctx context.Context, locale string) (notify.Site, error) {
	t, err := h.Tenancy.Current(ctx)
	name := t.Name[locale]
	if name == "" {
		name = t.Name[t.Settings.DefaultLocale]
	}
	return notify.Site{Name: name, BaseURL: h.BaseURL(t.CanonicalHost())}, err
}

type postman struct{ *House }

// Able implements notify.Sender.
func (h postman) Able() bool { return h.Mail != nil }

// Send implements notify.Sender.
func (h postman) Send(ctx context.Context, l notify.Letter) error {
	if h.Mail == nil {
		return mail.ErrRefused // it was set up when the letter was written
	}
	return h.Mail.Send(ctx, mail.Letter{ID: l.ID, To: l.To, Subject: l.Subject, Text: l.Text, HTML: l.HTML})
}

// Catch starts the demonstration's mailbox and sends every letter to it.
func (h *House) Catch(from string) error {
	box, err := mail.Catch(net.JoinHostPort("127.0.0.1", "0"))
	if err != nil {
		return err
	}
	if h.Mail, err = box.Sender(from); err != nil {
		return err
	}
	h.Demo.Mailbox = box
	return nil
}
