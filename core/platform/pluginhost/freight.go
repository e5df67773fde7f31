package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// freight asks all of a tenant's carriers at once.
type freight struct{ host *Host }

func (s freight) routes(ctx context.Context) ([]route, error) {
	if work.Active(ctx) {
		return nil, ErrInUnit
	}
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	return s.host.book.routes(who.Tenant, sdk.CapLogistics), nil
}

// Rates implements Rater. A carrier that does not answer is left out, the others stand;
// only when none answers is that an error. Without any carrier nothing is offered.
func (s freight) Rates(ctx context.Context, req RateRequest) ([]RateOffer, error) {
	routes, err := s.routes(ctx)
	if err != nil {
		return nil, err
	}
	answers, errs := make([][]RateOffer, len(routes)), make([]error, len(routes))
	var wg sync.WaitGroup
	for i, r := range routes {
		wg.Add(1)
		go func() {
			defer wg.Done()
			answers[i], errs[i] = s.rate(ctx, r, req)
		}()
	}
	wg.Wait()
	offers := slices.Concat(answers...)
	if err := errors.Join(errs...); err != nil {
		s.host.log.WarnContext(ctx, "a carrier is left out", "error", err)
		if len(offers) == 0 {
			return nil, err
		}
	}
	slices.SortStableFunc(offers, func(a, b RateOffer) int {
		switch {
		case a.Amount.Minor < b.Amount.Minor:
			return -1
		case a.Amount.Minor > b.Amount.Minor:
			return 1
		}
		return a.ETADays - b.ETADays
	})
	return offers, nil
}

func (s freight) rate(ctx context.Context, r route, req RateRequest) ([]RateOffer, error) {
	ready := req.ReadyAt
	if ready.IsZero() {
		ready = s.host.now()
	}
	q := sdk.RateRequest{From: placeTo(req.From), To: placeTo(req.To), Parcels: parcelsTo(req.Parcels, req.MassKgMicro), Currency: string(req.Currency), ReadyAt: ready}
	spec := rpc{"logistics.Rate", "rate", s.host.time.Rate, true}
	return ask(ctx, r, spec, "", func(ctx context.Context, c *sdk.Client, call sdk.Call) ([]RateOffer, error) {
		q.Call = call
		reply, err := c.Rate(ctx, q)
		if err != nil {
			return nil, err
		}
		got, err := checkRates(r.proc.manifest.ID, req.Currency, reply.Offers, s.host.now())
		if err != nil {
			return nil, r.proc.name(ErrInvalidResponse).Because(err)
		}
		return got, nil
	})
}

func checkRates(plugin string, currency money.Currency, got []sdk.RateOffer, now time.Time) ([]RateOffer, error) {
	if len(got) > 100 {
		return nil, fmt.Errorf("%w: %d offers", errReply, len(got))
	}
	var out []RateOffer
	seen := map[string]bool{}
	for _, o := range got {
		amount := moneyFrom(o.Amount)
		switch {
		case o.OfferID == "" || len(o.OfferID) > 4096 || seen[o.OfferID]:
			return nil, fmt.Errorf("%w: offer id %q", errReply, o.OfferID)
		case amount.Currency != currency || amount.Minor < 0:
			return nil, fmt.Errorf("%w: an offer of %v where %s was asked", errReply, amount, currency)
		case o.ETADays < 0 || o.ETADays > 3650 || o.Service == "" || !o.ValidUntil.After(now):
			return nil, fmt.Errorf("%w: offer %q", errReply, o.Service)
		}
		seen[o.OfferID] = true
		out = append(out, RateOffer{plugin, o.OfferID, o.Carrier, o.Service, amount, o.ETADays, o.ValidUntil, o.Features})
	}
	return out, nil
}

func (s freight) route(ctx context.Context, plugin string) (route, error) {
	routes, err := s.routes(ctx)
	if err != nil {
		return route{}, err
	}
	at := slices.IndexFunc(routes, func(r route) bool { return r.proc.manifest.ID == plugin })
	if at < 0 {
		return route{}, ErrNotInstalled
	}
	return routes[at], nil
}

// Book implements Rater. The key makes it happen once, however often it is asked.
func (s freight) Book(ctx context.Context, key string, req BookRequest) (Booking, error) {
	r, err := s.route(ctx, req.Plugin)
	if err != nil {
		return Booking{}, err
	}
	return effect(ctx, s.host, r, s.booking(), key, req)
}

// Track implements Rater.
func (s freight) Track(ctx context.Context, plugin, bookingID string) (Tracking, error) {
	r, err := s.route(ctx, plugin)
	if err != nil {
		return Tracking{}, err
	}
	spec := rpc{"logistics.Track", "track", s.host.time.Read, true}
	return ask(ctx, r, spec, "", func(ctx context.Context, c *sdk.Client, call sdk.Call) (Tracking, error) {
		reply, err := c.Track(ctx, sdk.TrackRequest{Call: call, BookingID: bookingID})
		if err != nil {
			return Tracking{}, err
		}
		b, err := bookingFrom(plugin, reply.Booking)
		if err != nil {
			return Tracking{}, r.proc.name(ErrInvalidResponse).Because(err)
		}
		out := Tracking{Booking: b}
		for _, e := range reply.Events {
			out.Events = append(out.Events, TrackEvent{e.EventID, e.At, e.Code, e.Place})
		}
		return out, nil
	})
}

// booking is how a Book is done, and found again.
func (s freight) booking() action[BookRequest, Booking] {
	return action[BookRequest, Booking]{
		rpc: rpc{"logistics.Book", "book", s.host.time.Effect, false},
		do: func(ctx context.Context, r route, c *sdk.Client, call sdk.Call, q BookRequest) (Booking, error) {
			b, err := c.Book(ctx, sdk.BookRequest{
				Call: call, OfferID: q.OfferID, From: placeTo(q.From), To: placeTo(q.To),
				Parcels: parcelsTo(q.Parcels, q.MassKgMicro), Shipment: sdk.Ref{Kind: "shipment", ID: q.Shipment.String()},
			})
			if err != nil {
				return Booking{}, err
			}
			return bookingFrom(r.proc.manifest.ID, b)
		},
		find: func(ctx context.Context, r route, c *sdk.Client, call sdk.Call, key string) (Booking, error) {
			b, err := c.Booking(ctx, sdk.BookingRequest{Call: call, Key: key})
			if err != nil {
				return Booking{}, err
			}
			return bookingFrom(r.proc.manifest.ID, b)
		},
	}
}

var bookingStates = map[sdk.BookingState]string{
	sdk.BookingRequested: "requested", sdk.BookingConfirmed: "confirmed", sdk.BookingPickedUp: "picked_up", sdk.BookingInTransit: "in_transit",
	sdk.BookingDelivered: "delivered", sdk.BookingException: "exception", sdk.BookingCancelled: "cancelled", sdk.BookingUnknown: "unknown",
}

func bookingFrom(plugin string, b sdk.Booking) (Booking, error) {
	state, ok := bookingStates[b.State]
	if !ok || b.BookingID == "" || b.Amount.Minor < 0 {
		return Booking{}, fmt.Errorf("%w: booking %q in state %d", errReply, b.BookingID, b.State)
	}
	return Booking{ID: b.BookingID, Plugin: plugin, State: state, Carrier: b.Carrier, Tracking: b.CarrierRef, Amount: moneyFrom(b.Amount), ETA: b.ETA}, nil
}
