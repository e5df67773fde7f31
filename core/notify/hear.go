package notify

import (
	"context"
	"crypto/sha256"
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

// Hear turns events into messages and letters, in the consumer's unit. Hearing the same
// event again tells nobody twice.
func (s *Service) Hear(ctx context.Context, es []event.Recorded) error {
	n := news{Service: s, known: map[string][]Recipient{}, to: map[told]letterTo{}}
	for _, e := range es {
		if err := n.add(ctx, e); err != nil {
			return err
		}
	}
	if len(n.messages) == 0 {
		return nil
	}
	fresh, err := s.n.Store.InsertMessages(ctx, n.messages)
	if err != nil {
		return fmt.Errorf("tell of %d events: %w", len(es), err)
	}
	return s.write(ctx, fresh, n.to)
}

// news is what some events come to: who is told what, and by letter too.
type news struct {
	*Service
	messages []Message
	to       map[told]letterTo
	known    map[string][]Recipient // audiences that were asked for
}

// told is one person's message of one event.
type told struct {
	person id.Person
	event  id.Event
}

type letterTo struct {
	Recipient
	mail bool
}

func (n *news) add(ctx context.Context, e event.Recorded) error {
	rule, ok := n.rules[e.Name]
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
	for _, t := range rule.Targets {
		kind := t.kind(p)
		if kind == "" {
			continue
		}
		people, err := n.audience(ctx, t.To, p)
		if err != nil {
			return fmt.Errorf("who hears of %s: %w", e.Name, err)
		}
		for _, r := range people {
			key := told{r.Person, eid}
			if _, already := n.to[key]; already || (!t.Self && e.Actor == "person:"+r.Person.String()) {
				continue
			}
			n.to[key] = letterTo{r, t.Mail}
			n.messages = append(n.messages, Message{
				ID: messageOf(eid, r.Person), Person: r.Person, Org: r.Org, Event: eid, Kind: kind, Params: p.Values,
				Link: fill(t.Link, p.Values), CreatedAt: n.n.Now(),
			})
		}
	}
	return nil
}

// messageOf is the identifier of what a person is told of an event: the same each time, so
// that nobody is told twice, and as old as the event.
func messageOf(e id.Event, person id.Person) id.Message {
	sum := sha256.Sum256(append(e[:], person[:]...))
	m := id.Message(e)
	copy(m[8:], sum[:8])
	m[8] = m[8]&0x3f | 0x80 // RFC 9562's variant
	return m
}

// audience is everybody a target means; who they are is asked once for all events.
func (n *news) audience(ctx context.Context, a Audience, p Payload) ([]Recipient, error) {
	if a.who == toOperators {
		return n.once("operators", func() ([]Recipient, error) { return n.n.People.Operators(ctx) })
	}
	var out []Recipient
	for _, text := range p.ids(a.Field) {
		some, err := n.once(a.Role+" "+text, func() ([]Recipient, error) { return n.ask(ctx, a, text) })
		if err != nil {
			return nil, err
		}
		out = append(out, some...)
	}
	return out, nil
}

func (n *news) once(key string, ask func() ([]Recipient, error)) ([]Recipient, error) {
	if r, ok := n.known[key]; ok {
		return r, nil
	}
	r, err := ask()
	if err == nil {
		n.known[key] = r
	}
	return r, err
}

// ask finds the person or the company's members behind an identifier.
func (n *news) ask(ctx context.Context, a Audience, text string) ([]Recipient, error) {
	if a.who == toPerson {
		var who id.Person
		if err := who.UnmarshalText([]byte(text)); err != nil {
			return nil, err
		}
		r, ok, err := n.n.People.Person(ctx, who)
		if err != nil || !ok {
			return nil, err
		}
		return []Recipient{r}, nil
	}
	var org id.Org
	if err := org.UnmarshalText([]byte(text)); err != nil {
		return nil, err
	}
	return n.n.People.Members(ctx, org, a.Role)
}

// write queues a letter for each new message that wants one, and one task for all of them.
func (s *Service) write(ctx context.Context, ms []Message, to map[told]letterTo) error {
	if !s.n.Sender.Able() {
		return nil
	}
	var mails []Mail
	sites := map[string]Site{}
	for _, m := range ms {
		r := to[told{m.Person, m.Event}]
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
