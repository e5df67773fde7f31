package paymentsdb_test

import (
	"errors"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/core/work/worktest"
)

// request is one that a client repeats with its key.
// The provider does not answer, the client is told to come again, and does: with the money
// of one payout, not of two.
func TestAPayoutThatIsAskedForAgainIsTheSameOne(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	s.hear(t, o, "m", 5_085_00)
	s.delivered(t, o)
	if _, err := s.Payments.Settle(s.Ctx, o.ID, "person:buyer"); err != nil {
		t.Fatal(err)
	}
	ctx := work.WithAttempt(s.As(t, o.Seller, caller.RoleSeller), &worktest.Request{})
	s.fail = errors.New("connection reset")
	if _, err := s.Payments.RequestPayout(ctx, money.Of(1_000_00, "CNY")); err == nil {
		t.Fatal("the silence of the bank was taken for a yes")
	}
	s.fail = nil
	first, err := s.Payments.RequestPayout(ctx, money.Of(1_000_00, "CNY"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := s.Payments.RequestPayout(ctx, money.Of(1_000_00, "CNY"))
	if err != nil || again.ID != first.ID || first.State == payments.PayoutPending {
		t.Fatalf("%+v, then %+v (%v)", first, again, err)
	}
	if b, err := s.Payments.Balance(ctx, "CNY"); err != nil || b.Decimal() != "3983.30" {
		t.Fatalf("the balance is %s after one payout of 1,000 (%v)", b.Decimal(), err)
	}
}

// The answer to a release was lost: who asks again with the same key hears how it ended.
func TestAReleaseThatIsAskedForAgainIsTheSameOne(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	s.hear(t, o, "m", 5_085_00)
	s.delivered(t, o)
	asker := work.WithAttempt(s.As(t, o.Buyer, caller.RoleBuyer), &worktest.Request{})
	s.fail = errors.New("connection reset")
	if _, err := s.Payments.AskRelease(asker, o.ID); err == nil {
		t.Fatal("the silence of the bank was taken for a yes")
	}
	s.fail = nil
	for range 2 {
		if r, err := s.Payments.AskRelease(asker, o.ID); err != nil || r.State != payments.ReleaseDone {
			t.Fatalf("%s %v", r.State, err)
		}
	}
	s.whole(t, "0.00")
}
