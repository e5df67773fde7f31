package app

import (
	"context"
	"net"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/notify/notifydb"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/mail"
)

// Mailbox is the demonstration's catch-all: every letter that was sent by SMTP.
type Mailbox interface {
	Letters(tenant id.Tenant, recipient string) []mail.Caught
}

func (h *House) makeNotify(secret []byte) {
	h.Notify = notify.New(notify.Needs{
		Unit: h.DB, Store: notifydb.New(h.DB), Gate: h.Gate, Now: h.Now, People: peopleFor{h}, Texts: texts{h.Theme},
		Sites: mailSites{h}, Sender: postman{h}, Tasks: tasksFor{h},
		Vault: h.Vault, Secret: secret, KeepSealed: h.Demo.On,
	})
}

type tasksFor struct{ *House }

// Enqueue implements notify.Tasks.
func (h tasksFor) Enqueue(ctx context.Context, task string, args any) error {
	return h.Queue.Enqueue(ctx, task, args)
}

func (h *House) hearNotify() {
	jobs.Register(h.Queue, notify.TaskSend, h.Notify.Deliver)
	jobs.Register(h.Queue, identity.TaskReset, h.Identity.WriteReset)
	jobs.Register(h.Queue, identity.TaskLink, h.Identity.WriteLink)
	h.Queue.Every("notify.sweep", unfinishedEvery, func(ctx context.Context) error {
		_, err := h.Notify.Sweep(ctx)
		return err
	})
	h.Notify.Subscribe(h.Queue)
}

type peopleFor struct{ *House }

// Find implements notify.People, in one trip whoever is asked for.
func (h peopleFor) Find(ctx context.Context, whom []notify.Whom) (map[notify.Whom][]notify.Recipient, error) {
	out := map[notify.Whom][]notify.Recipient{}
	admins := map[notify.Whom][]notify.Recipient{} // who stand in
	var people []uuid.UUID
	companies := map[string][]uuid.UUID{} // by role
	for _, w := range whom {
		switch _, asked := out[w]; {
		case asked:
			continue
		case !w.Person.IsZero():
			people = append(people, w.Person.UUID())
		case !w.Org.IsZero():
			companies[w.Role] = append(companies[w.Role], w.Org.UUID())
		}
		out[w] = nil
	}
	add := func(to notify.Whom, r notify.Recipient, holds bool) {
		if holds {
			out[to] = append(out[to], r)
		} else {
			admins[to] = append(admins[to], r)
		}
	}
	err := h.DB.Lookup(ctx, func(b *pgx.Batch) {
		if len(people) > 0 {
			b.Queue(`SELECT `+recipientColumns+`, NULL::uuid, true FROM identity_people p WHERE p.id = ANY ($1) AND p.state = 'active'`, people).
				Query(recipients(func(r notify.Recipient, holds bool) { add(notify.Whom{Person: r.Person}, r, holds) }))
		}
		for role, orgs := range companies {
			b.Queue(`SELECT `+recipientColumns+`, m.org_id, m.roles && $2 FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
				WHERE m.org_id = ANY ($1) AND p.state = 'active' AND m.roles && ($2 || '{admin}'::text[]) ORDER BY p.id`, orgs, h.Gate.Holding(ctx, role)).
				Query(recipients(func(r notify.Recipient, holds bool) { add(notify.Whom{Org: r.Org, Role: role}, r, holds) }))
		}
		if _, asked := out[notify.Whom{}]; asked {
			b.Queue(`SELECT ` + recipientColumns + `, NULL::uuid, true FROM identity_people p WHERE p.staff_role = 'operator' AND p.state = 'active' ORDER BY p.id`).
				Query(recipients(func(r notify.Recipient, holds bool) { add(notify.Whom{}, r, holds) }))
		}
	})
	for w, some := range admins {
		if len(out[w]) == 0 {
			out[w] = some
		}
	}
	return out, err
}

const recipientColumns = `p.id, p.name, p.email, p.locale`

// recipients reads those columns, the company somebody is a member of and whether he holds
// the role himself.
func recipients(add func(r notify.Recipient, holds bool)) func(pgx.Rows) error {
	return func(rows pgx.Rows) error {
		var r notify.Recipient
		var holds bool
		_, err := pgx.ForEachRow(rows, []any{&r.Person, &r.Name, &r.Email, &r.Locale, &r.Org, &holds}, func() error {
			add(r, holds)
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
	b, w := h.branded(t), wordsIn(t, locale)
	return notify.Site{
		Name: name, BaseURL: h.BaseURL(t.CanonicalHost()), Logo: fileURL(t.Brand.Logo, "full"), Accent: b.Accent, OnAccent: b.OnAccent, SignOff: w.SignOff, Footer: w.MailFooter,
	}, err
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
