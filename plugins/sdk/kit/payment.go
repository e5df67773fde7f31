package kit

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"strings"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func payment() capability {
	const begin, escrow, payout = sdk.CapPayment, "payment/escrow", "payment/payout"
	long := 15 * time.Second
	return capability{
		name: sdk.CapPayment, service: "Payment", example: "payment.getoperation", fallback: `{"key":"kit-never-used"}`, mayRefuse: sdk.ReasonNotFound,
		outward: beginOutward, effects: paymentEffects(),
		budgets: map[string]time.Duration{"payment.getoperation": 10 * time.Second, "payment.begin": long, "payment.releaseescrow": long, "payment.refundescrow": long, "payment.payout": long, "payment.parsewebhook": 10 * time.Second},
		checks: []Check{
			{Name: "payment.begin.key_required", Level: Must, Of: begin, Rule: "A payment without an idempotency key is refused as key_missing.", do: beginKeyRequired},
			{Name: "payment.begin.same_key_one_effect", Level: Must, Of: begin, Rule: "The same key is the same operation, and one thing done outside.", do: beginOnce},
			{Name: "payment.begin.key_reuse_conflict", Level: Must, Of: begin, Rule: "A key that was used for something else is refused as key_reused.", do: beginReused},
			{Name: "payment.unknown.resolved_by_get", Level: Must, Of: begin, Rule: "An operation whose answer was lost is found by its key; a key that was never used is not_found.", do: beginFound},
			{Name: "payment.amount.minor_units", Level: Must, Of: begin, Rule: "Amounts are minor units and stay what they were; nothing and less than nothing are refused.", do: minorUnits},
			{Name: "payment.webhook.genuine", Level: Must, Of: begin, Rule: "The provider's message that money has arrived is told as transfer_received, with the sum so far.", do: webhookGenuine},
			{Name: "payment.webhook.bad_signature", Level: Must, Of: begin, Rule: "A message that was altered, or is not signed, is refused as signature_invalid.", do: webhookAltered},
			{Name: "payment.webhook.duplicate", Level: Must, Of: begin, Rule: "A message that comes twice has the same dedupe_id both times.", do: webhookTwice},
			{Name: "payment.webhook.out_of_order", Level: Must, Of: begin, Rule: "Messages read in another order say the same, each by itself.", do: webhookOrder},
			{Name: "payment.escrow.condition_required", Level: Must, Of: escrow, Rule: "What was never paid in cannot be released.", do: releaseUnfunded},
			{Name: "payment.escrow.split_equals_hold", Level: Must, Of: escrow, Rule: "A release whose parts do not add up to what is held is refused.", do: splitEquals},
			{Name: "payment.escrow.double_release", Level: Must, Of: escrow, Rule: "What was released is not released again: the same key gives the same operation, another is refused.", do: doubleRelease},
			{Name: "payment.refund.over_refused", Level: Must, Of: escrow, Rule: "More than is held cannot be given back.", do: refundOver},
			{Name: "payment.refund.repeat", Level: Must, Of: escrow, Rule: "A refund asked for twice with one key happens once.", do: refundTwice},
			{Name: "payment.payout.same_key_one_effect", Level: Must, Of: payout, Rule: "The same key is the same payout, and one thing done outside.", do: payoutOnce},
			{Name: "payment.payout.more_than_balance_refused", Level: Must, Of: payout, Rule: "Nothing is paid out from a balance that does not have it.", do: payoutRefused("poor", func(q *wire.PayoutRequest) { q.Party = "nobody" })},
			{Name: "payment.payout.wrong_account_refused", Level: Must, Of: payout, Rule: "An account whose check digits are wrong is refused.", do: payoutRefused("wrong", func(q *wire.PayoutRequest) { q.Iban = "DE00123456781234567890" })},
		},
	}
}

