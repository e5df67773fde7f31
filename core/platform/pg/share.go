package pg

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// ErrCrowded means that one marketplace has as many transactions going as it may have, and
// that none of them ended for a while. The others do not notice.
var ErrCrowded = fault.New(fault.Unavailable, "pg.crowded", "This marketplace has too much going on at once.").Then("Try again in {seconds} seconds.")

// crowded is how long a unit waits for another of its own marketplace to end.
const crowded = time.Second

// shares hands out the pool's connections by turns of tenants instead of by who came first:
// a tenant that asks for a thousand waits for itself, and whoever else comes is next. While
// there are connections to spare nobody waits, and a tenant alone may have them all; that
// costs a lock for some dozens of nanoseconds. most may bound a tenant further.
type shares struct {
	mu    sync.Mutex
	free  int
	of    map[id.Tenant]*share
	turns []*share // tenants with somebody waiting, in the order of their turns
	most  func(id.Tenant) int
}

// share is one tenant's.
type share struct {
	tenant  id.Tenant
	running int
	waiting []chan struct{}
}

// remembered is how many tenants' shares are kept although nothing of theirs is running.
const remembered = 1024

func newShares(conns int) *shares {
	return &shares{free: conns, of: map[id.Tenant]*share{}, most: func(id.Tenant) int { return 0 }}
}

// Share bounds how many transactions a tenant may have at once; 0 is no bound. Call it while
// wiring.
func (d *DB) Share(most func(id.Tenant) int) { d.shares.most = most }

// enter takes a place for a tenant's transaction, waiting for at most so long.
func (s *shares) enter(ctx context.Context, t id.Tenant, patience time.Duration) error {
	most := s.most(t)
	s.mu.Lock()
	h := s.of[t]
	if h == nil {
		h = &share{tenant: t}
		s.of[t] = h
	}
	own := most > 0 && h.running >= most
	if s.free > 0 && !own && len(h.waiting) == 0 {
		s.free--
		h.running++
		s.mu.Unlock()
		return nil
	}
	place := make(chan struct{})
	if h.waiting = append(h.waiting, place); len(h.waiting) == 1 {
		s.turns = append(s.turns, h)
	}
	s.mu.Unlock()
	if own {
		patience = min(patience, crowded)
	}
	return s.wait(ctx, h, place, patience, own)
}

func (s *shares) wait(ctx context.Context, h *share, place chan struct{}, patience time.Duration, own bool) error {
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-place:
		return nil
	case <-ctx.Done():
	case <-timer.C:
	}
	s.mu.Lock()
	if i := slices.Index(h.waiting, place); i >= 0 {
		if h.waiting = slices.Delete(h.waiting, i, i+1); len(h.waiting) == 0 {
			s.turns = slices.DeleteFunc(s.turns, func(x *share) bool { return x == h })
			s.forget(h)
		}
		s.mu.Unlock()
	} else { // it was given just now
		s.mu.Unlock()
		s.leave(h.tenant)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case own:
		return ErrCrowded.With("seconds", 2)
	}
	return ErrBusy
}

// leave gives a place back, to whose turn it is.
func (s *shares) leave(t id.Tenant) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.of[t]
	h.running--
	s.free++
	s.forget(h)
	for i := 0; i < len(s.turns) && s.free > 0; {
		next := s.turns[i]
		if most := s.most(next.tenant); most > 0 && next.running >= most {
			i++ // it waits for itself
			continue
		}
		place := next.waiting[0]
		next.waiting = next.waiting[1:]
		next.running++
		s.free--
		s.turns = slices.Delete(s.turns, i, i+1)
		if len(next.waiting) > 0 {
			s.turns = append(s.turns, next)
		}
		close(place)
	}
}

// forget drops the share of a tenant that has nothing here, when there are many.
func (s *shares) forget(h *share) {
	if len(s.of) > remembered && h.running == 0 && len(h.waiting) == 0 {
		delete(s.of, h.tenant)
	}
}
