package gate_test

import (
	"errors"
	"io/fs"
	"log/slog"
	"testing"
	"testing/fstest"
	"time"

	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/policies"
)

// A rule that never ends holds nobody up for long, and what it did not answer is no yes.
func TestARunawayRuleIsStopped(t *testing.T) {
	t.Parallel()
	files := fstest.MapFS{"rego/kontor/payments/release/runaway.rego": {Data: []byte(`package kontor.payments.release

deny contains reason if {
	some a in numbers.range(1, 1000000)
	some b in numbers.range(1, 1000000)
	a * b == -1
	reason := {}
}
`)}}
	err := fs.WalkDir(policies.FS, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(policies.FS, p)
		files[p] = &fstest.MapFile{Data: b}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	m := &memory{tenant: gate.Tenant{
		ID: id.Tenant{}.New(), Slug: "steel", Kind: "open", State: "active", Version: 1,
		Settings: gate.Settings{Currency: "CNY", TimeZone: "Asia/Shanghai", ReleaseLimitMinor: 1000},
	}}
	g, err := gate.New(gate.Options{Policies: files, Store: m, Now: clock.At(noon), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	began := time.Now()
	err = g.Allow(as(person(m, "buyer")), "payments.escrow.release", release(1))
	if !errors.Is(err, policy.ErrDenied) || fault.From(err).Reasons[0].Code != "policy_unanswered" {
		t.Errorf("got %v", err)
	}
	if took := time.Since(began); took > 15*time.Second {
		t.Errorf("it ran for %v", took)
	}
}
