package kit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// What the plugin has kept, each installation by itself. By order somebody else is always
// there first: then no swap finds what it has expected, until it has looked again.

// entries are an installation's; nil and an error if the token is nobody's.
func (h *host) entries(token, key string) (map[string]sdk.Entry, error) {
	installation := h.tokens[token]
	h.asked = append(h.asked, asked{installation, sdk.HTTPRequest{Method: "KV", URL: key}})
	if installation == "" {
		return nil, &sdk.Error{Reason: sdk.ReasonTokenInvalid, Blame: sdk.ThisPlugin, Detail: "the call is over, or was never made"}
	}
	if h.kept[installation] == nil {
		h.kept[installation] = map[string]sdk.Entry{}
	}
	return h.kept[installation], nil
}

// KVGet implements sdk.KVService.
func (h *host) KVGet(_ context.Context, token, key string) (sdk.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, err := h.entries(token, key)
	return all[key], err
}

// KVPut implements sdk.KVService.
func (h *host) KVPut(_ context.Context, token string, e sdk.Entry, _ time.Duration, check bool) (sdk.Entry, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, err := h.entries(token, e.Key)
	if err != nil {
		return sdk.Entry{}, err
	}
	if len(e.Key) == 0 || len(e.Key) > sdk.KVMostKey || len(e.Value) > sdk.KVMostValue {
		return sdk.Entry{}, &sdk.Error{Reason: sdk.ReasonKVKey, Blame: sdk.ThisPlugin}
	}
	was := all[e.Key]
	if at := token + e.Key; check && h.rival && !h.met[at] {
		h.met[at] = true
		was = sdk.Entry{Key: e.Key, Value: e.Value, Version: was.Version + 1}
		all[e.Key] = was
	}
	if check && was.Version != e.Version {
		return sdk.Entry{}, &sdk.Error{Reason: sdk.ReasonKVConflict, Blame: sdk.ThisPlugin, Detail: "the entry is another by now"}
	}
	e.Version = was.Version + 1
	all[e.Key] = e
	return e, nil
}

// KVDelete implements sdk.KVService.
func (h *host) KVDelete(_ context.Context, token, key string) (bool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, err := h.entries(token, key)
	_, was := all[key]
	delete(all, key)
	return was, err
}

// KVList implements sdk.KVService.
func (h *host) KVList(_ context.Context, token, prefix, after string, limit int) (out []sdk.Entry, more bool, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	all, err := h.entries(token, prefix)
	for _, k := range slices.Sorted(maps.Keys(all)) {
		if !strings.HasPrefix(k, prefix) || k <= after {
			continue
		}
		if len(out) == limit {
			return out, true, err
		}
		e := all[k]
		e.Value = nil
		out = append(out, e)
	}
	return out, false, err
}

// kvConflict puts somebody else's hand on everything that the plugin keeps.
func kvConflict(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.outward()
	if err != nil {
		return err
	}
	p.host.mu.Lock()
	p.host.rival = true
	p.host.mu.Unlock()
	for _, a := range all {
		_, err := a.of(p, g, p.call(p.key("conflict-"+strings.ReplaceAll(a.name, ".", "-"))))
		if err != nil && refusal(err) == nil {
			return fmt.Errorf("%s fails without a typed error when somebody else was first: %w", a.name, err)
		}
		if e := refusal(err); e != nil && e.GetReason() == sdk.ReasonPanic {
			return errors.New(a.name + " panics when somebody else was first")
		}
	}
	p.host.normal()
	return p.serves(g)
}
