package kit

import (
	"context"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func beginOutward(p *probe) ([]ask, error) {
	a, err := p.ask("payment.begin", "")
	return []ask{a}, err
}

func operation(p *probe, g *plug, word string) (string, error) {
	op, err := g.payment.GetOperation(p, &wire.GetOperationRequest{Call: p.call(""), Key: p.key(word)})
	return op.GetOpId(), err
}

func paymentEffects() []effect {
	return []effect{
		{
			"begin", "payment", func(p *probe, word string) (proto.Message, error) { return p.beginning(word) },
			func(ctx context.Context, g *plug, q proto.Message) (string, error) {
				op, err := g.payment.Begin(ctx, q.(*wire.BeginRequest)) //nolint:forcetypeassert // made above
				return op.GetOpId(), err
			}, operation,
		},
		{"releaseescrow", "payment/escrow", func(p *probe, word string) (proto.Message, error) {
			_, op, _, err := p.paid(word + "-paid")
			return &wire.ReleaseEscrowRequest{Call: p.call(p.key(word)), OpId: op.GetOpId(), Splits: splits(op.GetAmount(), 0)}, err
		}, func(ctx context.Context, g *plug, q proto.Message) (string, error) {
			op, err := g.payment.ReleaseEscrow(ctx, q.(*wire.ReleaseEscrowRequest)) //nolint:forcetypeassert // made above
			return op.GetOpId(), err
		}, operation},
		{"refundescrow", "payment/escrow", func(p *probe, word string) (proto.Message, error) {
			_, op, _, err := p.paid(word + "-paid")
			return &wire.RefundEscrowRequest{Call: p.call(p.key(word)), OpId: op.GetOpId(), Amount: &wire.Money{Currency: op.GetAmount().GetCurrency(), Minor: 1}, Reason: "kit"}, err
		}, func(ctx context.Context, g *plug, q proto.Message) (string, error) {
			op, err := g.payment.RefundEscrow(ctx, q.(*wire.RefundEscrowRequest)) //nolint:forcetypeassert // made above
			return op.GetOpId(), err
		}, operation},
		{"payout", "payment/payout", func(p *probe, word string) (proto.Message, error) {
			_, q, err := p.owed(word)
			return q, err
		}, func(ctx context.Context, g *plug, q proto.Message) (string, error) {
			op, err := g.payment.Payout(ctx, q.(*wire.PayoutRequest)) //nolint:forcetypeassert // made above
			return op.GetOpId(), err
		}, operation},
	}
}
