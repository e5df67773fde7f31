package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/work"
)

// Deliver sends one letter: the task behind TaskSend. It runs outside any unit, and an
// error asks for another try later.
func (s *Service) Deliver(ctx context.Context, a SendArgs) error {
	if work.Active(ctx) {
		return errors.New("notify: letters are sent outside a unit of work")
	}
	m, err := s.n.Store.Mail(ctx, a.Mail)
	if err != nil {
		return fmt.Errorf("letter %s: %w", a.Mail, err)
	}
	if m.State != Queued {
		return nil // another try was faster, or it has been given up
	}
	sent := s.n.Sender.Send(ctx, Letter{ID: m.ID.String(), To: m.To, Subject: m.Subject, Text: m.Text, HTML: m.HTML})
	m.Attempts++
	switch {
	case sent == nil:
		m.State, m.Error, m.SentAt = Sent, "", s.n.Now()
	case fault.KindOf(sent) == fault.Invalid || m.Attempts >= maxAttempts:
		m.State, m.Error = Failed, sent.Error()
	default:
		m.Error = sent.Error()
	}
	if err := s.n.Unit.Do(ctx, func(ctx context.Context) error { return s.n.Store.SaveMail(ctx, m) }); err != nil {
		return fmt.Errorf("letter %s: %w", a.Mail, err)
	}
	if m.State == Queued {
		return fmt.Errorf("letter %s: %w", a.Mail, sent)
	}
	return nil
}

// Sweep sends letters whose task got lost; a periodic job calls it for each tenant.
func (s *Service) Sweep(ctx context.Context) (int, error) {
	mails, err := s.n.Store.Waiting(ctx, s.n.Now().Add(-time.Hour), 100)
	if err != nil {
		return 0, fmt.Errorf("waiting letters: %w", err)
	}
	done := 0
	for _, m := range mails {
		if err := s.Deliver(ctx, SendArgs{m}); err != nil {
			return done, err // the server is down for all of them
		}
		done++
	}
	return done, nil
}
