package telemetry_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/telemetry"
)

func TestALogLineSaysForWhomSomethingWasDone(t *testing.T) {
	t.Parallel()
	var b bytes.Buffer
	log, err := telemetry.NewLogger(&b, "json", "info")
	if err != nil {
		t.Fatal(err)
	}
	tenant := id.Tenant{}.New()
	ctx := caller.With(t.Context(), caller.Caller{Tenant: tenant, Kind: caller.System, Name: "relay", RequestID: "r-9"})
	log.With("part", "jobs").InfoContext(ctx, "delivered", "n", 3)
	log.DebugContext(ctx, "too fine")
	var line map[string]any
	if err := json.Unmarshal(b.Bytes(), &line); err != nil {
		t.Fatalf("not one line of JSON: %v in %s", err, b.String())
	}
	got := fmt.Sprint(line["msg"], line["part"], line["n"], line["request"], line["tenant"], line["actor"])
	if want := fmt.Sprint("delivered", "jobs", 3, "r-9", tenant, "system:relay"); got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	for _, bad := range [][2]string{{"xml", "info"}, {"json", "loud"}} {
		if _, err := telemetry.NewLogger(&b, bad[0], bad[1]); err == nil {
			t.Errorf("%v was accepted", bad)
		}
	}
}

func TestASecretShowsItselfNowhere(t *testing.T) {
	t.Parallel()
	const word = "hunter2"
	s := telemetry.NewSecret(word)
	type config struct {
		Password telemetry.Secret
		inner    telemetry.Secret
	}
	c := config{s, s}
	var b bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d"} {
		fmt.Fprintf(&b, verb, s)
		fmt.Fprintf(&b, verb, c)
	}
	j, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	b.Write(j)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "secret", s, "config", c)
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "secret", s, "config", c)
	if out := b.String(); strings.Contains(out, word) || strings.Contains(out, fmt.Sprintf("%x", word)) {
		t.Fatalf("it shows in %s", out)
	}
	if s.Reveal() != word {
		t.Fatal("it is lost")
	}
	var back config
	if err := json.Unmarshal([]byte(`{"Password":"hunter2"}`), &back); err != nil || back.Password.Reveal() != word {
		t.Fatalf("reading it: %v", err)
	}
}

func get(t *testing.T, o *telemetry.Ops, path string) (int, string) {
	t.Helper()
	res, err := http.Get("http://" + o.Addr() + path)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	return res.StatusCode, string(b)
}

func TestReadinessFollowsTheChecksAndLivenessDoesNot(t *testing.T) {
	t.Parallel()
	var broken error
	o := telemetry.NewOps(telemetry.NewRegistry("1.0"), map[string]telemetry.Check{
		"database": func(context.Context) error { return broken },
		"stuck":    func(context.Context) error { return nil },
	})
	if err := o.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Stop(context.Background()) })
	if code, body := get(t, o, "/readyz"); code != 200 || !strings.Contains(body, `"database":"ok"`) {
		t.Fatalf("%d %s", code, body)
	}
	broken = errors.New("no connection")
	if code, body := get(t, o, "/readyz"); code != 503 || !strings.Contains(body, "no connection") {
		t.Fatalf("%d %s", code, body)
	}
	if code, _ := get(t, o, "/livez"); code != 200 {
		t.Fatal("a broken database must not get the process killed")
	}
	broken = nil
	o.Drain()
	if code, _ := get(t, o, "/readyz"); code != 503 {
		t.Fatal("draining, it still invites requests")
	}
}

func TestACheckThatHangsIsANo(t *testing.T) {
	t.Parallel()
	o := telemetry.NewOps(telemetry.NewRegistry("1.0"), map[string]telemetry.Check{"hangs": func(context.Context) error { select {} }})
	if err := o.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Stop(context.Background()) })
	began := time.Now()
	if code, body := get(t, o, "/readyz"); code != 503 || !strings.Contains(body, "no answer") || time.Since(began) > 5*time.Second {
		t.Fatalf("%d %s after %v", code, body, time.Since(began))
	}
}

func TestNumbersAreServedAndANameMeansOneThing(t *testing.T) {
	t.Parallel()
	r := telemetry.NewRegistry("1.0")
	telemetry.Counter(r, "orders_total", "Orders placed.", "source").WithLabelValues("cart").Inc()
	telemetry.Counter(r, "orders_total", "Orders placed.", "source").WithLabelValues("cart").Inc()
	telemetry.Histogram(r, "request_seconds", "How long requests take.", "route").WithLabelValues("/").Observe(0.02)
	o := telemetry.NewOps(r, nil)
	if err := o.Start("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = o.Stop(context.Background()) })
	_, body := get(t, o, "/metrics")
	for _, want := range []string{`kontor_orders_total{source="cart"} 2`, `kontor_request_seconds_bucket{route="/",le="0.025"} 1`, `kontor_build_info{version="1.0"} 1`, "go_goroutines"} {
		if !strings.Contains(body, want) {
			t.Errorf("%s is missing", want)
		}
	}
	if code, _ := get(t, o, "/debug/pprof/goroutine?debug=1"); code != 200 {
		t.Errorf("pprof answers %d", code)
	}
}
