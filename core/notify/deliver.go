package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/work"
)

// Deliver sends letters: the task behind TaskSend. It runs outside any unit, and an error
// asks for another try later of those that did not go.
func (s *Service) Deliver(ctx context.Context, a SendArgs) error {
	if work.Active(ctx) {
		return errors.New("notify: letters are sent outside a unit of work")
	}
	if !a.Mail.IsZero() {
		a.Mails = append(a.Mails, a.Mail)
	}
	mails, err := s.n.Store.Mails(ctx, a.Mails)
	if err != nil {
		return fmt.Errorf("letters: %w", err)
	}
	var tried []Mail
	var failed error
	for _, m := range mails {
		if m.State != Queued {
			continue // another try was faster, or it has been given up
		}
		if err := s.send(ctx, &m); err != nil {
			failed = errors.Join(failed, fmt.Errorf("letter %s: %w", m.ID, err))
		}
		tried = append(tried, m)
	}
	if len(tried) == 0 {
		return nil
	}
	err = s.n.Unit.Do(ctx, func(ctx context.Context) error { return s.n.Store.SaveMails(ctx, tried) })
	return errors.Join(failed, err)
}

// send tries one letter and notes how it went; an error means that it may go later.
func (s *Service) send(ctx context.Context, m *Mail) error {
	w, sent := s.whole(ctx, *m)
	shut := errors.Is(sent, errSeal) || fault.KindOf(sent) == fault.Gone
	if sent == nil {
		sent = s.n.Sender.Send(ctx, Letter{ID: m.ID.String(), To: m.To, Subject: m.Subject, Text: w.Text, HTML: w.HTML})
	}
	m.Attempts++
	switch {
	case sent == nil:
		m.State, m.Error, m.SentAt = Sent, "", s.n.Now()
	case shut || fault.KindOf(sent) == fault.Invalid || m.Attempts >= maxAttempts:
		m.State, m.Error = Failed, sent.Error()
	default:
		m.Error = sent.Error()
		return sent
	}
	if !s.n.KeepSealed {
		m.Sealed, m.Old = nil, nil
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
		if err := s.Deliver(ctx, SendArgs{Mails: []id.Mail{m}}); err != nil {
			return done, err // the server is down for all of them
		}
		done++
	}
	return done, nil
}
