package sourcing

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Close ends the quoting before its hour.
func (s *Service) Close(ctx context.Context, rfq id.RFQ) (RFQ, error) {
	r, err := s.change(ctx, rfq, ActionAward, func(ctx context.Context, r *RFQ) ([]event.Event, error) {
		return s.close(ctx, r, r.Open(s.n.Now()))
	})
	if err != nil {
		return RFQ{}, fmt.Errorf("close rfq %s: %w", rfq, err)
	}
	return r, nil
}

func (s *Service) close(ctx context.Context, r *RFQ, early bool) ([]event.Event, error) {
	quotes, err := s.n.Store.Quotes(ctx, r.ID, id.Org{})
	if err != nil {
		return nil, err
	}
	live := countLive(quotes, s.n.Now())
	if err := r.Close(live); err != nil {
		return nil, err
	}
	if r.State == Expired {
		return []event.Event{event.RFQExpired{RFQ: r.ID.String(), Number: r.Number, Buyer: r.Buyer.String()}}, nil
	}
	return []event.Event{event.RFQClosed{RFQ: r.ID.String(), Number: r.Number, Buyer: r.Buyer.String(), Quotes: live, Early: early}}, nil
}

func countLive(quotes []Quote, now time.Time) int {
	n := 0
	for _, q := range quotes {
		if q.Live(now) {
			n++
		}
	}
	return n
}

// Cancel withdraws a request. Sellers who were asked are told why; those of a draft
// never knew.
func (s *Service) Cancel(ctx context.Context, rfq id.RFQ, why string) (RFQ, error) {
	why = strings.TrimSpace(why)
	r, err := s.change(ctx, rfq, ActionCancel, func(ctx context.Context, r *RFQ) ([]event.Event, error) {
		var c fault.Check
		least := 1
		if r.State == Draft {
			least = 0
		}
		c.Text("reason", why, least, 1000)
		if err := c.Or(ErrInvalid); err != nil {
			return nil, err
		}
		e := event.RFQCancelled{RFQ: r.ID.String(), Number: r.Number, Buyer: r.Buyer.String(), Sellers: []string{}, Reason: why}
		if r.State != Draft {
			e.Sellers = r.sellerIDs()
		}
		return []event.Event{e}, r.Cancel(why)
	})
	if err != nil {
		return RFQ{}, fmt.Errorf("cancel rfq %s: %w", rfq, err)
	}
	return r, nil
}

// dueAtOnce is how many requests one run of ExpireDue moves; the next run has the rest.
const dueAtOnce = 200

// ExpireDue closes requests whose hour has come and ends evaluations whose quotes have
// all run out. A job calls it for each tenant; each request is its own unit of work, so
// that one that fails holds up no other.
func (s *Service) ExpireDue(ctx context.Context) (int, error) {
	due, err := s.n.Store.Due(ctx, s.n.Now(), dueAtOnce)
	if err != nil {
		return 0, fmt.Errorf("expire due rfqs: %w", err)
	}
	moved := 0
	var failed error
	for _, rfq := range due {
		ok, err := s.expire(ctx, rfq)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("expire rfq %s: %w", rfq, err))
		}
		if ok {
			moved++
		}
	}
	return moved, failed
}

func (s *Service) expire(ctx context.Context, rfq id.RFQ) (bool, error) {
	moved := false
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		moved = false // the unit may run twice
		r, err := s.n.Store.Lock(ctx, rfq)
		if err != nil {
			return err
		}
		now := s.n.Now()
		var told []event.Event
		switch {
		case r.State == Published && !r.Open(now):
			told, err = s.close(ctx, &r, false)
		case r.State == Evaluating:
			told, err = s.runOut(ctx, &r)
		}
		if err != nil || len(told) == 0 {
			return err
		}
		moved = true
		if err := s.n.Store.Save(ctx, r); err != nil {
			return err
		}
		return s.n.Events.Append(ctx, told...)
	})
	return moved && err == nil, err
}

func (s *Service) runOut(ctx context.Context, r *RFQ) ([]event.Event, error) {
	quotes, err := s.n.Store.Quotes(ctx, r.ID, id.Org{})
	if err != nil || countLive(quotes, s.n.Now()) > 0 {
		return nil, err
	}
	if err := r.RunOut(); err != nil {
		return nil, err
	}
	return []event.Event{event.RFQExpired{RFQ: r.ID.String(), Number: r.Number, Buyer: r.Buyer.String()}}, nil
}
