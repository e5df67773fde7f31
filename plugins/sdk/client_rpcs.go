package sdk

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// The calls below are the author's interfaces seen from outside.
var (
	_ Pricer          = (*Client)(nil)
	_ Repricer        = (*Client)(nil)
	_ Carrier         = (*Client)(nil)
	_ Booker          = (*Client)(nil)
	_ PaymentProvider = (*Client)(nil)
	_ EscrowProvider  = (*Client)(nil)
	_ PayoutProvider  = (*Client)(nil)
)

func (r *reader) reply() error {
	if r.err != nil {
		return fmt.Errorf("%w: %w", ErrMalformedReply, r.err)
	}
	return nil
}

// Quote calls Pricing.
func (c *Client) Quote(ctx context.Context, q QuoteRequest) (QuoteReply, error) {
	a, err := c.pricing.Quote(ctx, quoteRequestTo(q))
	if err != nil {
		return QuoteReply{}, fromStatus(err)
	}
	var r reader
	out := QuoteReply{each(a.GetLines(), r.quotedLine)}
	return out, r.reply()
}

// Reprice calls Pricing.
func (c *Client) Reprice(ctx context.Context, q RepriceRequest) (RepriceReply, error) {
	a, err := c.pricing.Reprice(ctx, repriceRequestTo(q))
	if err != nil {
		return RepriceReply{}, fromStatus(err)
	}
	var r reader
	out := RepriceReply{each(a.GetLines(), r.repricedLine)}
	return out, r.reply()
}

// Rate calls Logistics.
func (c *Client) Rate(ctx context.Context, q RateRequest) (RateReply, error) {
	a, err := c.logistics.Rate(ctx, rateRequestTo(q))
	return rateReplyFrom(a), fromStatus(err)
}

// Book calls Logistics.
func (c *Client) Book(ctx context.Context, q BookRequest) (Booking, error) {
	a, err := c.logistics.Book(ctx, bookRequestTo(q))
	return bookingFrom(a), fromStatus(err)
}

// Booking calls Logistics.
func (c *Client) Booking(ctx context.Context, q BookingRequest) (Booking, error) {
	a, err := c.logistics.GetBooking(ctx, &wire.GetBookingRequest{Call: callTo(q.Call), BookingId: q.BookingID, Key: q.Key})
	return bookingFrom(a), fromStatus(err)
}

// Track calls Logistics.
func (c *Client) Track(ctx context.Context, q TrackRequest) (TrackReply, error) {
	a, err := c.logistics.Track(ctx, &wire.TrackRequest{Call: callTo(q.Call), BookingId: q.BookingID, CarrierRef: q.CarrierRef})
	return trackReplyFrom(a), fromStatus(err)
}

// Begin calls Payment.
func (c *Client) Begin(ctx context.Context, q BeginRequest) (Operation, error) {
	a, err := c.payment.Begin(ctx, beginRequestTo(q))
	return operationFrom(a), fromStatus(err)
}

// Operation calls Payment.
func (c *Client) Operation(ctx context.Context, q OperationRequest) (Operation, error) {
	a, err := c.payment.GetOperation(ctx, &wire.GetOperationRequest{Call: callTo(q.Call), OpId: q.OpID, Key: q.Key})
	return operationFrom(a), fromStatus(err)
}

// ParseWebhook calls Payment.
func (c *Client) ParseWebhook(ctx context.Context, q WebhookRequest) (WebhookReply, error) {
	a, err := c.payment.ParseWebhook(ctx, webhookRequestTo(q))
	return webhookReplyFrom(a), fromStatus(err)
}

// ReleaseEscrow calls Payment.
func (c *Client) ReleaseEscrow(ctx context.Context, q ReleaseRequest) (Operation, error) {
	a, err := c.payment.ReleaseEscrow(ctx, releaseRequestTo(q))
	return operationFrom(a), fromStatus(err)
}

// RefundEscrow calls Payment.
func (c *Client) RefundEscrow(ctx context.Context, q RefundRequest) (Operation, error) {
	a, err := c.payment.RefundEscrow(ctx, &wire.RefundEscrowRequest{Call: callTo(q.Call), OpId: q.OpID, Amount: moneyTo(q.Amount), Reason: q.Reason})
	return operationFrom(a), fromStatus(err)
}

// Payout calls Payment.
func (c *Client) Payout(ctx context.Context, q PayoutRequest) (Operation, error) {
	a, err := c.payment.Payout(ctx, payoutRequestTo(q))
	return operationFrom(a), fromStatus(err)
}
