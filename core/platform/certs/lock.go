package certs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/jackc/pgx/v5"
)

// A lock is lost by whoever does not come by for lockLife; who holds one comes by often.
const (
	lockLife = 30 * time.Second
	lockBeat = 10 * time.Second
	lockPoll = 200 * time.Millisecond
)

type hold struct {
	holder uuid.UUID
	end    context.CancelFunc
}

// Lock implements certmagic.Locker: one at a time over all nodes.
func (s *Storage) Lock(ctx context.Context, name string) error {
	me := uuid.New()
	for {
		got, err := s.take(ctx, name, me)
		if err != nil {
			return err
		}
		if got {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(lockPoll):
		}
	}
	beat, end := context.WithCancel(context.WithoutCancel(ctx))
	s.locks.put(name, hold{me, end})
	go s.beat(beat, name, me)
	return nil
}

// take gets a lock that is free or whose holder is gone, or goes on holding it. The time is
// the database's: nodes' clocks differ.
func (s *Storage) take(ctx context.Context, name string, me uuid.UUID) (got bool, err error) {
	err = s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		tag, err := tx.Exec(ctx, `INSERT INTO certs_locks AS l (name, holder, until) VALUES ($1, $2, now() + $3)
			ON CONFLICT (name) DO UPDATE SET holder = $2, until = now() + $3 WHERE l.holder = $2 OR l.until < now()`, name, me, lockLife)
		got = err == nil && tag.RowsAffected() == 1
		return err
	})
	return got, err
}

func (s *Storage) beat(ctx context.Context, name string, me uuid.UUID) {
	t := time.NewTicker(lockBeat)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			if got, err := s.take(ctx, name, me); err == nil && !got {
				return // somebody else has it: we were away for too long
			}
		}
	}
}

// Unlock implements certmagic.Locker.
func (s *Storage) Unlock(ctx context.Context, name string) error {
	h, ok := s.locks.drop(name)
	if !ok {
		return errors.New("certs: a lock that is not ours")
	}
	h.end()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), lockBeat)
	defer cancel()
	return s.db.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM certs_locks WHERE name = $1 AND holder = $2`, name, h.holder)
		return err
	})
}

// locks are those that this process holds.
type locks struct {
	mu sync.Mutex
	of map[string]hold
}

func (l *locks) put(name string, h hold) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.of == nil {
		l.of = map[string]hold{}
	}
	l.of[name] = h
}

func (l *locks) drop(name string) (hold, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	h, ok := l.of[name]
	delete(l.of, name)
	return h, ok
}
