package main

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/plugintest"
)

func TestConformance(t *testing.T) {
	out := plugintest.Simulator(t)
	plugintest.Run(t, New(), plugintest.Setup{
		Config: out.Keys(t, "kit"), Address: out.URL,
		Begin: sdk.BeginRequest{
			Order: sdk.Ref{Kind: "order", ID: "o-1"}, Amount: sdk.Money{Currency: "CNY", Minor: 23077_80}, Fields: map[string]string{"reference": "PO-1"},
			Payer: sdk.Party{ID: "b-1", Name: "杭州买方", Country: "CN"},
		},
		Fund:    func(t *testing.T, op sdk.Operation) { out.Pay(t, op.Next.Fields["reference"], "exact") },
		Account: "DE89370400440532013000",
	})
}

// A bank that acts and is not heard: asking by the key tells what it did, asking again
// with the key does it no second time.
func TestALostAnswerIsFoundByItsKey(t *testing.T) {
	t.Parallel()
	out := plugintest.Simulator(t)
	p := provider{through}
	call := sdk.Call{Key: "lost"}.WithConfig(out.Keys(t, "kit"))
	req := sdk.BeginRequest{Call: call, Order: sdk.Ref{ID: "o-2"}, Amount: sdk.Money{Currency: "EUR", Minor: 500_00}}

	out.Fault(t, "bank", "delay", 1, 3000)
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	_, err := p.Begin(ctx, req)
	var e *sdk.Error
	if e, _ = err.(*sdk.Error); e == nil || e.Blame != sdk.Upstream || !e.Retryable {
		t.Fatalf("got %v, want an open outcome", err)
	}
	found, err := p.Operation(t.Context(), sdk.OperationRequest{Call: call, Key: "lost"})
	if err != nil || found.State != sdk.OpRequiresAction || !strings.HasPrefix(found.Next.Fields["iban"], "DE") {
		t.Fatalf("%+v, %v", found, err)
	}
	again, err := p.Begin(t.Context(), req)
	if err != nil || again.OpID != found.OpID || len(out.Movements(t)) != 1 {
		t.Fatalf("%+v, %v; the bank's books: %+v", again, err, out.Movements(t))
	}
}

func TestMoneyComesShortThenInFull(t *testing.T) {
	t.Parallel()
	out := plugintest.Simulator(t)
	p := provider{through}
	call := sdk.Call{Key: "short"}.WithConfig(out.Keys(t, "kit"))
	op, err := p.Begin(t.Context(), sdk.BeginRequest{Call: call, Amount: sdk.Money{Currency: "USD", Minor: 1000_00}})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []struct {
		mode  string
		minor int64
		state sdk.OpState
	}{{"short", 900_00, sdk.OpRequiresAction}, {"exact", 1000_00, sdk.OpHeld}} {
		out.Pay(t, op.Next.Fields["reference"], want.mode)
		got, err := p.Operation(t.Context(), sdk.OperationRequest{Call: call, OpID: op.OpID})
		if err != nil || got.Captured.Minor != want.minor || got.State != want.state {
			t.Errorf("after %s: %d in state %d, %v", want.mode, got.Captured.Minor, got.State, err)
		}
	}
}

func TestAStrangersKeyOpensNothing(t *testing.T) {
	t.Parallel()
	out := plugintest.Simulator(t)
	keys := out.Keys(t, "kit")
	keys.APIKey = "sim_kit_000000000000000000000000"
	_, err := provider{through}.Begin(t.Context(), sdk.BeginRequest{Call: sdk.Call{Key: "k"}.WithConfig(keys), Amount: sdk.Money{Currency: "EUR", Minor: 1}})
	if !sdk.IsReason(err, "key_unknown") {
		t.Fatalf("got %v", err)
	}
}