// beginning is the example, with our address for the provider's messages.
func (p *probe) beginning(word string) (*wire.BeginRequest, error) {
	q, err := request(p.examples, "payment.begin", &wire.BeginRequest{})
	if err != nil {
		return nil, err
	}
	q.Call, q.NotifyUrl = p.call(p.key(word)), p.outside.inbox.url()
	return q, nil
}

func (p *probe) begun(word string) (*plug, *wire.BeginRequest, *wire.Operation, error) {
	q, err := p.beginning(word)
	if err != nil {
		return nil, nil, nil, err
	}
	g, err := p.plug()
	if err != nil {
		return nil, nil, nil, err
	}
	op, err := g.payment.Begin(p, q)
	if err == nil && (op.GetOpId() == "" || op.GetState() == wire.OpState_OP_UNSPECIFIED) {
		err = errors.New("the operation has no id, or no state")
	}
	return g, q, op, err
}

func beginKeyRequired(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	q, err := p.beginning("")
	if err != nil {
		return err
	}
	q.Call.IdempotencyKey = ""
	_, err = g.payment.Begin(p, q)
	return refused(err, sdk.ReasonKeyMissing)
}

// once asks again for what was done, and counts.
func (p *probe) once(first string, again func() (string, error)) error {
	before, err := p.outside.effects(p)
	if err != nil {
		return err
	}
	second, err := again()
	if err != nil {
		return err
	}
	if first != second {
		return fmt.Errorf("one key made %q and %q", first, second)
	}
	after, err := p.outside.effects(p)
	if err == nil && after != before {
		err = fmt.Errorf("asked again, the outside party did it again: %d things, then %d", before, after)
	}
	return err
}

func beginOnce(p *probe) error {
	g, q, op, err := p.begun("begin-once")
	if err != nil {
		return err
	}
	return p.once(op.GetOpId(), func() (string, error) {
		q.Call = p.call(p.key("begin-once"))
		again, err := g.payment.Begin(p, q)
		return again.GetOpId(), err
	})
}

func beginReused(p *probe) error {
	g, q, _, err := p.begun("begin-reused")
	if err != nil {
		return err
	}
	q.Call = p.call(p.key("begin-reused"))
	q.Amount.Minor++
	_, err = g.payment.Begin(p, q)
	return refused(err, sdk.ReasonKeyReused)
}

func beginFound(p *probe) error {
	g, _, op, err := p.begun("begin-found")
	if err != nil {
		return err
	}
	found, err := g.payment.GetOperation(p, &wire.GetOperationRequest{Call: p.call(""), Key: p.key("begin-found")})
	if err != nil {
		return err
	}
	if found.GetOpId() != op.GetOpId() {
		return fmt.Errorf("the key finds %q, it was %q", found.GetOpId(), op.GetOpId())
	}
	_, err = g.payment.GetOperation(p, &wire.GetOperationRequest{Call: p.call(""), Key: p.key("never-used")})
	return refused(err, sdk.ReasonNotFound)
}

func minorUnits(p *probe) error {
	g, q, op, err := p.begun("minor")
	if err != nil {
		return err
	}
	if !proto.Equal(op.GetAmount(), q.GetAmount()) {
		return fmt.Errorf("asked for %s, it is %s", show(q.GetAmount()), show(op.GetAmount()))
	}
	for _, minor := range []int64{0, -1} {
		q.Call, q.Amount.Minor = p.call(p.key(fmt.Sprint("minor", minor))), minor
		if _, err := g.payment.Begin(p, q); err == nil {
			return fmt.Errorf("it took %d", minor)
		}
	}
	return nil
}

// paid is an operation whose money has arrived, and the provider's message about it.
func (p *probe) paid(word string) (*plug, *wire.Operation, *wire.Webhook, error) {
	if !p.outside.funds() {
		return nil, nil, nil, idle("no money can be made to arrive: fixtures/outside.json has no fund")
	}
	p.outside.inbox.empty()
	g, _, op, err := p.begun(word)
	if err != nil {
		return nil, nil, nil, err
	}
	if err := p.outside.fund(p, op); err != nil {
		return nil, nil, nil, fmt.Errorf("the outside party does not take the money: %w", err)
	}
	w, err := p.outside.inbox.next(p)
	return g, op, w, err
}

