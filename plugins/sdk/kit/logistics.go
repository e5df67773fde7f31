package kit

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func logistics() capability {
	const book = "logistics/book"
	return capability{
		name: sdk.CapLogistics, service: "Logistics", example: "logistics.rate", outward: bookOutward, effects: []effect{bookEffect()},
		budgets: map[string]time.Duration{"logistics.rate": 4 * time.Second, "logistics.book": 15 * time.Second, "logistics.getbooking": 10 * time.Second, "logistics.track": 10 * time.Second},
		checks: []Check{
			{Name: "logistics.rate.offers_well_formed", Level: Must, Of: sdk.CapLogistics, Rule: "Offers have an id of their own, a service, a price in the currency asked for, and hold for a while.", do: offersWellFormed},
			{Name: "logistics.rate.no_side_effect", Level: Must, Of: sdk.CapLogistics, Rule: "Rating changes nothing: the outside party has done no more than before, and the offers are the same.", do: rateNoEffect},
			{Name: "logistics.rate.expired_offer_refused", Level: Must, Of: book, Rule: "An offer that is past its time, or was never made, cannot be booked.", do: expiredOffer},
			{Name: "logistics.book.key_required", Level: Must, Of: book, Rule: "A booking without an idempotency key is refused as key_missing.", do: bookKeyRequired},
			{Name: "logistics.book.same_key_one_booking", Level: Must, Of: book, Rule: "The same key is the same booking, however often it is asked for; another key is another.", do: bookOnce},
			{Name: "logistics.book.key_reuse_conflict", Level: Must, Of: book, Rule: "A key that was used for something else is refused as key_reused.", do: bookReused},
			{Name: "logistics.book.timeout_then_get", Level: Must, Of: book, Rule: "A booking whose answer was lost is found by its key; a key that was never used is not_found.", do: bookFound},
			{Name: "logistics.track.stable_event_ids", Level: Must, Of: book, Rule: "An event keeps its id over repeated reads, and no two have the same.", do: trackStable},
			{Name: "logistics.track.out_of_order", Level: Must, Of: book, Rule: "Events are told in the order in which they happened.", do: trackOrdered},
		},
	}
}

func (p *probe) rate(g *plug) (*wire.RateRequest, []*wire.RateOffer, error) {
	q, err := request(p.examples, "logistics.rate", &wire.RateRequest{})
	if err != nil {
		return nil, nil, err
	}
	q.Call = p.call("")
	r, err := g.logistics.Rate(p, q)
	if err != nil {
		return nil, nil, err
	}
	if len(r.GetOffers()) == 0 {
		return nil, nil, errors.New("the example's consignment gets no offer")
	}
	return q, r.GetOffers(), nil
}

func offersWellFormed(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	q, offers, err := p.rate(g)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, o := range offers {
		if o.GetOfferId() == "" || seen[o.GetOfferId()] || o.GetService() == "" || o.GetAmount().GetCurrency() != q.GetCurrency() || o.GetAmount().GetMinor() <= 0 || !o.GetValidUntil().AsTime().After(time.Now()) {
			return fmt.Errorf("this offer is none: %s", show(o))
		}
		seen[o.GetOfferId()] = true
	}
	return nil
}

func rateNoEffect(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	before, err := p.outside.effects(p)
	if err != nil {
		return err
	}
	_, one, err := p.rate(g)
	if err != nil {
		return err
	}
	_, two, err := p.rate(g)
	if err != nil {
		return err
	}
	if d := differ(&wire.RateReply{Offers: one}, &wire.RateReply{Offers: two}); d != "" {
		return errors.New(d)
	}
	after, err := p.outside.effects(p)
	if err == nil && after != before {
		err = fmt.Errorf("the outside party had done %d things, now %d", before, after)
	}
	return err
}

// booking is an offer of the example, taken.
func (p *probe) booking(g *plug, word string) (*wire.BookRequest, error) {
	q, offers, err := p.rate(g)
	if err != nil {
		return nil, err
	}
	return &wire.BookRequest{
		Call: p.call(p.key(word)), OfferId: offers[0].GetOfferId(), From: q.GetFrom(), To: q.GetTo(), Parcels: q.GetParcels(), Shipment: &wire.Ref{Kind: "shipment", Id: "s-1"},
	}, nil
}

