package sdk

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// Limits of what the host keeps for an installation.
const (
	KVMostKey   = 256      // bytes of a key
	KVMostValue = 64 << 10 // bytes of a value
	KVMostAll   = 10 << 20 // bytes of all values
	KVMostPage  = 500
)

// Reasons that the host gives about what it keeps.
const (
	ReasonKVConflict = "kv_conflict" // the entry is another by now
	ReasonKVFull     = "kv_full"     // the installation has used its 10 MiB
	ReasonKVKey      = "kv_key"      // no key, or too long a one
	ReasonNotGranted = "not_granted" // the manifest does not ask for it: permissions.host
	ReasonTooOften   = "too_often"   // 200 times a second
)

// KV is what the host keeps for this installation: beyond the process, seen by no other
// tenant and no other plugin. The manifest asks for it with "kv" in permissions.host.
type KV struct {
	host  wire.HostClient
	token string
}

// KV is the installation's own store, for this call.
func (c Call) KV() KV { return KV{c.host, c.token} }

// Entry is a value; Version goes up with each change of it.
type Entry struct {
	Key     string
	Value   []byte
	Version uint64
	Expires time.Time // zero: never
}

var errNoHost = &Error{Reason: ReasonNotGranted, Blame: Host, Detail: "this host keeps nothing"}

// Get reads an entry; false if there is none.
func (k KV) Get(ctx context.Context, key string) (Entry, bool, error) {
	if k.host == nil {
		return Entry{}, false, errNoHost
	}
	e, err := k.host.KvGet(ctx, &wire.KvKey{CallToken: k.token, Key: key})
	if err != nil {
		return Entry{}, false, fromStatus(err)
	}
	return entryFrom(e), e.GetVersion() > 0, nil
}

// Put writes an entry, whatever was there. keep is how long; 0 is for good.
func (k KV) Put(ctx context.Context, key string, value []byte, keep time.Duration) (Entry, error) {
	return k.put(ctx, &wire.KvPutRequest{Key: key, Value: value, TtlMs: keep.Milliseconds()})
}

// Swap writes an entry if it still has a version; 0 is none at all. Otherwise
// ReasonKVConflict.
func (k KV) Swap(ctx context.Context, key string, value []byte, keep time.Duration, version uint64) (Entry, error) {
	return k.put(ctx, &wire.KvPutRequest{Key: key, Value: value, TtlMs: keep.Milliseconds(), Check: true, Version: version})
}

func (k KV) put(ctx context.Context, r *wire.KvPutRequest) (Entry, error) {
	if k.host == nil {
		return Entry{}, errNoHost
	}
	r.CallToken = k.token
	e, err := k.host.KvPut(ctx, r)
	if err != nil {
		return Entry{}, fromStatus(err)
	}
	return entryFrom(e), nil
}

// Delete takes an entry away; false if there was none.
func (k KV) Delete(ctx context.Context, key string) (bool, error) {
	if k.host == nil {
		return false, errNoHost
	}
	d, err := k.host.KvDelete(ctx, &wire.KvKey{CallToken: k.token, Key: key})
	if err != nil {
		return false, fromStatus(err)
	}
	return d.GetWasThere(), nil
}

// List is the keys that begin with a prefix, without values, from the one after after on.
func (k KV) List(ctx context.Context, prefix, after string) (entries []Entry, more bool, err error) {
	if k.host == nil {
		return nil, false, errNoHost
	}
	p, err := k.host.KvList(ctx, &wire.KvListRequest{CallToken: k.token, Prefix: prefix, After: after, Limit: KVMostPage})
	if err != nil {
		return nil, false, fromStatus(err)
	}
	for _, e := range p.GetEntries() {
		entries = append(entries, entryFrom(e))
	}
	return entries, p.GetMore(), nil
}

func entryFrom(e *wire.KvEntry) Entry {
	out := Entry{Key: e.GetKey(), Value: e.GetValue(), Version: e.GetVersion()}
	if ms := e.GetExpiresAtMs(); ms > 0 {
		out.Expires = time.UnixMilli(ms)
	}
	return out
}