func (p *probe) parse(g *plug, w *wire.Webhook) ([]*wire.PaymentUpdate, error) {
	r, err := g.payment.ParseWebhook(p, &wire.ParseWebhookRequest{Call: p.call(""), Webhook: w})
	return r.GetUpdates(), err
}

func webhookGenuine(p *probe) error {
	g, op, w, err := p.paid("webhook")
	if err != nil {
		return err
	}
	got, err := p.parse(g, w)
	if err != nil {
		return err
	}
	if len(got) != 1 || got[0].GetOpId() != op.GetOpId() || got[0].GetKind() != sdk.TransferReceived || !proto.Equal(got[0].GetCaptured(), op.GetAmount()) || got[0].GetDedupeId() == "" {
		return fmt.Errorf("%d updates that do not say that %s has arrived for %q", len(got), show(op.GetAmount()), op.GetOpId())
	}
	return nil
}

func webhookAltered(p *probe) error {
	g, _, w, err := p.paid("webhook-altered")
	if err != nil {
		return err
	}
	altered := proto.CloneOf(w)
	altered.Body = bytes.Clone(w.GetBody())
	altered.Body[len(altered.Body)/2] ^= 1
	_, err = p.parse(g, altered)
	if err := refused(err, sdk.ReasonBadSignature); err != nil {
		return fmt.Errorf("one bit of the body was changed: %w", err)
	}
	for name := range w.GetHeaders() {
		if !strings.Contains(name, "signature") {
			continue
		}
		bare := proto.CloneOf(w)
		bare.Headers = maps.Clone(w.GetHeaders())
		delete(bare.Headers, name)
		_, err = p.parse(g, bare)
		if err := refused(err, sdk.ReasonBadSignature); err != nil {
			return fmt.Errorf("without the header %s: %w", name, err)
		}
	}
	_, err = p.parse(g, &wire.Webhook{Body: w.GetBody()})
	if err := refused(err, sdk.ReasonBadSignature); err != nil {
		return fmt.Errorf("without headers: %w", err)
	}
	return nil
}

func webhookTwice(p *probe) error {
	g, _, w, err := p.paid("webhook-twice")
	if err != nil {
		return err
	}
	a, err := p.parse(g, w)
	if err != nil {
		return err
	}
	b, err := p.parse(g, w)
	if err != nil {
		return err
	}
	if len(a) != 1 || len(b) != 1 || a[0].GetDedupeId() != b[0].GetDedupeId() || a[0].GetDedupeId() == "" {
		return fmt.Errorf("read twice, the message says %d and %d things", len(a), len(b))
	}
	return nil
}

func webhookOrder(p *probe) error {
	g, _, first, err := p.paid("webhook-first")
	if err != nil {
		return err
	}
	_, _, second, err := p.paid("webhook-second")
	if err != nil {
		return err
	}
	var said [2][]*wire.PaymentUpdate
	for n, order := range [][]*wire.Webhook{{first, second}, {second, first}} {
		for _, w := range order {
			got, err := p.parse(g, w)
			if err != nil {
				return err
			}
			said[n] = append(said[n], got...)
		}
	}
	if len(said[0]) != 2 || len(said[1]) != 2 {
		return fmt.Errorf("two messages say %d things, in another order %d", len(said[0]), len(said[1]))
	}
	for i := range said[0] {
		if !proto.Equal(said[0][i], said[1][1-i]) {
			return fmt.Errorf("in order a message says %s, out of order %s", show(said[0][i]), show(said[1][1-i]))
		}
	}
	if said[0][0].GetDedupeId() == said[0][1].GetDedupeId() {
		return errors.New("two messages have one dedupe_id")
	}
	return nil
}