func (p *probe) booked(word string) (*plug, *wire.BookRequest, *wire.Booking, error) {
	g, err := p.plug()
	if err != nil {
		return nil, nil, nil, err
	}
	q, err := p.booking(g, word)
	if err != nil {
		return nil, nil, nil, err
	}
	b, err := g.logistics.Book(p, q)
	if err == nil && (b.GetBookingId() == "" || b.GetCarrierRef() == "") {
		err = errors.New("the booking has no id, or no number of the carrier's")
	}
	return g, q, b, err
}

func expiredOffer(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	q, err := p.booking(g, "never-made")
	if err != nil {
		return err
	}
	q.OfferId = "A" + q.GetOfferId()
	_, err = g.logistics.Book(p, q)
	if err := refused(err, "offer_unknown"); err != nil {
		return fmt.Errorf("an offer that was never made: %w", err)
	}
	x, err := request(p.examples, "logistics.expired", &wire.BookRequest{})
	if err != nil {
		return absent{"logistics.expired", true}
	}
	x.Call = p.call(p.key("expired"))
	_, err = g.logistics.Book(p, x)
	return refused(err, "offer_expired")
}

func bookKeyRequired(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	q, err := p.booking(g, "")
	if err != nil {
		return err
	}
	q.Call.IdempotencyKey = ""
	_, err = g.logistics.Book(p, q)
	return refused(err, sdk.ReasonKeyMissing)
}

func bookOnce(p *probe) error {
	g, q, first, err := p.booked("book-once")
	if err != nil {
		return err
	}
	q.Call = p.call(p.key("book-once"))
	again, err := g.logistics.Book(p, q)
	if err != nil {
		return err
	}
	if again.GetBookingId() != first.GetBookingId() {
		return fmt.Errorf("one key made the bookings %q and %q", first.GetBookingId(), again.GetBookingId())
	}
	q.Call = p.call(p.key("book-twice"))
	other, err := g.logistics.Book(p, q)
	if err == nil && other.GetBookingId() == first.GetBookingId() {
		err = errors.New("two keys made one booking")
	}
	return err
}

func bookReused(p *probe) error {
	g, q, _, err := p.booked("book-reused")
	if err != nil {
		return err
	}
	q = proto.CloneOf(q)
	q.Call, q.Shipment.Id = p.call(p.key("book-reused")), "s-2"
	_, err = g.logistics.Book(p, q)
	return refused(err, sdk.ReasonKeyReused)
}

func bookFound(p *probe) error {
	g, _, first, err := p.booked("book-found")
	if err != nil {
		return err
	}
	found, err := g.logistics.GetBooking(p, &wire.GetBookingRequest{Call: p.call(""), Key: p.key("book-found")})
	if err != nil {
		return err
	}
	if found.GetBookingId() != first.GetBookingId() {
		return fmt.Errorf("the key finds %q, it was %q", found.GetBookingId(), first.GetBookingId())
	}
	_, err = g.logistics.GetBooking(p, &wire.GetBookingRequest{Call: p.call(""), Key: p.key("never-used")})
	return refused(err, sdk.ReasonNotFound)
}

func (p *probe) track(g *plug, b *wire.Booking) ([]*wire.TrackEvent, error) {
	r, err := g.logistics.Track(p, &wire.TrackRequest{Call: p.call(""), BookingId: b.GetBookingId()})
	if err == nil && len(r.GetEvents()) == 0 {
		err = errors.New("a booking that was taken has no event")
	}
	return r.GetEvents(), err
}

func trackStable(p *probe) error {
	g, _, b, err := p.booked("track")
	if err != nil {
		return err
	}
	one, err := p.track(g, b)
	if err != nil {
		return err
	}
	two, err := p.track(g, b)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for i, e := range one {
		if e.GetEventId() == "" || seen[e.GetEventId()] {
			return fmt.Errorf("event %d has no id of its own: %q", i, e.GetEventId())
		}
		seen[e.GetEventId()] = true
		if !slices.ContainsFunc(two, func(x *wire.TrackEvent) bool { return proto.Equal(x, e) }) {
			return fmt.Errorf("read again, event %s is gone or another", show(e))
		}
	}
	return nil
}

func trackOrdered(p *probe) error {
	g, _, b, err := p.booked("track-order")
	if err != nil {
		return err
	}
	events, err := p.track(g, b)
	if err != nil {
		return err
	}
	if !slices.IsSortedFunc(events, func(a, b *wire.TrackEvent) int { return a.GetAt().AsTime().Compare(b.GetAt().AsTime()) }) {
		return errors.New("a later event is told before an earlier one")
	}
	for _, e := range events {
		if e.GetAt() == nil || e.GetCode() == "" {
			return fmt.Errorf("this event says neither when nor what: %s", show(e))
		}
	}
	return nil
}
