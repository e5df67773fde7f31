package pluginhost_test

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/plugins/sdk/plugintest"
)

// later is a clock that a test can push.
type later struct {
	mu   sync.Mutex
	plus time.Duration
}

func (l *later) now() time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return clock.System().Add(l.plus)
}

func (l *later) push(d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.plus += d
}

// market is a tenant with all three plugins and the outside world.
type market struct {
	running
	out   plugintest.Outside
	ctx   context.Context
	clock *later
	hooks chan pluginhost.Webhook
	ids   []id.Installation
}

var trio = []string{"kontor.steelprice", "kontor.freight", "kontor.escrow"}

func open(t *testing.T, change func(*pluginhost.Config)) market {
	t.Helper()
	m := market{out: plugintest.Simulator(t), clock: &later{}, hooks: make(chan pluginhost.Webhook, 16)}
	inbox := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		h := pluginhost.Webhook{Headers: map[string]string{}, Body: body}
		for k := range r.Header {
			h.Headers[k] = r.Header.Get(k)
		}
		m.hooks <- h
	}))
	t.Cleanup(inbox.Close)
	cfg := pluginhost.Config{
		Loopback: true, Dirs: []string{folder(t, "steelprice", "freight", "escrow")}, Now: m.clock.now, Timing: quick(),
		NotifyURL: func(_ id.Tenant, in id.Installation) string { return inbox.URL + "/" + in.String() },
	}
	if change != nil {
		change(&cfg)
	}
	m.running = run(t, cfg)
	m.ctx, m.ids = m.tenants.install(m.out.Keys(t, "steel"), trio...)
	if err := m.Reload(m.ctx); err != nil {
		t.Fatal(err)
	}
	return m
}

func begin(minor int64) pluginhost.BeginRequest {
	return pluginhost.BeginRequest{Order: orderID, Reference: "PO-1", Amount: money.Of(minor, "CNY"), PayerName: "买方", Country: "CN"}
}

