package notify

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// ActionRead covers reading and marking: they are one's own messages.
const ActionRead policy.Action = "notify.message.read"

// Needs is what the service is made of.
type Needs struct {
	Unit   work.Unit
	Store  Store
	Gate   policy.Gate
	Now    clock.Now
	People People
	Texts  Texts
	Sites  Sites
	Sender Sender
	Tasks  Tasks
	Vault  Vault
	Secret []byte // opens what letters of an earlier version hide
	// KeepSealed leaves the secret of a letter that has gone where it is: a demonstration's
	// mailbox shows letters to people who have no other.
	KeepSealed bool
}

// Service is notify's use cases.
type Service struct {
	n     Needs
	rules map[string]Rule
	old   oldSeal
}

// New puts the service together.
func New(n Needs) *Service {
	s := &Service{n: n, rules: map[string]Rule{}, old: newOldSeal(n.Secret)}
	for _, r := range Rules {
		s.rules[r.Event] = r
	}
	return s
}

// Consumer is notify's name among the subscribers.
const Consumer = "notify"

// Subscribe listens to every event that somebody is told of.
func (s *Service) Subscribe(to Subscriber) {
	events := make([]string, len(Rules))
	for i, r := range Rules {
		events[i] = r.Event
	}
	to.Subscribe(Consumer, s.Hear, events...)
}

func (s *Service) me(ctx context.Context) (caller.Caller, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return caller.Caller{}, err
	}
	c, err := caller.From(ctx)
	if err == nil && c.Person.IsZero() {
		err = ErrNobody
	}
	return c, err
}

// Messages is one's own news, newest first, in one's language.
func (s *Service) Messages(ctx context.Context, unread bool, p page.Request) (page.List[Message], error) {
	c, err := s.me(ctx)
	if err != nil {
		return page.List[Message]{}, err
	}
	list, err := s.n.Store.Messages(ctx, c.Person, unread, p)
	if err != nil {
		return list, fmt.Errorf("messages: %w", err)
	}
	for i := range list.Items {
		list.Items[i].Text = s.text(c.Locale, list.Items[i].Kind, list.Items[i].Params)
	}
	return list, nil
}

// Unread counts one's news, for the bell; nobody has none.
func (s *Service) Unread(ctx context.Context) (int, error) {
	c, err := caller.From(ctx)
	if err != nil || c.Person.IsZero() {
		return 0, err
	}
	return s.n.Store.Unread(ctx, c.Person)
}

// Read marks one message.
func (s *Service) Read(ctx context.Context, message id.Message) error {
	return s.n.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := s.me(ctx)
		if err != nil {
			return err
		}
		return s.n.Store.MarkRead(ctx, c.Person, message, s.n.Now())
	})
}

// ReadAll marks everything and says how much it was.
func (s *Service) ReadAll(ctx context.Context) (int, error) {
	n := 0
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		c, err := s.me(ctx)
		if err != nil {
			return err
		}
		n, err = s.n.Store.MarkAllRead(ctx, c.Person, s.n.Now())
		return err
	})
	return n, err
}

// text is a message in a language; English when the language lacks it, and the key when
// even that does, so that a gap is seen.
func (s *Service) text(locale, kind string, params map[string]string) string {
	for _, l := range []string{locale, "en"} {
		if t, ok := s.n.Texts.Text(l, "notify."+kind, params); ok {
			return t
		}
	}
	return "notify." + kind
}
