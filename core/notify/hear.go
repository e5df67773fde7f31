package notify

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
)

// TaskSend is the task that sends the letters of one event; its argument is a SendArgs.
const TaskSend = "notify.send"

// SendArgs names the letters.
type SendArgs struct {
	Mails []id.Mail `json:"mails"`
	Mail  id.Mail   `json:"mail,omitzero"` // of a task that was queued when each letter had its own
}

// Hear turns an event into messages and letters, in the consumer's unit. Hearing the
// same event again tells nobody twice.
func (s *Service) Hear(ctx context.Context, e event.Recorded) error {
	rule, ok := s.rules[e.Name]
	if !ok {
		return nil
	}
	p, err := read(e.Data)
	if err != nil {
		return err
	}
	var eid id.Event
	if err := eid.UnmarshalText([]byte(e.ID)); err != nil {
		return err
	}
	var ms []Message
	to := map[id.Person]letterTo{}
	for _, t := range rule.Targets {
		kind := t.kind(p)
		if kind == "" {
			continue
		}
		people, err := s.audience(ctx, t.To, p)
		if err != nil {
			return fmt.Errorf("who hears of %s: %w", e.Name, err)
		}
		for _, r := range people {
			if _, told := to[r.Person]; told || (!t.Self && e.Actor == "person:"+r.Person.String()) {
				continue
			}
			to[r.Person] = letterTo{r, t.Mail}
			ms = append(ms, Message{
				ID: id.Message{}.New(), Person: r.Person, Org: r.Org, Event: eid, Kind: kind, Params: p.Values,
				Link: fill(t.Link, p.Values), CreatedAt: s.n.Now(),
			})
		}
	}
	if len(ms) == 0 {
		return nil
	}
	fresh, err := s.n.Store.InsertMessages(ctx, ms)
	if err != nil {
		return fmt.Errorf("tell of %s: %w", e.Name, err)
	}
	return s.write(ctx, fresh, to)
}

type letterTo struct {
	Recipient
	mail bool
}

func (s *Service) audience(ctx context.Context, a Audience, p Payload) ([]Recipient, error) {
	if a.who == toOperators {
		return s.n.People.Operators(ctx)
	}
	var out []Recipient
	for _, text := range p.ids(a.Field) {
		if a.who == toPerson {
			var who id.Person
			if err := who.UnmarshalText([]byte(text)); err != nil {
				return nil, err
			}
			r, ok, err := s.n.People.Person(ctx, who)
			if err != nil {
				return nil, err
			}
			if ok {
				out = append(out, r)
			}
			continue
		}
		var org id.Org
		if err := org.UnmarshalText([]byte(text)); err != nil {
			return nil, err
		}
		members, err := s.n.People.Members(ctx, org, a.Role)
		if err != nil {
			return nil, err
		}
		out = append(out, members...)
	}
	return out, nil
}

// write queues a letter for each new message that wants one, and one task for all of them.
func (s *Service) write(ctx context.Context, ms []Message, to map[id.Person]letterTo) error {
	var mails []Mail
	sites := map[string]Site{}
	for _, m := range ms {
		r := to[m.Person]
		if !r.mail || r.Email == "" {
			continue
		}
		site, ok := sites[r.Locale]
		if !ok {
			var err error
			if site, err = s.n.Sites.Site(ctx, r.Locale); err != nil {
				return fmt.Errorf("letter from: %w", err)
			}
			sites[r.Locale] = site
		}
		mail, err := s.compose(m, r.Recipient, site)
		if err != nil {
			return err
		}
		mails = append(mails, mail)
	}
	if len(mails) == 0 {
		return nil
	}
	if err := s.n.Store.InsertMails(ctx, mails); err != nil {
		return err
	}
	var a SendArgs
	for _, m := range mails {
		a.Mails = append(a.Mails, m.ID)
	}
	return s.n.Tasks.Enqueue(ctx, TaskSend, a)
}