func TestAnOrderGoesTheWholeWayThroughThreePlugins(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	ctx := m.ctx

	priced, err := m.Quote(ctx, "CNY", lines(3))
	if err != nil || priced[0].Plugin != "kontor.steelprice" || priced[0].Evidence != "WEIGHBRIDGE" || priced[0].TolerancePctMicro != 30_000 {
		t.Fatalf("%+v, %v", priced, err)
	}
	offers, err := m.Rates(ctx, pluginhost.RateRequest{From: pluginhost.Place{Country: "CN", City: "唐山"}, To: pluginhost.Place{Country: "CN", City: "杭州"}, MassKgMicro: 5_988_000_000, Currency: "CNY"})
	if err != nil || len(offers) < 2 || offers[0].Amount.Minor > offers[1].Amount.Minor {
		t.Fatalf("%+v, %v", offers, err)
	}
	op, err := m.Begin(ctx, "escrow-1", begin(1000_00))
	if err != nil || op.State != pluginhost.OpRequiresAction || op.Instructions["account"] == "" {
		t.Fatalf("%+v, %v", op, err)
	}
	m.out.Pay(t, op.Instructions["reference"], "exact")
	hook := <-m.hooks
	updates, err := m.ParseWebhook(ctx, m.ids[2], hook)
	if err != nil || len(updates) != 1 || updates[0].OperationID != op.ID || updates[0].Captured != money.Of(1000_00, "CNY") || updates[0].State != pluginhost.OpHeld {
		t.Fatalf("%+v, %v", updates, err)
	}
	altered := hook
	altered.Body = []byte(strings.Replace(string(hook.Body), "100000", "900000", 1))
	if _, err := m.ParseWebhook(ctx, m.ids[2], altered); !errors.Is(err, pluginhost.ErrRefused) || fault.From(err).Args["reason"] != "signature_invalid" {
		t.Errorf("an altered message: %v", err)
	}
	if _, err := m.ParseWebhook(ctx, id.Installation{}.New(), hook); !errors.Is(err, pluginhost.ErrNotInstalled) {
		t.Errorf("a message to nobody: %v", err)
	}

	booked, err := m.Book(ctx, "ship-1", pluginhost.BookRequest{Plugin: offers[0].Plugin, OfferID: offers[0].OfferID, From: pluginhost.Place{Country: "CN", City: "唐山"}, To: pluginhost.Place{Country: "CN", City: "杭州"}, MassKgMicro: 5_988_000_000})
	if err != nil || booked.Tracking == "" || booked.Amount != offers[0].Amount {
		t.Fatalf("%+v, %v", booked, err)
	}
	if tr, err := m.Track(ctx, booked.Plugin, booked.ID); err != nil || len(tr.Events) != 1 || tr.Booking.State != "confirmed" {
		t.Errorf("%+v, %v", tr, err)
	}
	tonnes := priced[0].PricedQty
	tonnes.Micro += tonnes.Micro / 100
	settled, err := m.Reprice(ctx, priced, []pluginhost.Measured{{LineID: priced[0].LineID, Qty: tonnes, EvidenceID: "ticket"}})
	if err != nil || settled[0].Beyond || settled[0].Basis != pluginhost.BasisWeighedMass || settled[0].Amount.Minor <= priced[0].Amount.Minor {
		t.Errorf("%+v, %v", settled, err)
	}

	splits := []pluginhost.Split{{Party: "seller-1", Kind: "seller", Amount: money.Of(980_00, "CNY")}, {Party: "platform", Kind: "commission", Amount: money.Of(20_00, "CNY")}}
	short := slices.Clone(splits)
	short[0].Amount.Minor--
	if _, err := m.Release(ctx, "release-0", op.ID, short); !errors.Is(err, pluginhost.ErrUpstream) || fault.From(err).Args["reason"] != "splits_differ_from_held" {
		t.Errorf("a fen short: %v", err)
	}
	if rel, err := m.Release(ctx, "release-1", op.ID, splits); err != nil || rel.State != pluginhost.OpReleased {
		t.Errorf("%+v, %v", rel, err)
	}
	pay, err := m.Payout(ctx, "payout-1", pluginhost.Payout{Party: "seller-1", Amount: money.Of(980_00, "CNY"), IBAN: "6222021001098765432", AccountName: "卖方", Reference: "x"})
	if err != nil || pay.State != pluginhost.OpPending {
		t.Errorf("%+v, %v", pay, err)
	}
	until(t, "the payout arrives", 5*time.Second, func() bool {
		got, err := m.Get(ctx, pay.ID)
		return err == nil && got.State == pluginhost.OpCaptured
	})
}

func TestTheSameKeyIsTheSameOperation(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	first, err := m.Begin(m.ctx, "k", begin(500_00))
	if err != nil {
		t.Fatal(err)
	}
	again, err := m.Begin(m.ctx, "k", begin(500_00))
	if err != nil || again.ID != first.ID || len(m.out.Movements(t)) != 1 {
		t.Errorf("%+v, %v; the bank's books %+v", again, err, m.out.Movements(t))
	}
	if _, err := m.Begin(m.ctx, "k", begin(500_01)); !errors.Is(err, pluginhost.ErrKeyReused) {
		t.Errorf("the key for another amount: %v", err)
	}
	if _, err := m.Begin(m.ctx, "k2", begin(0)); !errors.Is(err, pluginhost.ErrRefused) {
		t.Errorf("nothing to pay: %v", err)
	}
	if _, err := m.Begin(m.ctx, "k2", begin(0)); !errors.Is(err, pluginhost.ErrRefused) || fault.From(err).Args["reason"] != "amount_not_positive" {
		t.Errorf("asked again, the refusal is: %v", err)
	}
	if got := len(m.out.Movements(t)); got != 1 {
		t.Errorf("%d movements", got)
	}
}

