package sdk_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/plugintest"
)

// pricer answers as a function says.
type pricer func(context.Context, sdk.QuoteRequest) (sdk.QuoteReply, error)

func (p pricer) Quote(ctx context.Context, r sdk.QuoteRequest) (sdk.QuoteReply, error) {
	return p(ctx, r)
}

func dial(t *testing.T, p pricer) *sdk.Client {
	t.Helper()
	return plugintest.Dial(t, sdk.Plugin{ID: "test.pricer", Version: "1.0.0", Pricing: p})
}

func TestWhatAnAuthorsErrorTellsTheHost(t *testing.T) {
	t.Parallel()
	refusal := &sdk.Error{
		Reason: "limit", Blame: sdk.Upstream, Detail: "d", Message: "m", Params: map[string]string{"a": "b"}, Retryable: true, RetryAfter: 3 * time.Second,
		Problems: []sdk.Problem{{Code: "c", Pointer: "/p", Severity: sdk.Warning}},
	}
	c := dial(t, func(_ context.Context, r sdk.QuoteRequest) (sdk.QuoteReply, error) {
		switch r.Currency {
		case "typed":
			return sdk.QuoteReply{}, refusal
		case "plain":
			return sdk.QuoteReply{}, errors.New("a secret of the log")
		}
		panic("boom")
	})
	ask := func(what string) *sdk.Error {
		_, err := c.Quote(t.Context(), sdk.QuoteRequest{Currency: what})
		var e *sdk.Error
		if !errors.As(err, &e) {
			t.Fatalf("%s: %v is not typed", what, err)
		}
		return e
	}
	if e := ask("typed"); e.Reason != "limit" || e.Blame != sdk.Upstream || !e.Retryable || e.RetryAfter != 3*time.Second || e.Params["a"] != "b" || len(e.Problems) != 1 || e.Problems[0].Severity != sdk.Warning {
		t.Errorf("typed: %+v", e)
	}
	if e := ask("plain"); e.Blame != sdk.ThisPlugin {
		t.Errorf("plain: %+v", e)
	}
	if e := ask("panic"); e.Reason != sdk.ReasonPanic || e.Blame != sdk.ThisPlugin {
		t.Errorf("panic: %+v", e)
	}
}

func TestMessagesAboveFourMegabytesGoNeitherWay(t *testing.T) {
	t.Parallel()
	c := dial(t, func(_ context.Context, r sdk.QuoteRequest) (sdk.QuoteReply, error) {
		return sdk.QuoteReply{Lines: []sdk.QuotedLine{{CacheKey: strings.Repeat("x", 5<<20)}}}, nil
	})
	if _, err := c.Quote(t.Context(), sdk.QuoteRequest{}); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("out: %v", err)
	}
	if _, err := c.Quote(t.Context(), sdk.QuoteRequest{Currency: strings.Repeat("x", 5<<20)}); status.Code(err) != codes.ResourceExhausted {
		t.Errorf("in: %v", err)
	}
}

func TestWhatIsNotOfferedSaysSo(t *testing.T) {
	t.Parallel()
	c := dial(t, func(context.Context, sdk.QuoteRequest) (sdk.QuoteReply, error) { return sdk.QuoteReply{}, nil })
	if _, err := c.Reprice(t.Context(), sdk.RepriceRequest{}); !sdk.IsReason(err, sdk.ReasonNotOffered) {
		t.Errorf("a missing feature: %v", err)
	}
	if _, err := c.Rate(t.Context(), sdk.RateRequest{}); status.Code(err) != codes.Unimplemented {
		t.Errorf("a missing capability: %v", err)
	}
}

func TestDrainingLetsTheRunningCallFinishAndTakesNoNewOne(t *testing.T) {
	t.Parallel()
	entered, leave := make(chan struct{}), make(chan struct{})
	c := dial(t, func(context.Context, sdk.QuoteRequest) (sdk.QuoteReply, error) {
		close(entered)
		<-leave
		return sdk.QuoteReply{}, nil
	})
	var wg sync.WaitGroup
	wg.Add(1)
	var running error
	go func() {
		defer wg.Done()
		_, running = c.Quote(context.Background(), sdk.QuoteRequest{})
	}()
	<-entered
	if left, err := c.Drain(t.Context(), 50); err != nil || left != 1 {
		t.Errorf("with one call running: %d left, %v", left, err)
	}
	if _, err := c.Quote(t.Context(), sdk.QuoteRequest{}); !sdk.IsReason(err, sdk.ReasonDraining) {
		t.Errorf("a new call: %v", err)
	}
	close(leave)
	wg.Wait()
	if left, err := c.Drain(t.Context(), 1000); err != nil || left != 0 || running != nil {
		t.Errorf("afterwards: %d left, %v; the running call: %v", left, err, running)
	}
}

func TestACallCarriesItsTenantsSettings(t *testing.T) {
	t.Parallel()
	c := dial(t, func(_ context.Context, r sdk.QuoteRequest) (sdk.QuoteReply, error) {
		var v struct{ Name string }
		err := r.Call.Config(&v)
		return sdk.QuoteReply{Lines: []sdk.QuotedLine{{LineID: v.Name}}}, err
	})
	for i, name := range []string{"a", "b"} {
		if _, err := c.Configure(t.Context(), []sdk.TenantConfig{{Tenant: name, Installation: name, Revision: uint64(i + 1), JSON: []byte(`{"Name":"` + name + `"}`)}}); err != nil {
			t.Fatal(err)
		}
	}
	for i, name := range []string{"a", "b"} {
		got, err := c.Quote(t.Context(), sdk.QuoteRequest{Call: sdk.Call{Tenant: name, Installation: name, Revision: uint64(i + 1)}})
		if err != nil || got.Lines[0].LineID != name {
			t.Errorf("%s sees %+v, %v", name, got, err)
		}
	}
	if _, err := c.Quote(t.Context(), sdk.QuoteRequest{Call: sdk.Call{Tenant: "a", Installation: "b", Revision: 2}}); !sdk.IsReason(err, sdk.ReasonConfigStale) {
		t.Errorf("one tenant with the other's installation: %v", err)
	}
}
