package pluginhost

import (
	"context"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"golang.org/x/time/rate"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// Kept is what plugins have the host keep, each installation by itself. It is asked for the
// installation's tenant.
type Kept interface {
	// Get is the entry under a key; its version is 0 if there is none.
	Get(ctx context.Context, i id.Installation, key string) (sdk.Entry, error)
	// Put writes an entry whose Expires is set or zero. With check it is ErrKeptOther unless
	// the entry has e.Version, and ErrKeptFull if all values together would be more than most.
	Put(ctx context.Context, i id.Installation, e sdk.Entry, check bool, most int) (sdk.Entry, error)
	Delete(ctx context.Context, i id.Installation, key string) (bool, error)
	// List is entries without values, by key.
	List(ctx context.Context, i id.Installation, prefix, after string, limit int) ([]sdk.Entry, error)
}

// What a store of entries refuses.
var (
	ErrKeptOther = fault.New(fault.Conflict, "plugin.kept_other", "Somebody has changed this entry meanwhile.")
	ErrKeptFull  = fault.New(fault.TooLarge, "plugin.kept_full", "The plugin keeps as much as it may.")
)

// PermissionKV is what a manifest asks for in permissions.host.
const PermissionKV = "kv"

// keptPace is how often an installation may ask, in a second.
const keptPace = 200

// paces are of installations that have asked lately.
type paces struct {
	mu sync.Mutex
	of map[id.Installation]*rate.Limiter
}

func (p *paces) allow(i id.Installation) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.of == nil || len(p.of) > 20_000 {
		p.of = map[id.Installation]*rate.Limiter{}
	}
	l := p.of[i]
	if l == nil {
		l = rate.NewLimiter(keptPace, keptPace)
		p.of[i] = l
	}
	return l.Allow()
}

// kept finds the installation, if it may have things kept, and speaks for its tenant.
func (c *callbacks) kept(ctx context.Context, token string, keys ...string) (context.Context, Installation, error) {
	in, err := c.caller(token)
	if err != nil {
		return ctx, in, err
	}
	h := c.p.host
	switch {
	case h.cfg.Kept == nil || !slices.Contains(c.p.manifest.Permissions.Host, PermissionKV):
		return ctx, in, denied(sdk.ReasonNotGranted, "permissions.host does not name "+PermissionKV)
	case !h.paces.allow(in.ID):
		return ctx, in, &sdk.Error{Reason: sdk.ReasonTooOften, Blame: sdk.ThisPlugin, Retryable: true, RetryAfter: time.Second / keptPace}
	}
	for _, k := range keys {
		if k == "" || len(k) > sdk.KVMostKey || !utf8.ValidString(k) || strings.Contains(k, "\x00") {
			return ctx, in, denied(sdk.ReasonKVKey, "a key is text of 1 to 256 bytes")
		}
	}
	return caller.AsSystem(ctx, in.Tenant, "plugin:"+in.Plugin), in, nil
}

// told turns what the store says into what the plugin is told.
func told(err error) error {
	f := fault.From(err)
	switch {
	case err == nil:
		return nil
	case f.Is(ErrKeptOther):
		return denied(sdk.ReasonKVConflict, "it has another version")
	case f.Is(ErrKeptFull):
		return denied(sdk.ReasonKVFull, "10 MiB are kept already")
	}
	return &sdk.Error{Reason: "kv_unavailable", Blame: sdk.Host, Retryable: true, Detail: "try again"}
}

// KVGet implements sdk.KVService.
func (c *callbacks) KVGet(ctx context.Context, token, key string) (sdk.Entry, error) {
	ctx, in, err := c.kept(ctx, token, key)
	if err != nil {
		return sdk.Entry{}, err
	}
	e, err := c.p.host.cfg.Kept.Get(ctx, in.ID, key)
	return e, c.failed(ctx, told(err), err)
}

// KVPut implements sdk.KVService.
func (c *callbacks) KVPut(ctx context.Context, token string, e sdk.Entry, keep time.Duration, check bool) (sdk.Entry, error) {
	ctx, in, err := c.kept(ctx, token, e.Key)
	switch {
	case err != nil:
		return sdk.Entry{}, err
	case len(e.Value) > sdk.KVMostValue:
		return sdk.Entry{}, denied(sdk.ReasonTooLarge, "a value has at most 64 KiB")
	case keep < 0:
		return sdk.Entry{}, denied(sdk.ReasonMalformed, "it would be over already")
	case keep > 0:
		e.Expires = c.p.host.now().Add(keep)
	}
	out, err := c.p.host.cfg.Kept.Put(ctx, in.ID, e, check, sdk.KVMostAll)
	return out, c.failed(ctx, told(err), err)
}

// KVDelete implements sdk.KVService.
func (c *callbacks) KVDelete(ctx context.Context, token, key string) (bool, error) {
	ctx, in, err := c.kept(ctx, token, key)
	if err != nil {
		return false, err
	}
	was, err := c.p.host.cfg.Kept.Delete(ctx, in.ID, key)
	return was, c.failed(ctx, told(err), err)
}

// KVList implements sdk.KVService.
func (c *callbacks) KVList(ctx context.Context, token, prefix, after string, limit int) ([]sdk.Entry, bool, error) {
	ctx, in, err := c.kept(ctx, token)
	if err != nil {
		return nil, false, err
	}
	if limit <= 0 || limit > sdk.KVMostPage {
		limit = sdk.KVMostPage
	}
	list, err := c.p.host.cfg.Kept.List(ctx, in.ID, prefix, after, limit+1)
	if err != nil {
		return nil, false, c.failed(ctx, told(err), err)
	}
	return list[:min(len(list), limit)], len(list) > limit, nil
}

// failed notes what is our own fault.
func (c *callbacks) failed(ctx context.Context, told, err error) error {
	if told != nil && fault.KindOf(err) == fault.Internal {
		c.p.host.log.ErrorContext(ctx, "what a plugin keeps was not had", "plugin", c.p.manifest.ID, "error", err)
	}
	return told
}
