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
	var all []news
	var whom []Whom
	for _, e := range es {
		some, err := s.read(e)
		if err != nil {
			return fmt.Errorf("who hears of %s: %w", e.Name, err)
		}
		for _, n := range some {
			whom = append(whom, n.whom...)
		}
		all = append(all, some...)
	}
	if len(all) == 0 {
		return nil
	}
	people, err := s.n.People.Find(ctx, whom)
	if err != nil {
		return fmt.Errorf("who hears of %d events: %w", len(es), err)
	}
	ms, to := s.address(all, people)
	if len(ms) == 0 {
		return nil
	}
	if ms, err = s.n.Store.InsertMessages(ctx, ms); err != nil {
		return fmt.Errorf("tell of %d events: %w", len(es), err)
	}
	return s.write(ctx, ms, to)
}

// news is what one target is to be told of one event.
type news struct {
	Target
	event   id.Event
	actor   string
	kind    string
	payload Payload
	whom    []Whom
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

// read finds what an event has to say and to whom.
func (s *Service) read(e event.Recorded) ([]news, error) {
	rule, ok := s.rules[e.Name]
	if !ok {
		return nil, nil
	}
	p, err := read(e.Data)
	if err != nil {
		return nil, err
	}
	var eid id.Event
	if err := eid.UnmarshalText([]byte(e.ID)); err != nil {
		return nil, err
	}
	var out []news
	for _, t := range rule.Targets {
		kind := t.kind(p)
		if kind == "" {
			continue
		}
		whom, err := t.To.whom(p)
		if err != nil {
			return nil, err
		}
		out = append(out, news{t, eid, e.Actor, kind, p, whom})
	}
	return out, nil
}

// address makes a message for each person, one per event: who hears of it in two roles is
// told in the first.
func (s *Service) address(all []news, people map[Whom][]Recipient) (ms []Message, to map[told]letterTo) {
	to = map[told]letterTo{}
	for _, n := range all {
		for _, w := range n.whom {
			for _, r := range people[w] {
				key := told{r.Person, n.event}
				if _, already := to[key]; already || (!n.Self && n.actor == "person:"+r.Person.String()) {
					continue
				}
				to[key] = letterTo{r, n.Mail}
				ms = append(ms, Message{
					ID: messageOf(n.event, r.Person), Person: r.Person, Org: r.Org, Event: n.event, Kind: n.kind, Params: n.payload.Values,
					Link: fill(n.Link, n.payload.Values), CreatedAt: s.n.Now(),
				})
			}
		}
	}
	return ms, to
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
