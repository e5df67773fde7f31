package paymentsdb_test

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/ledger/ledgerdb"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/ordering/orderingtest"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/payments/paymentsdb"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// safe is a market with real safes and books, and a bank that a test scripts.
type safe struct {
	*orderingtest.World
	Payments *payments.Service
	Ledger   *ledger.Service

	mu     sync.Mutex
	asked  []string // keys of what the bank was asked, in order
	fail   error    // what the bank answers with
	claims int
	say    []payments.Update
}

func open(t *testing.T) *safe {
	t.Helper()
	s := &safe{World: orderingtest.New(t, pgtest.New(t))}
	s.Ledger = ledger.New(ledgerdb.New(), s.DB.DB, s.Gate, s.Now)
	sealer, err := vault.New(s.DB.DB, []byte("the master key of the money's tests"), nil)
	if err != nil {
		t.Fatal(err)
	}
	s.Payments = payments.New(payments.Needs{
		Store: paymentsdb.New(s.DB.DB), Unit: s.DB.DB, Gate: s.Gate, Judge: s, Events: s.Log, Now: s.Now, Orders: s, Claims: claims{s},
		Books: s.Ledger, Accounts: s, Terms: s, Provider: bank{s}, Vault: sealer,
	})
	s.Safes = safes{s}
	return s
}

type safes struct{ s *safe }

func (x safes) Open(ctx context.Context, o ordering.Order) error {
	return x.s.Payments.Open(ctx, view(o))
}

func (x safes) Abandon(ctx context.Context, o ordering.Order) error {
	return x.s.Payments.Abandon(ctx, view(o))
}

func view(o ordering.Order) payments.Order {
	due, _ := o.SettledTotal()
	return payments.Order{
		OrderParties: ordering.Head(o), ID: o.ID, Buyer: o.Buyer, Seller: o.Seller, Total: o.Total, Due: due,
		OpenToPay: o.Payment == ordering.PaymentNone || o.Payment == ordering.PaymentPending, Received: o.Fulfilment == ordering.Received,
		Ended: o.State == ordering.Declined || o.State == ordering.Cancelled,
	}
}

// Order and the marks implement payments.Orders.
func (s *safe) Order(ctx context.Context, oid id.Order) (payments.Order, error) {
	o, err := s.Ordering.ForSystem(ctx, oid, true)
	return view(o), err
}

func (s *safe) MarkPaymentBegun(ctx context.Context, o id.Order) error {
	return s.Ordering.MarkPaymentBegun(ctx, o)
}

func (s *safe) MarkFunded(ctx context.Context, o id.Order) error {
	return s.Ordering.MarkFunded(ctx, o)
}

func (s *safe) MarkReleased(ctx context.Context, o id.Order) error {
	return s.Ordering.MarkReleased(ctx, o)
}

func (s *safe) MarkRefunded(ctx context.Context, o id.Order) error {
	return s.Ordering.MarkRefunded(ctx, o)
}

type claims struct{ s *safe }

func (c claims) Open(context.Context, id.Order) (int, error) { return c.s.claims, nil }

// Judge implements the law of releases: two persons above 5,000 yuan, no open claims.
func (s *safe) Judge(_ context.Context, do policy.Action, facts any) ([]fault.Reason, error) {
	if s.claims > 0 {
		return nil, policy.ErrDenied
	}
	return s.Review, nil
}

// BankAccount implements payments.Accounts.
func (s *safe) BankAccount(context.Context, id.Org) (string, string, error) {
	return "CN00TEST", "Test", nil
}

// CommissionRate implements payments.Terms: two per cent.
func (s *safe) CommissionRate(context.Context) (int64, error) { return 20_000, nil }

type bank struct{ s *safe }

func (b bank) ask(ctx context.Context, key string) error {
	if work.Active(ctx) {
		return errors.New("the bank was asked inside a transaction")
	}
	b.s.mu.Lock()
	defer b.s.mu.Unlock()
	b.s.asked = append(b.s.asked, strings.SplitN(key, ":", 2)[0])
	return b.s.fail
}

func (b bank) Begin(ctx context.Context, key string, a payments.BeginAsk) (payments.Operation, error) {
	return payments.Operation{ID: "op-" + a.Order.String(), Plugin: "test", Instructions: map[string]string{"reference": a.Reference}}, b.ask(ctx, key)
}

func (b bank) Release(ctx context.Context, key, _ string, _ payments.Escrow, _ payments.Split) error {
	return b.ask(ctx, key)
}

func (b bank) Refund(ctx context.Context, key, _ string, _ money.Money, _ string) error {
	return b.ask(ctx, key)
}

func (b bank) Payout(ctx context.Context, key string, _ payments.PayoutAsk) (payments.Operation, error) {
	return payments.Operation{ID: key, Plugin: "test"}, b.ask(ctx, key)
}

func (b bank) Read(context.Context, id.Installation, payments.Hook) ([]payments.Update, error) {
	return b.s.say, nil
}

