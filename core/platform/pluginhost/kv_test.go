package pluginhost_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// shelf keeps entries in memory, as the database does.
type shelf struct {
	mu  sync.Mutex
	all map[id.Installation]map[string]sdk.Entry
}

func (s *shelf) of(ctx context.Context, i id.Installation) map[string]sdk.Entry {
	if who, err := caller.From(ctx); err != nil || who.Kind != caller.System {
		panic("asked for nobody's sake")
	}
	if s.all[i] == nil {
		s.all[i] = map[string]sdk.Entry{}
	}
	return s.all[i]
}

func (s *shelf) Get(ctx context.Context, i id.Installation, key string) (sdk.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.of(ctx, i)[key], nil
}

func (s *shelf) Put(ctx context.Context, i id.Installation, e sdk.Entry, check bool, most int) (sdk.Entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	all, sum := s.of(ctx, i), len(e.Value)
	for k, x := range all {
		if k != e.Key {
			sum += len(x.Value)
		}
	}
	switch {
	case check && all[e.Key].Version != e.Version:
		return e, pluginhost.ErrKeptOther
	case sum > most:
		return e, pluginhost.ErrKeptFull
	}
	e.Version = all[e.Key].Version + 1
	all[e.Key] = e
	return e, nil
}

func (s *shelf) Delete(ctx context.Context, i id.Installation, key string) (bool, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, was := s.of(ctx, i)[key]
	delete(s.of(ctx, i), key)
	return was, nil
}

func (s *shelf) List(ctx context.Context, i id.Installation, prefix, after string, limit int) (out []sdk.Entry, _ error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k, e := range s.of(ctx, i) {
		if strings.HasPrefix(k, prefix) && k > after {
			out = append(out, sdk.Entry{Key: k, Version: e.Version})
		}
	}
	slices.SortFunc(out, func(a, b sdk.Entry) int { return strings.Compare(a.Key, b.Key) })
	return out[:min(len(out), limit)], nil
}

// keeping is a wild plugin that may have things kept, or not, and two tenants.
func keeping(t *testing.T, may bool) (say func(tenant int, what string) string) {
	t.Helper()
	dir := folder(t, "wild")
	if may {
		rewrite(t, filepath.Join(dir, "wild"), func(s string) string { return s + "\npermissions: {host: [kv]}\n" })
	}
	r := run(t, pluginhost.Config{Dirs: []string{dir}, Tier: tierOf("S2"), Kept: &shelf{all: map[id.Installation]map[string]sdk.Entry{}}})
	a, _ := r.tenants.install(map[string]any{}, "kontor.wild")
	b, _ := r.tenants.install(map[string]any{}, "kontor.wild")
	if err := r.Reload(a); err != nil {
		t.Fatal(err)
	}
	return func(tenant int, what string) string {
		got, err := r.Quote([]context.Context{a, b}[tenant], "EUR", do(what))
		if err != nil {
			return "no: " + fault.From(err).Args["reason"] + " " + err.Error()
		}
		return got[0].Problems[0].Message
	}
}

func TestAPluginHasThingsKeptForOneTenantAtATime(t *testing.T) {
	t.Parallel()
	say := keeping(t, true)
	for _, x := range []struct {
		tenant     int
		what, want string
	}{
		{0, "kv get a", "false  0"},
		{0, "kv put a one", "1"},
		{0, "kv put a two", "2"},
		{0, "kv get a", "true two 2"},
		{1, "kv get a", "false  0"},
		{1, "kv put a theirs", "1"},
		{1, "kv list", "[a] false"},
		{0, "kv get a", "true two 2"},
		{0, "kv swap a three 2", "3"},
		{0, "kv swap b first 0", "1"},
		{0, "kv put c x", "1"},
		{0, "kv list", "[a b c] false"},
		{0, "kv delete c", "true"},
		{0, "kv delete c", "false"},
		{0, "kv list b", "[b] false"},
	} {
		if got := say(x.tenant, x.what); got != x.want {
			t.Errorf("%d %s: got %q, want %q", x.tenant, x.what, got, x.want)
		}
	}
	for what, reason := range map[string]string{
		"kv swap a four 2": sdk.ReasonKVConflict, "kv swap a four 0": sdk.ReasonKVConflict, "kv large": sdk.ReasonTooLarge, "kv long": sdk.ReasonKVKey, "kv nul": sdk.ReasonKVKey, "kv get": sdk.ReasonKVKey,
	} {
		if got := say(0, what); !strings.Contains(got, "no: ") || !strings.Contains(got, reason) {
			t.Errorf("%s: %q, want %s", what, got, reason)
		}
	}
	if first, second, theirs := say(0, "once n"), say(0, "once n"), say(1, "once n"); first != second || first == theirs || len(first) < 20 {
		t.Errorf("once: %q, %q, theirs %q", first, second, theirs)
	}
}

func TestWhatAPluginHasKeptHasLimits(t *testing.T) {
	t.Parallel()
	say := keeping(t, true)
	if got := say(0, "kv fill"); !strings.Contains(got, sdk.ReasonKVFull) {
		t.Errorf("200 times 64 KiB: %q", got)
	}
	if got := say(0, "kv flood"); !strings.Contains(got, sdk.ReasonTooOften) {
		t.Errorf("a thousand questions: %q", got)
	}
	if got := say(1, "kv put a one"); got != "1" {
		t.Errorf("the other tenant: %q", got)
	}
}

func TestWhoDoesNotAskForItHasNothingKept(t *testing.T) {
	t.Parallel()
	say := keeping(t, false)
	for _, what := range []string{"kv put a one", "kv get a", "kv list", "kv delete a"} {
		if got := say(0, what); !strings.Contains(got, sdk.ReasonNotGranted) {
			t.Errorf("%s: %q", what, got)
		}
	}
}