// The bank acts, and the plugin is killed before it can say so.
func TestAnEffectWhoseAnswerWasLostIsFoundAndNotDoneTwice(t *testing.T) {
	t.Parallel()
	var outcomes []pluginhost.Outcome
	m := open(t, func(c *pluginhost.Config) {
		c.Resolved = func(_ context.Context, o pluginhost.Outcome) error {
			outcomes = append(outcomes, o)
			return nil
		}
	})
	m.out.Fault(t, "bank", "delay", 1, 2000)
	pid := m.status(t, "kontor.escrow").PID
	go func() {
		time.Sleep(300 * time.Millisecond)
		syscall.Kill(pid, syscall.SIGKILL) //nolint:errcheck
	}()
	_, err := m.Begin(m.ctx, "k", begin(500_00))
	if row := m.effects.only(t); !errors.Is(err, pluginhost.ErrOutcomeUnknown) || row.State != pluginhost.EffectUnknown {
		t.Fatalf("%v; written: %+v", err, row)
	}
	until(t, "the plugin serves again", 5*time.Second, func() bool {
		s := m.status(t, "kontor.escrow")
		return s.State == pluginhost.StateReady && s.PID != pid
	})
	if n, err := m.Reconcile(m.ctx); err != nil || n != 0 {
		t.Fatalf("before its time: %d, %v", n, err)
	}
	m.clock.push(time.Minute)
	if n, err := m.Reconcile(m.ctx); err != nil || n != 1 || len(outcomes) != 1 || outcomes[0].State != pluginhost.EffectSucceeded || outcomes[0].Key != "k" {
		t.Fatalf("%d, %v, %+v", n, err, outcomes)
	}
	op, err := m.Begin(m.ctx, "k", begin(500_00))
	books := m.out.Movements(t)
	if err != nil || len(books) != 1 || op.ID != books[0].ID {
		t.Errorf("%+v, %v; the bank's books %+v", op, err, books)
	}
}

func TestAnEffectThatNeverArrivedMayBeTriedAgain(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	m.out.Fault(t, "bank", "down", 1, 0)
	if _, err := m.Begin(m.ctx, "k", begin(500_00)); !errors.Is(err, pluginhost.ErrOutcomeUnknown) {
		t.Fatal(err)
	}
	op, err := m.Begin(m.ctx, "k", begin(500_00)) // asks by key, hears "never seen", does it
	if err != nil || op.ID == "" || len(m.out.Movements(t)) != 1 {
		t.Fatalf("%+v, %v", op, err)
	}
	if row := m.effects.only(t); row.State != pluginhost.EffectSucceeded || row.Attempts < 2 {
		t.Errorf("%+v", row)
	}
}

func TestTwoAtOnceWithOneKeyDoItOnce(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	var wg sync.WaitGroup
	var mu sync.Mutex
	ids := map[string]bool{}
	for range 6 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			op, err := m.Begin(m.ctx, "k", begin(500_00))
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				ids[op.ID] = true
			} else if !errors.Is(err, pluginhost.ErrInProgress) {
				t.Error(err)
			}
		}()
	}
	wg.Wait()
	if len(ids) != 1 || len(m.out.Movements(t)) != 1 {
		t.Errorf("operations %v, the bank's books %+v", ids, m.out.Movements(t))
	}
}

func TestAPluginThatIsGoneLeavesTheEffectUndone(t *testing.T) {
	t.Parallel()
	m := open(t, nil)
	m.Host.Close()
	_, err := m.Begin(m.ctx, "k", begin(500_00))
	if row := m.effects.only(t); !errors.Is(err, pluginhost.ErrUnavailable) || row.State != pluginhost.EffectFailed || row.Error != "not_done" {
		t.Errorf("%v; written: %+v", err, row)
	}
	if got, err := m.Rates(m.ctx, pluginhost.RateRequest{Currency: "CNY", MassKgMicro: quantity.Scale}); err == nil {
		t.Errorf("nobody answered, and it is %+v", got)
	}
}

var orderID = func() (o id.Order) {
	if err := o.UnmarshalText([]byte("01890a5d-ac96-774b-bcce-b302099a8057")); err != nil {
		panic(err)
	}
	return o
}()
