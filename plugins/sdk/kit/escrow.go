package kit

import (
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// splits give a hundredth to the platform; off is by how much they miss the sum.
func splits(held *wire.Money, off int64) []*wire.Split {
	fee := held.GetMinor() / 100
	part := func(minor int64) *wire.Money {
		return &wire.Money{Currency: held.GetCurrency(), Minor: minor}
	}
	return []*wire.Split{{Party: "seller-1", Kind: "seller", Amount: part(held.GetMinor() - fee + off)}, {Party: "platform", Kind: "commission", Amount: part(fee)}}
}

func (p *probe) release(g *plug, op *wire.Operation, key string, off int64) (*wire.Operation, error) {
	return g.payment.ReleaseEscrow(p, &wire.ReleaseEscrowRequest{Call: p.call(p.key(key)), OpId: op.GetOpId(), Splits: splits(op.GetAmount(), off)})
}

func releaseUnfunded(p *probe) error {
	g, _, op, err := p.begun("unfunded")
	if err != nil {
		return err
	}
	if _, err := p.release(g, op, "unfunded-release", 0); err == nil {
		return errors.New("it released what nobody has paid in")
	} else if refusal(err) == nil {
		return err
	}
	return nil
}

func splitEquals(p *probe) error {
	g, op, _, err := p.paid("split")
	if err != nil {
		return err
	}
	for _, off := range []int64{-1, 1} {
		if _, err := p.release(g, op, fmt.Sprint("split-off", off), off); err == nil {
			return fmt.Errorf("released, though the parts miss what is held by %d", off)
		} else if refusal(err) == nil {
			return err
		}
	}
	return nil
}

func doubleRelease(p *probe) error {
	g, op, _, err := p.paid("double")
	if err != nil {
		return err
	}
	first, err := p.release(g, op, "double-release", 0)
	if err != nil {
		return err
	}
	if err := p.once(first.GetOpId(), func() (string, error) {
		again, err := p.release(g, op, "double-release", 0)
		return again.GetOpId(), err
	}); err != nil {
		return err
	}
	if _, err := p.release(g, op, "double-release-2", 0); err == nil {
		return errors.New("released twice, with two keys")
	}
	return nil
}

func (p *probe) refund(g *plug, op *wire.Operation, key string, minor int64) (*wire.Operation, error) {
	return g.payment.RefundEscrow(p, &wire.RefundEscrowRequest{
		Call: p.call(p.key(key)), OpId: op.GetOpId(), Amount: &wire.Money{Currency: op.GetAmount().GetCurrency(), Minor: minor}, Reason: "kit",
	})
}

func refundOver(p *probe) error {
	g, op, _, err := p.paid("over")
	if err != nil {
		return err
	}
	if _, err := p.refund(g, op, "over-refund", op.GetAmount().GetMinor()+1); err == nil {
		return errors.New("it gave back more than is held")
	} else if refusal(err) == nil {
		return err
	}
	return nil
}

func refundTwice(p *probe) error {
	g, op, _, err := p.paid("refund")
	if err != nil {
		return err
	}
	first, err := p.refund(g, op, "refund-once", 1)
	if err != nil {
		return err
	}
	return p.once(first.GetOpId(), func() (string, error) {
		again, err := p.refund(g, op, "refund-once", 1)
		return again.GetOpId(), err
	})
}

// owed is the example's payout; where a balance must be there first, money is released.
func (p *probe) owed(word string) (*plug, *wire.PayoutRequest, error) {
	q, err := request(p.examples, "payment.payout", &wire.PayoutRequest{})
	if err != nil {
		return nil, nil, err
	}
	var g *plug
	if offered(p.declared, "payment/escrow") && p.outside.funds() {
		var op *wire.Operation
		if g, op, _, err = p.paid(word + "-paid"); err != nil {
			return nil, nil, err
		}
		if _, err := p.release(g, op, word+"-released", 0); err != nil {
			return nil, nil, err
		}
		q.Party = "seller-1"
	} else if g, err = p.plug(); err != nil {
		return nil, nil, err
	}
	q.Call = p.call(p.key(word))
	return g, q, nil
}

func payoutOnce(p *probe) error {
	g, q, err := p.owed("payout")
	if err != nil {
		return err
	}
	first, err := g.payment.Payout(p, q)
	if err != nil {
		return err
	}
	return p.once(first.GetOpId(), func() (string, error) {
		q.Call = p.call(p.key("payout"))
		again, err := g.payment.Payout(p, q)
		return again.GetOpId(), err
	})
}

func payoutRefused(word string, change func(*wire.PayoutRequest)) func(*probe) error {
	return func(p *probe) error {
		g, q, err := p.owed("payout-" + word)
		if err != nil {
			return err
		}
		change(q)
		if _, err := g.payment.Payout(p, q); err == nil {
			return errors.New("it was paid out")
		} else if refusal(err) == nil {
			return err
		}
		return nil
	}
}
