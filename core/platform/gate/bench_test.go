package gate_test

import (
	"context"
	"fmt"
	"log/slog"
	"runtime"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/gate"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/policies"
)

// many is a store of ten thousand tenants, each with twenty lines of its own that no other
// has.
type many struct {
	memory
	ready map[id.Tenant]gate.Tenant // read already: a store's time is not the gate's
}

func (m *many) Tenant(_ context.Context, t id.Tenant) (gate.Tenant, error) {
	if out, ok := m.ready[t]; ok {
		return out, nil
	}
	out := gate.Tenant{ID: t, Slug: t.String(), Kind: "open", State: "active", Version: 1, Settings: gate.Settings{Currency: "CNY", TimeZone: "Asia/Shanghai"}}
	for i := range 20 {
		role := fmt.Sprintf("r%d_%x", i%5, t[:6])
		if i < 5 {
			out.Rules = append(out.Rules, gate.Rule{Type: "g", Role: role, Grants: "buyer", Source: gate.SourceTenant})
		} else {
			out.Rules = append(out.Rules, gate.Rule{Type: "p", Role: role, Grants: []string{"invoicing.invoice.issue", "catalog.item.write", "pricing.price.write"}[i/5-1], Source: gate.SourceTenant})
		}
	}
	return out, nil
}

// BenchmarkTenThousandTenants asks for fifty people of each tenant, first cold, then from
// memory, and says how much memory all of them take.
func BenchmarkTenThousandTenants(b *testing.B) {
	const tenants, people = 10_000, 50
	m := &many{}
	g, err := gate.New(gate.Options{Policies: policies.FS, Store: m, Now: clock.At(noon), Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(g.Close)
	var before, after runtime.MemStats
	ids := make([]id.Tenant, tenants)
	for i := range ids {
		ids[i] = id.Tenant{}.New()
		ids[i][0], ids[i][1], ids[i][2], ids[i][3], ids[i][4], ids[i][5] = byte(i), byte(i>>8), 1, 2, 3, 4
	}
	var asked []context.Context // of a tenth of the people, so that the callers themselves weigh little
	for n := range tenants * people / 10 {
		t := ids[n%tenants]
		c := caller.Caller{Tenant: t, Kind: caller.Person, Person: id.Person{byte(n / tenants % people)}, Roles: []string{fmt.Sprintf("r%d_%x", n%5, t[:6])}}
		asked = append(asked, caller.With(context.Background(), c))
	}
	m.ready = map[id.Tenant]gate.Tenant{}
	for _, t := range ids {
		out, _ := m.Tenant(b.Context(), t)
		m.ready[t] = out
	}
	ask := func(n int) bool { return g.Can(asked[n%len(asked)], policy.Action("sourcing.rfq.publish")) }
	b.Run("cold", func(b *testing.B) {
		for i := range b.N {
			g.Invalidate(ids[i%tenants])
			if !ask(i) {
				b.Fatal("refused")
			}
		}
	})
	m.ready = nil // what the store reads, the gate keeps: it counts
	for _, t := range ids {
		g.Invalidate(t)
	}
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := range tenants {
		ask(i)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.Run("cached", func(b *testing.B) {
		for i := range b.N {
			if !ask(i) {
				b.Fatal("refused")
			}
		}
		b.ReportMetric(float64(int64(after.HeapAlloc)-int64(before.HeapAlloc))/(1<<20), "MB/10k-tenants")
	})
	runtime.KeepAlive(asked)
}
