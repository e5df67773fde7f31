package web

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/work"
)

// How long keys are held. A request ends at its deadline and has a moment more to store its
// answer; a claim that is older is of a process that died, and whoever repeats the request
// need not wait any longer.
const (
	claimMargin = 10 * time.Second
	answerKept  = 24 * time.Hour
	keyMax      = 200
)

// errRefused rolls a unit back without being an error: a form drawn again changed nothing.
var errRefused = errors.New("web: form refused")

// once runs a POST at most once per key and answers repeats from what was stored. A
// fault stores nothing, so the same key may try again.
func (s *Server) once(ctx context.Context, x *exchange, do func(context.Context) (baked, error)) (baked, bool, error) {
	rt := x.route
	if x.c.Method() != http.MethodPost || rt.hook || rt.tongue != nil {
		out, err := do(ctx)
		return out, false, err
	}
	claim, err := s.claim(x)
	switch {
	case err != nil:
		return baked{}, false, err
	case claim.Key == "" || rt.volatile:
		out, err := s.unkeyed(ctx, rt, do)
		return out, false, err
	case rt.phased:
		return s.oncePhased(ctx, claim, do)
	}
	return s.onceAtomic(ctx, claim, do)
}

// unkeyed is for visitors' forms, which sit on pages that everybody shares, and for
// answers that must not be kept. One unit all the same, unless the handler is phased.
func (s *Server) unkeyed(ctx context.Context, rt *Route, do func(context.Context) (baked, error)) (baked, error) {
	if rt.phased || rt.volatile {
		return do(ctx)
	}
	var out baked
	err := s.cfg.Unit.Do(ctx, func(ctx context.Context) (err error) {
		if out, err = do(ctx); err == nil && out.refused != nil {
			return errRefused
		}
		return err
	})
	if errors.Is(err, errRefused) {
		err = nil
	}
	return out, err
}

func (s *Server) onceAtomic(ctx context.Context, c Claim, do func(context.Context) (baked, error)) (baked, bool, error) {
	var out baked
	var replayed bool
	err := s.cfg.Unit.Do(ctx, func(ctx context.Context) error {
		out, replayed = baked{}, false // a unit may run again after a deadlock
		old, err := s.cfg.Keys.Look(ctx, c)
		if err != nil {
			return err
		}
		if old != nil {
			out, replayed = baked{Kept: *old}, true
			return nil
		}
		out, err = do(ctx)
		switch {
		case err != nil:
			return err
		case out.refused != nil:
			return errRefused
		case out.answer != nil && out.answer.transient():
			return nil
		}
		return s.cfg.Keys.Keep(ctx, c, out.Kept, c.At.Add(answerKept))
	})
	if errors.Is(err, errRefused) {
		err = nil
	}
	return out, replayed, err
}

// oncePhased claims in one unit and stores in another; between them the handler may
// call out. When the process dies there, the claim's lease runs out.
func (s *Server) oncePhased(ctx context.Context, c Claim, do func(context.Context) (baked, error)) (baked, bool, error) {
	var old *Kept
	att := &attempt{keys: s.cfg.Keys, claim: c}
	err := s.cfg.Unit.Do(ctx, func(ctx context.Context) (err error) {
		if old, err = s.cfg.Keys.Claim(ctx, c); err == nil && old == nil {
			att.begun, err = s.cfg.Keys.Begun(ctx, c)
		}
		return err
	})
	if err != nil {
		return baked{}, false, err
	}
	if old != nil {
		return baked{Kept: *old}, true, nil
	}
	out, err := s.attempt(work.WithAttempt(ctx, att), do)
	after, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	keep := err == nil && out.refused == nil && (out.answer == nil || !out.answer.transient())
	kerr := s.cfg.Unit.Do(after, func(ctx context.Context) error {
		if keep {
			return s.cfg.Keys.Finish(ctx, c, out.Kept, c.At.Add(answerKept))
		}
		return s.cfg.Keys.Release(ctx, c)
	})
	if kerr != nil { // the work is done and its answer is true; only a repeat is at risk
		s.log.Error("idempotency key not stored", "err", kerr, "route", c.Route)
	}
	return out, false, err
}

// attempt gives a phased claim back even when the handler panics.
func (s *Server) attempt(ctx context.Context, do func(context.Context) (baked, error)) (out baked, err error) {
	defer func() {
		if p := recover(); p != nil {
			out, err = baked{}, s.panicked(ctx, p)
		}
	}()
	return do(ctx)
}

// attempt is a phased request, as its use case sees it.
type attempt struct {
	keys  Keys
	claim Claim
	begun string
}

// Begun implements work.Attempt.
func (a *attempt) Begun() string { return a.begun }

// Begin implements work.Attempt.
func (a *attempt) Begin(ctx context.Context, what string) error {
	return a.keys.Begin(ctx, a.claim, what)
}

// claim reads the key. API calls must carry one; so must forms of people signed in.
func (s *Server) claim(x *exchange) (Claim, error) {
	key := x.c.Get("Idempotency-Key")
	if key == "" && !x.route.api {
		key = x.formKey
	}
	actor := x.caller.Subject()
	switch {
	case key == "" && (x.route.api || x.caller.SignedIn()):
		return Claim{}, ErrKeyMissing
	case key == "":
		return Claim{}, nil
	case !validKey(key):
		return Claim{}, ErrKeyBad
	case !x.caller.Named():
		actor += ":" + x.from.ip // visitors are not one person
	}
	now := s.cfg.Now().UTC().Truncate(time.Microsecond) // as the database keeps it
	return Claim{Actor: actor, Key: key, Route: x.route.Method + " " + x.path(), BodyHash: x.bodyHash(), At: now, Until: now.Add(s.cfg.Deadline + claimMargin)}, nil
}

func validKey(k string) bool {
	for i := range len(k) {
		if k[i] < 0x20 || k[i] > 0x7e {
			return false
		}
	}
	return len(k) >= 1 && len(k) <= keyMax
}

// bodyHash identifies what was sent. Forms are hashed by what they say: a second click
// on the same button makes another boundary and perhaps another token.
func (x *exchange) bodyHash() []byte {
	h := sha256.New()
	h.Write(x.c.Request().URI().QueryString())
	if x.form == nil {
		h.Write([]byte{0})
		h.Write(x.c.Request().Body())
		return h.Sum(nil)
	}
	for _, k := range slices.Sorted(maps.Keys(x.form.form)) {
		for _, v := range x.form.form[k] {
			h.Write([]byte("\x00" + k + "\x01" + v))
		}
	}
	for _, k := range slices.Sorted(maps.Keys(x.form.files)) {
		for _, f := range x.form.files[k] {
			h.Write([]byte("\x02" + k + "\x01" + f.Filename))
			if r, err := f.Open(); err == nil {
				var b bytes.Buffer
				_, _ = b.ReadFrom(r)
				h.Write(b.Bytes())
				_ = r.Close()
			}
		}
	}
	return h.Sum(nil)
}