// placed is one order of 4,520 yuan, told how to pay.
func (s *safe) placed(t *testing.T) (buyer context.Context, o ordering.Order) {
	t.Helper()
	buyer = s.BuyerCtx(t)
	_, orders, err := s.Ordering.Place(buyer, orderingtest.Input(s.Checkout(t, buyer, 4)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Payments.Pay(buyer, orders[0].ID); err != nil {
		t.Fatal(err)
	}
	return buyer, orders[0]
}

// hear delivers a message that the bank has received sum in all.
func (s *safe) hear(t *testing.T, o ordering.Order, dedupe string, sum int64) {
	t.Helper()
	s.say = []payments.Update{{Dedupe: dedupe, Operation: "op-" + o.ID.String(), Kind: "transfer_received", Captured: money.Of(sum, "CNY")}}
	if err := s.Payments.Hear(s.Ctx, id.Installation{}.New(), payments.Hook{Body: []byte(dedupe)}); err != nil {
		t.Fatal(err)
	}
}

func (s *safe) delivered(t *testing.T, o ordering.Order) {
	t.Helper()
	seller := s.As(t, o.Seller, caller.RoleSeller)
	if _, err := s.Ordering.Accept(seller, o.ID); err != nil {
		t.Fatal(err)
	}
	if err := s.Ordering.MarkShipped(seller, o.ID, true); err != nil {
		t.Fatal(err)
	}
	if err := s.Ordering.MarkReceived(seller, o.ID, []ordering.Settlement{{Line: o.Lines[0].ID, Qty: o.Lines[0].PricedQty, Sum: o.Lines[0].Goods}}, true); err != nil {
		t.Fatal(err)
	}
}

func (s *safe) balance(t *testing.T, a ledger.Account) string {
	t.Helper()
	m, err := s.Ledger.Balance(s.Ctx, a, "CNY")
	if err != nil {
		t.Fatal(err)
	}
	return m.Decimal()
}

// whole checks that the books add up to nothing and that the safe account is what it should be.
func (s *safe) whole(t *testing.T, escrow string) {
	t.Helper()
	trial, err := s.Ledger.Trial(s.Ctx)
	if err != nil {
		t.Fatal(err)
	}
	var sum int64
	for _, b := range trial {
		sum += b.Amount.Minor
	}
	if got := s.balance(t, ledger.Escrow); sum != 0 || got != escrow {
		t.Fatalf("the books are off by %d, escrow is %s, want %s", sum, got, escrow)
	}
}

func TestTheWholeWayOfTheMoney(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	s.hear(t, o, "m1", 2_000_00)
	s.whole(t, "2000.00")
	s.hear(t, o, "m1", 2_000_00) // twice
	s.hear(t, o, "m3", 5_100_00) // early: the rest and fifteen yuan too much
	s.hear(t, o, "m2", 3_000_00) // late
	s.whole(t, "5085.00")
	if got := s.balance(t, ledger.Buyer(o.Buyer)); got != "15.00" {
		t.Fatalf("the buyer's surplus is %s", got)
	}
	if got, err := s.Ordering.ForSystem(s.Ctx, o.ID, false); err != nil || got.Payment != ordering.PaymentFunded {
		t.Fatalf("%s %v", got.Payment, err)
	}
	s.delivered(t, o)
	r, err := s.Payments.Settle(s.Ctx, o.ID, "person:buyer")
	if err != nil || r.State != payments.ReleaseDone {
		t.Fatalf("%s %v", r.State, err)
	}
	s.whole(t, "0.00")
	if seller, fee := s.balance(t, ledger.Seller(o.Seller)), s.balance(t, ledger.Commission); seller != "4983.30" || fee != "101.70" {
		t.Fatalf("seller %s, commission %s", seller, fee)
	}
	seller := s.As(t, o.Seller, caller.RoleSeller)
	if _, err := s.Payments.RequestPayout(seller, money.Of(4_983_31, "CNY")); !errors.Is(err, payments.ErrBalance) {
		t.Fatalf("a cent too much: %v", err)
	}
	if p, err := s.Payments.RequestPayout(seller, money.Of(4_983_30, "CNY")); err != nil || p.State != payments.PayoutSent {
		t.Fatalf("%s %v", p.State, err)
	}
	if got := s.balance(t, ledger.Seller(o.Seller)); got != "0.00" {
		t.Fatalf("after the payout %s", got)
	}
}

func TestAboveTheLimitASecondPersonMustAgree(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	s.hear(t, o, "m", 5_085_00)
	s.delivered(t, o)
	s.Review = []fault.Reason{{Code: "second_person_required", Detail: "Above the limit."}}

	asker := s.As(t, id.Org{}, caller.RoleOperator)
	r, err := s.Payments.AskRelease(asker, o.ID)
	if err != nil || r.State != payments.ReleaseRequested {
		t.Fatalf("%s %v", r.State, err)
	}
	if _, err := s.Payments.AskRelease(asker, o.ID); !errors.Is(err, payments.ErrReleaseOpen) {
		t.Fatalf("asked twice: %v", err)
	}
	if _, err := s.Payments.ApproveRelease(asker, r.ID, true, ""); !errors.Is(err, payments.ErrSamePerson) {
		t.Fatalf("the same person: %v", err)
	}
	s.whole(t, "5085.00")
	s.Review = nil
	second := s.As(t, id.Org{}, caller.RoleOperator)
	if r, err = s.Payments.ApproveRelease(second, r.ID, true, ""); err != nil || r.State != payments.ReleaseDone {
		t.Fatalf("%s %v", r.State, err)
	}
	s.whole(t, "0.00")
	if _, err := s.Payments.ApproveRelease(second, r.ID, true, ""); !errors.Is(err, payments.ErrReleaseDecided) {
		t.Fatalf("decided twice: %v", err)
	}
}

// The bank's answer is lost after the release was decided: the money moves once, later.
func TestALostAnswerIsCarriedOn(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	s.hear(t, o, "m", 5_085_00)
	s.delivered(t, o)
	s.fail = errors.New("connection reset")
	if _, err := s.Payments.Settle(s.Ctx, o.ID, "person:buyer"); err == nil {
		t.Fatal("the silence of the bank was taken for a yes")
	}
	s.whole(t, "5085.00")
	s.fail = nil
	for range 2 {
		if err := s.Payments.Unfinished(s.Ctx); err != nil {
			t.Fatal(err)
		}
	}
	s.whole(t, "0.00")
}

func TestMoneyStaysWhileAClaimIsOpenOrGoodsAreMissing(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	if _, err := s.Payments.Settle(s.Ctx, o.ID, "x"); !errors.Is(err, payments.ErrNotFunded) {
		t.Fatalf("unpaid: %v", err)
	}
	s.hear(t, o, "m", 5_085_00)
	if _, err := s.Payments.Settle(s.Ctx, o.ID, "x"); !errors.Is(err, payments.ErrNotReceived) {
		t.Fatalf("not received: %v", err)
	}
	s.delivered(t, o)
	s.claims = 1
	if _, err := s.Payments.Settle(s.Ctx, o.ID, "x"); fault.KindOf(err) != fault.Denied {
		t.Fatalf("claim open: %v", err)
	}
	s.whole(t, "5085.00")
	if l, err := s.Payments.Releases(s.Ctx, payments.ReleaseRequested, page.Request{}); err != nil || len(l.Items) != 0 {
		t.Fatalf("%d releases were filed (%v)", len(l.Items), err)
	}
}

func TestADeclinedOrdersMoneyGoesBack(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	s.hear(t, o, "m", 5_085_00)
	if _, err := s.Ordering.Decline(s.As(t, o.Seller, caller.RoleSeller), o.ID, "no steel"); err != nil {
		t.Fatal(err)
	}
	for range 2 { // a job may run twice
		if err := s.Payments.RefundEnded(s.Ctx, o.ID); err != nil {
			t.Fatal(err)
		}
	}
	s.whole(t, "0.00")
	if got := s.balance(t, ledger.Bank); got != "0.00" {
		t.Fatalf("the bank still holds %s", got)
	}
}

func TestTwoPayoutsAtOnceCannotSpendOneBalance(t *testing.T) {
	t.Parallel()
	s := open(t)
	_, o := s.placed(t)
	s.hear(t, o, "m", 5_085_00)
	s.delivered(t, o)
	if _, err := s.Payments.Settle(s.Ctx, o.ID, "person:buyer"); err != nil {
		t.Fatal(err)
	}
	seller := s.As(t, o.Seller, caller.RoleSeller)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = s.Payments.RequestPayout(seller, money.Of(4_000_00, "CNY")) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if !errors.Is(err, payments.ErrBalance) {
			t.Errorf("lost with %v", err)
		}
	}
	if won != 1 {
		t.Fatalf("%d payouts of 4,000 out of 4,983.30", won)
	}
}

func TestASellerSeesTheSafeButNotHowItIsPaid(t *testing.T) {
	t.Parallel()
	s := open(t)
	buyer, o := s.placed(t)
	if e, err := s.Payments.Of(buyer, o.ID); err != nil || e.Instructions["reference"] != o.Number {
		t.Fatalf("%v %v", e.Instructions, err)
	}
	if e, err := s.Payments.Of(s.As(t, o.Seller, caller.RoleSeller), o.ID); err != nil || len(e.Instructions) != 0 {
		t.Fatalf("%v %v", e.Instructions, err)
	}
	if _, err := s.Payments.Of(s.As(t, s.Org(t, "Stranger", "X9", true), caller.RoleBuyer), o.ID); !errors.Is(err, payments.ErrNotFound) {
		t.Fatalf("a stranger: %v", err)
	}
}
