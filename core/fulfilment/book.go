package fulfilment

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// book asks the carrier for a prepared load and keeps the answer. The load's own id is
// the key, so that asking again books nothing twice.
func (s *Service) book(ctx context.Context, shipment id.Shipment) (Shipment, error) {
	load, err := s.n.Store.Shipment(ctx, shipment)
	if err != nil {
		return Shipment{}, err
	}
	o, err := s.n.Orders.Order(ctx, load.Order, false)
	if err != nil {
		return Shipment{}, err
	}
	got, asked := s.n.Carrier.Book(ctx, "shipment:"+load.ID.String(), BookAsk{
		Shipment: load.ID, Plugin: load.Booking.Plugin,
		OfferID: load.Booking.OfferID, From: o.From, To: o.To, MassKgMicro: load.Booking.MassKg,
	})
	if asked != nil && undecided(asked) {
		return Shipment{}, ErrCarrierUndecided.Because(asked)
	}
	err = s.n.Unit.Do(ctx, func(ctx context.Context) error {
		o, err := s.n.Orders.Order(ctx, load.Order, true)
		if err != nil {
			return err
		}
		if load, err = s.n.Store.Lock(ctx, shipment); err != nil {
			return err
		}
		if load.State != Preparing {
			return nil // somebody else has finished it meanwhile
		}
		if asked != nil {
			return s.abandon(ctx, o, &load, asked)
		}
		load.Booking.ID, load.Carrier, load.Service, load.Tracking = got.ID, got.Carrier, orText(got.Service, load.Service), got.Tracking
		if !got.ETA.IsZero() {
			load.ETA = got.ETA.UTC().Truncate(24 * time.Hour)
		}
		return s.leave(ctx, o, &load)
	})
	if err != nil {
		return Shipment{}, fmt.Errorf("book shipment %s: %w", shipment, err)
	}
	if load.State == Abandoned {
		return Shipment{}, ErrCarrierRefused.Because(asked)
	}
	return load, nil
}

func (s *Service) abandon(ctx context.Context, o Order, load *Shipment, why error) error {
	reason := fault.From(why).Detail
	if err := load.Abandon(reason); err != nil {
		return err
	}
	if err := s.n.Store.Save(ctx, *load); err != nil {
		return err
	}
	load.Version++
	return s.n.Events.Append(ctx, event.ShipmentAbandoned{Consignment: consignment(o, *load), Reason: reason})
}

// undecided: after a timeout, a crash or an internal error nobody knows whether the
// carrier has taken the load, and a conflict says that somebody else is just asking him;
// giving its goods to another would send them twice.
func undecided(err error) bool {
	switch fault.KindOf(err) {
	case fault.Unavailable, fault.Internal, fault.Throttled, fault.Conflict:
		return true
	}
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func orText(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}

// resumeAfter is how long the request that prepared a load has to finish it.
const resumeAfter = time.Minute

// Resume finishes loads whose process died, or whose carrier did not answer, between
// setting aside and leaving. A job calls it for each tenant.
func (s *Service) Resume(ctx context.Context) (int, error) {
	loads, err := s.n.Store.Preparing(ctx, s.n.Now().Add(-resumeAfter), 50)
	if err != nil {
		return 0, fmt.Errorf("resume shipments: %w", err)
	}
	done := 0
	var failed error
	for _, l := range loads {
		_, err := s.book(ctx, l)
		switch {
		case err == nil || errors.Is(err, ErrCarrierRefused):
			done++
		case !errors.Is(err, ErrCarrierUndecided):
			failed = errors.Join(failed, err)
		}
	}
	return done, failed
}
