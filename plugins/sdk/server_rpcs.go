package sdk

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func notOffered(what string) error {
	return &Error{Reason: ReasonNotOffered, Blame: Host, Detail: what}
}

// serve runs one call: settings, the author's code, the answer.
func serve[Q, A, W any](s *server, ctx context.Context, call *Call, effect bool, q Q, fn func(context.Context, Q) (A, error), to func(A) W, set func(*Q, Call)) (W, error) {
	var none W
	if err := s.admit(call, effect); err != nil {
		return none, err
	}
	set(&q, *call)
	a, err := fn(ctx, q)
	if err != nil {
		return none, err
	}
	return to(a), nil
}

// Quote implements Pricing.
func (s *server) Quote(ctx context.Context, in *wire.QuoteRequest) (*wire.QuoteReply, error) {
	if n := len(in.GetLines()); n > MaxLines {
		return nil, &Error{Reason: ReasonTooManyLines, Blame: Host, Detail: fmt.Sprint(n)}
	}
	var r reader
	q := r.quoteRequest(in)
	if r.err != nil {
		return nil, r.err
	}
	return serve(s, ctx, &q.Call, false, q, s.plugin.Pricing.Quote,
		func(a QuoteReply) *wire.QuoteReply { return &wire.QuoteReply{Lines: each(a.Lines, quotedLineTo)} },
		func(q *QuoteRequest, c Call) { q.Call = c })
}

// Reprice implements Pricing.
func (s *server) Reprice(ctx context.Context, in *wire.RepriceRequest) (*wire.RepriceReply, error) {
	p, ok := s.plugin.Pricing.(Repricer)
	if !ok {
		return nil, notOffered(FeatureReprice)
	}
	if n := max(len(in.GetOriginal()), len(in.GetMeasured())); n > MaxLines {
		return nil, &Error{Reason: ReasonTooManyLines, Blame: Host, Detail: fmt.Sprint(n)}
	}
	var r reader
	q := r.repriceRequest(in)
	if r.err != nil {
		return nil, r.err
	}
	return serve(s, ctx, &q.Call, false, q, p.Reprice,
		func(a RepriceReply) *wire.RepriceReply {
			return &wire.RepriceReply{Lines: each(a.Lines, repricedLineTo)}
		},
		func(q *RepriceRequest, c Call) { q.Call = c })
}

// Rate implements Logistics.
func (s *server) Rate(ctx context.Context, in *wire.RateRequest) (*wire.RateReply, error) {
	var r reader
	q := r.rateRequest(in)
	if r.err != nil {
		return nil, r.err
	}
	return serve(s, ctx, &q.Call, false, q, s.plugin.Logistics.Rate, rateReplyTo, func(q *RateRequest, c Call) { q.Call = c })
}

// Book implements Logistics.
func (s *server) Book(ctx context.Context, in *wire.BookRequest) (*wire.Booking, error) {
	b, ok := s.plugin.Logistics.(Booker)
	if !ok {
		return nil, notOffered(FeatureBook)
	}
	var r reader
	q := r.bookRequest(in)
	if r.err != nil {
		return nil, r.err
	}
	return serve(s, ctx, &q.Call, true, q, b.Book, bookingTo, func(q *BookRequest, c Call) { q.Call = c })
}

// GetBooking implements Logistics.
func (s *server) GetBooking(ctx context.Context, in *wire.GetBookingRequest) (*wire.Booking, error) {
	b, ok := s.plugin.Logistics.(Booker)
	if !ok {
		return nil, notOffered(FeatureBook)
	}
	q := BookingRequest{callFrom(in.GetCall()), in.GetBookingId(), in.GetKey()}
	return serve(s, ctx, &q.Call, false, q, b.Booking, bookingTo, func(q *BookingRequest, c Call) { q.Call = c })
}

// Track implements Logistics.
func (s *server) Track(ctx context.Context, in *wire.TrackRequest) (*wire.TrackReply, error) {
	b, ok := s.plugin.Logistics.(Booker)
	if !ok {
		return nil, notOffered(FeatureBook)
	}
	q := TrackRequest{callFrom(in.GetCall()), in.GetBookingId(), in.GetCarrierRef()}
	return serve(s, ctx, &q.Call, false, q, b.Track, trackReplyTo, func(q *TrackRequest, c Call) { q.Call = c })
}

// Begin implements Payment.
func (s *server) Begin(ctx context.Context, in *wire.BeginRequest) (*wire.Operation, error) {
	var r reader
	q := r.beginRequest(in)
	if r.err != nil {
		return nil, r.err
	}
	return serve(s, ctx, &q.Call, true, q, s.plugin.Payment.Begin, operationTo, func(q *BeginRequest, c Call) { q.Call = c })
}

// GetOperation implements Payment.
func (s *server) GetOperation(ctx context.Context, in *wire.GetOperationRequest) (*wire.Operation, error) {
	q := OperationRequest{callFrom(in.GetCall()), in.GetOpId(), in.GetKey()}
	return serve(s, ctx, &q.Call, false, q, s.plugin.Payment.Operation, operationTo, func(q *OperationRequest, c Call) { q.Call = c })
}

// ParseWebhook implements Payment.
func (s *server) ParseWebhook(ctx context.Context, in *wire.ParseWebhookRequest) (*wire.ParseWebhookReply, error) {
	q := webhookRequestFrom(in)
	return serve(s, ctx, &q.Call, false, q, s.plugin.Payment.ParseWebhook, webhookReplyTo, func(q *WebhookRequest, c Call) { q.Call = c })
}

// ReleaseEscrow implements Payment.
func (s *server) ReleaseEscrow(ctx context.Context, in *wire.ReleaseEscrowRequest) (*wire.Operation, error) {
	e, ok := s.plugin.Payment.(EscrowProvider)
	if !ok {
		return nil, notOffered(FeatureEscrow)
	}
	q := releaseRequestFrom(in)
	return serve(s, ctx, &q.Call, true, q, e.ReleaseEscrow, operationTo, func(q *ReleaseRequest, c Call) { q.Call = c })
}

// RefundEscrow implements Payment.
func (s *server) RefundEscrow(ctx context.Context, in *wire.RefundEscrowRequest) (*wire.Operation, error) {
	e, ok := s.plugin.Payment.(EscrowProvider)
	if !ok {
		return nil, notOffered(FeatureEscrow)
	}
	q := RefundRequest{callFrom(in.GetCall()), in.GetOpId(), moneyFrom(in.GetAmount()), in.GetReason()}
	return serve(s, ctx, &q.Call, true, q, e.RefundEscrow, operationTo, func(q *RefundRequest, c Call) { q.Call = c })
}

// Payout implements Payment.
func (s *server) Payout(ctx context.Context, in *wire.PayoutRequest) (*wire.Operation, error) {
	p, ok := s.plugin.Payment.(PayoutProvider)
	if !ok {
		return nil, notOffered(FeaturePayout)
	}
	q := payoutRequestFrom(in)
	return serve(s, ctx, &q.Call, true, q, p.Payout, operationTo, func(q *PayoutRequest, c Call) { q.Call = c })
}