// Once does something at most once for a key, and answers every later time what came of it
// the first time, even from another process: the answer is kept with the host for a week. It
// is for what has no effect outside, such as drawing a number; where an outside party acts,
// give it the call's key instead.
func Once[T any](ctx context.Context, c Call, key string, do func(context.Context) (T, error)) (T, error) {
	var out T
	kv := c.KV()
	have, there, err := kv.Get(ctx, key)
	if err != nil {
		return out, err
	}
	if there {
		return out, json.Unmarshal(have.Value, &out)
	}
	if out, err = do(ctx); err != nil {
		return out, err
	}
	b, err := json.Marshal(out)
	if err != nil {
		return out, err
	}
	_, err = kv.Swap(ctx, key, b, 7*24*time.Hour, 0)
	var e *Error
	if errors.As(err, &e) && e.Reason == ReasonKVConflict { // somebody else was first: his answer counts
		if have, there, err = kv.Get(ctx, key); err == nil && there {
			var first T
			return first, json.Unmarshal(have.Value, &first)
		}
	}
	return out, err
}

// KVService is the host's side of KV. Authors do not need it.
type KVService interface {
	KVGet(ctx context.Context, token, key string) (Entry, error)
	KVPut(ctx context.Context, token string, e Entry, keep time.Duration, check bool) (Entry, error)
	KVDelete(ctx context.Context, token, key string) (bool, error)
	KVList(ctx context.Context, token, prefix, after string, limit int) ([]Entry, bool, error)
}

func (s hostServer) kv() (KVService, error) {
	if kv, ok := s.h.(KVService); ok {
		return kv, nil
	}
	return nil, toStatus(errNoHost)
}

func entryTo(e Entry) *wire.KvEntry {
	out := &wire.KvEntry{Key: e.Key, Value: e.Value, Version: e.Version}
	if !e.Expires.IsZero() {
		out.ExpiresAtMs = e.Expires.UnixMilli()
	}
	return out
}

// KvGet implements wire.HostServer.
func (s hostServer) KvGet(ctx context.Context, r *wire.KvKey) (*wire.KvEntry, error) {
	kv, err := s.kv()
	if err != nil {
		return nil, err
	}
	e, err := kv.KVGet(ctx, r.GetCallToken(), r.GetKey())
	if err != nil {
		return nil, toStatus(err)
	}
	return entryTo(e), nil
}

// KvPut implements wire.HostServer.
func (s hostServer) KvPut(ctx context.Context, r *wire.KvPutRequest) (*wire.KvEntry, error) {
	kv, err := s.kv()
	if err != nil {
		return nil, err
	}
	e, err := kv.KVPut(ctx, r.GetCallToken(), Entry{Key: r.GetKey(), Value: r.GetValue(), Version: r.GetVersion()}, time.Duration(r.GetTtlMs())*time.Millisecond, r.GetCheck())
	if err != nil {
		return nil, toStatus(err)
	}
	return entryTo(e), nil
}

// KvDelete implements wire.HostServer.
func (s hostServer) KvDelete(ctx context.Context, r *wire.KvKey) (*wire.KvDeleted, error) {
	kv, err := s.kv()
	if err != nil {
		return nil, err
	}
	was, err := kv.KVDelete(ctx, r.GetCallToken(), r.GetKey())
	if err != nil {
		return nil, toStatus(err)
	}
	return &wire.KvDeleted{WasThere: was}, nil
}

// KvList implements wire.HostServer.
func (s hostServer) KvList(ctx context.Context, r *wire.KvListRequest) (*wire.KvPage, error) {
	kv, err := s.kv()
	if err != nil {
		return nil, err
	}
	list, more, err := kv.KVList(ctx, r.GetCallToken(), r.GetPrefix(), r.GetAfter(), int(min(r.GetLimit(), KVMostPage)))
	if err != nil {
		return nil, toStatus(err)
	}
	out := &wire.KvPage{More: more}
	for _, e := range list {
		out.Entries = append(out.Entries, entryTo(e))
	}
	return out, nil
}
