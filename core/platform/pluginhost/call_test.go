package pluginhost_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/work"
)

func TestAnswersThatCannotBeRightAreNotUsed(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	for _, what := range []string{"negative", "currency", "sum", "product", "fine", "line", "past", "basis", "big"} {
		got, err := r.Quote(ctx, "EUR", do(what))
		if !errors.Is(err, pluginhost.ErrInvalidResponse) {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
	if s := r.status(t, "kontor.wild"); s.State != pluginhost.StateReady || s.FaultsByCode["plugin.invalid_response"] != 9 {
		t.Errorf("the operator sees %+v", s)
	}
}

func TestRefusalsNameTheReasonAndAreNobodysFailure(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	for what, reason := range map[string]string{"refuse": "not_today", "mine": "mass_unknown"} {
		for range 25 { // more than any breaker bears
			_, err := r.Quote(ctx, "EUR", do(what))
			if f := fault.From(err); !errors.Is(err, pluginhost.ErrRefused) || f.Args["reason"] != reason || f.Args["plugin"] != "Wild" {
				t.Fatalf("%s: %v %v", what, err, f.Args)
			}
		}
	}
}

func TestAPluginThatFailsOneTenantTooOftenRestsForThatTenant(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	other, _ := r.tenants.install(nil, "kontor.wild")
	if err := r.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	for range 20 {
		if _, err := r.Quote(ctx, "EUR", do("error")); !errors.Is(err, pluginhost.ErrPlugin) {
			t.Fatal(err)
		}
	}
	if _, err := r.Quote(ctx, "EUR", do("")); !errors.Is(err, pluginhost.ErrSuspended) {
		t.Errorf("after twenty failures: %v", err)
	}
	if _, err := r.Quote(other, "EUR", do("")); err != nil {
		t.Errorf("the neighbour: %v", err)
	}
}

func TestAPluginIsNeverCalledInsideATransaction(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	ctx = work.Mark(ctx)
	_, quote := r.Quote(ctx, "EUR", do(""))
	_, rates := r.Rates(ctx, pluginhost.RateRequest{})
	_, begin := r.Begin(ctx, "k", pluginhost.BeginRequest{})
	for name, err := range map[string]error{"Quote": quote, "Rates": rates, "Begin": begin} {
		if !errors.Is(err, pluginhost.ErrInUnit) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneTenantCannotTakeTheWholePlugin(t *testing.T) {
	t.Parallel()
	r, noisy := wild(t, nil)
	quiet, _ := r.tenants.install(nil, "kontor.wild")
	if err := r.Reload(quiet); err != nil {
		t.Fatal(err)
	}
	var busy, fine atomic.Int32
	var wg sync.WaitGroup
	for range 40 {
		wg.Add(1)
		go func() {
			defer wg.Done()
			switch _, err := r.Quote(noisy, "EUR", do("slow")); {
			case errors.Is(err, pluginhost.ErrBusy):
				busy.Add(1)
			case err == nil:
				fine.Add(1)
			default:
				t.Error(err)
			}
		}()
	}
	time.Sleep(100 * time.Millisecond)
	began := time.Now()
	if _, err := r.Quote(quiet, "EUR", do("")); err != nil || time.Since(began) > 200*time.Millisecond {
		t.Errorf("the quiet tenant waited %v: %v", time.Since(began), err)
	}
	wg.Wait()
	if fine.Load() != 8 || busy.Load() != 32 {
		t.Errorf("of forty at once %d were served and %d sent away", fine.Load(), busy.Load())
	}
}

func TestAPluginDownForAMomentDoesNotTakeItsPricesWithIt(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	lines := do("")
	first, err := r.Quote(ctx, "EUR", lines)
	if err != nil {
		t.Fatal(err)
	}
	r.Host.Close() // nobody there to ask
	lines[0].LineID = "other"
	got, err := r.Quote(ctx, "EUR", lines)
	if err != nil || got[0].LineID != "other" || got[0].Amount != first[0].Amount {
		t.Errorf("what was quoted: %+v, %v", got, err)
	}
	if _, err := r.Quote(ctx, "EUR", do("slow")); !errors.Is(err, pluginhost.ErrUnavailable) {
		t.Errorf("what was not: %v", err)
	}
}

func TestSettingsReachARunningPluginAndBadOnesTroubleOnlyTheirTenant(t *testing.T) {
	t.Parallel()
	r, good := wild(t, nil)
	bad, ids := r.tenants.install(map[string]any{"x": "refuse"}, "kontor.wild")
	if err := r.Reload(bad); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Quote(bad, "EUR", do("")); !errors.Is(err, pluginhost.ErrMisconfigured) {
		t.Errorf("refused settings: %v", err)
	}
	if _, err := r.Quote(good, "EUR", do("")); err != nil {
		t.Errorf("the neighbour: %v", err)
	}
	r.tenants.change(ids[0], func(in *pluginhost.Installation) { in.Config, in.Revision = []byte(`{"x":"fine"}`), 2 })
	if err := r.Reload(bad); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Quote(bad, "EUR", do("")); err != nil {
		t.Errorf("corrected settings: %v", err)
	}
	r.tenants.change(ids[0], func(in *pluginhost.Installation) { in.Enabled = false })
	if err := r.Reload(bad); err != nil {
		t.Fatal(err)
	}
	got, err := r.Quote(bad, "EUR", do(""))
	if err != nil || got[0].Plugin != "" {
		t.Errorf("switched off, the platform prices itself: %+v, %v", got, err)
	}
}

func TestAPluginSeesNothingOfOurEnvironment(t *testing.T) {
	t.Setenv("KONTOR_DATABASE_URL", "postgres://secret")
	r, ctx := wild(t, nil)
	got, err := r.Quote(ctx, "EUR", do("env"))
	if err != nil {
		t.Fatal(err)
	}
	env := got[0].Problems[0].Message
	for _, line := range strings.Split(env, "\x1f") {
		name, _, _ := strings.Cut(line, "=")
		if !strings.HasPrefix(name, "PLUGIN_") && !strings.HasPrefix(name, "KONTOR_PLUGIN") && !slices.Contains([]string{"LANG", "TZ", "GOMEMLIMIT", "NODE_OPTIONS"}, name) {
			t.Errorf("the plugin sees %s", line)
		}
	}
}

func TestAFileThatTheManifestDoesNotNameIsNeverRun(t *testing.T) {
	t.Parallel()
	from, err := built()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	at := filepath.Join(dir, "wild")
	copyTo := func(name string, change func([]byte) []byte) {
		b, err := os.ReadFile(filepath.Join(from, "wild", name))
		if err != nil {
			t.Fatal(err)
		}
		if err := os.MkdirAll(at, 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(at, name), change(b), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	marker := filepath.Join(dir, "ran")
	copyTo("plugin.yaml", func(b []byte) []byte { return b })
	copyTo("plugin", func([]byte) []byte { return []byte("#!/bin/sh\ntouch " + marker + "\n") })
	r := run(t, pluginhost.Config{Dirs: []string{dir}})
	s := r.status(t, "kontor.wild")
	if s.State != pluginhost.StateRefused || s.Generation != 0 || !strings.Contains(s.LastError, "sha256:") && !strings.Contains(s.LastError, "digest") {
		t.Errorf("the operator sees %+v", s)
	}
	if _, err := os.Stat(marker); err == nil {
		t.Error("it was run")
	}
}

func TestAProgramThatIsNotWhatItsManifestSaysIsRefused(t *testing.T) {
	t.Parallel()
	dir := folder(t, "wild")
	path := filepath.Join(dir, "wild", "plugin.yaml")
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	os.Remove(path) //nolint:errcheck // a link to the one that others use
	changed := strings.Replace(string(b), "features: []", "features: [reprice]", 1)
	if err := os.WriteFile(path, []byte(changed), 0o644); err != nil {
		t.Fatal(err)
	}
	r := run(t, pluginhost.Config{Dirs: []string{dir}})
	if s := r.status(t, "kontor.wild"); s.State != pluginhost.StateRefused || s.PID != 0 {
		t.Errorf("the operator sees %+v", s)
	}
}

func TestManifestsThatAreNotUnderstoodAreRefusedAloud(t *testing.T) {
	t.Parallel()
	good := "manifest: 1\nid: kontor.x\nversion: 1.0.0\ncontract: {min: \"1.0\", max: 1.x}\ncapabilities: {pricing: {}}\nruntime: {kind: process, exec: {any: plugin}}\nfiles: {plugin: \"sha256:" + strings.Repeat("0", 64) + "\"}\n"
	for name, text := range map[string]string{
		"an unknown key":     good + "memory: 1Gi\n",
		"another contract":   strings.Replace(good, `"1.0"`, `"2.0"`, 1),
		"no publisher":       strings.Replace(good, "kontor.x", "x", 1),
		"a path outside":     strings.Replace(good, "any: plugin}", "any: ../plugin}", 1),
		"no digest":          strings.Replace(good, "sha256:", "md5:", 1),
		"another runtime":    strings.Replace(good, "kind: process", "kind: wasm", 1),
		"nothing it can do":  strings.Replace(good, "{pricing: {}}", "{}", 1),
		"a version of words": strings.Replace(good, "1.0.0", "latest", 1),
		"no yaml at all":     "\x00\x01",
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "plugin.yaml"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := pluginhost.ReadManifest(dir); !errors.Is(err, pluginhost.ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestWithoutAnyPluginTheShopPricesItself(t *testing.T) {
	t.Parallel()
	r := run(t, pluginhost.Config{})
	ctx := caller.AsSystem(context.Background(), id.Tenant{}.New(), "test")
	tonne := money.Price{Micro: 3850_000_000, Currency: "CNY", Per: quantity.Tonne}
	got, err := r.Quote(ctx, "CNY", []pluginhost.PriceLine{
		{LineID: "bars", Qty: quantity.Of(10, quantity.Piece), Unit: tonne, KgPerUnitMicro: 598_800_000},
		{LineID: "bolts", Qty: quantity.Of(3, quantity.Box), Unit: money.Price{Micro: 12_500_000, Currency: "CNY", Per: quantity.Box}},
	})
	if err != nil || got[0].Amount.Minor != 23053_80 || got[0].Basis != pluginhost.BasisTheoreticalMass || got[1].Amount.Minor != 37_50 {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := r.Quote(ctx, "CNY", []pluginhost.PriceLine{{Qty: quantity.Of(1, quantity.Piece), Unit: tonne}}); !errors.Is(err, quantity.ErrUnitMatch) {
		t.Errorf("pieces of unknown mass by the tonne: %v", err)
	}
	if offers, err := r.Rates(ctx, pluginhost.RateRequest{Currency: "CNY"}); err != nil || len(offers) != 0 {
		t.Errorf("freight: %v, %v", offers, err)
	}
	if _, err := r.Begin(ctx, "k", pluginhost.BeginRequest{}); !errors.Is(err, pluginhost.ErrNotInstalled) {
		t.Errorf("payment: %v", err)
	}
}

func lines(n int) []pluginhost.PriceLine {
	out := make([]pluginhost.PriceLine, n)
	for i := range out {
		out[i] = pluginhost.PriceLine{
			LineID: fmt.Sprint(i), Attrs: map[string]string{"kgm": "49.9", "length": "12"}, Qty: quantity.Of(int64(i+1), quantity.Piece),
			Unit: money.Price{Micro: 3850_000_000, Currency: "CNY", Per: quantity.Tonne},
		}
	}
	return out
}
