package gate

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/caller"
)

// recorder writes decisions whose unit of work rolls back, or that had none. The unit that
// was refused still holds its connection when the gate answers, so the row is written from
// here, on another one and a moment later; waiting for it inside the unit could exhaust
// the pool. When the queue is full the asker waits: a refusal is not lost for speed.
type recorder struct {
	store Store
	log   *slog.Logger
	queue chan waiting
	done  chan struct{}

	mu     sync.RWMutex // held for reading while something is put into the queue
	closed bool
}

type waiting struct {
	caller   caller.Caller
	decision Decision
	written  chan struct{} // set by flush alone
}

const (
	queueSize   = 1024
	writeTries  = 5
	writeWithin = 5 * time.Second
)

func newRecorder(s Store, log *slog.Logger) *recorder {
	r := &recorder{store: s, log: log, queue: make(chan waiting, queueSize), done: make(chan struct{})}
	go r.run()
	return r
}

func (r *recorder) add(c caller.Caller, d Decision) {
	w := waiting{caller: c, decision: d}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		r.write(w)
		return
	}
	r.queue <- w
}

func (r *recorder) run() {
	defer close(r.done)
	for w := range r.queue {
		if w.written != nil {
			close(w.written)
			continue
		}
		r.write(w)
	}
}

func (r *recorder) write(w waiting) {
	var err error
	for n := range writeTries {
		ctx, cancel := context.WithTimeout(caller.With(context.Background(), w.caller), writeWithin)
		err = r.store.RecordApart(ctx, w.decision)
		cancel()
		if err == nil {
			return
		}
		time.Sleep(time.Duration(n*n) * 50 * time.Millisecond)
	}
	d := w.decision
	r.log.Error("a policy decision could not be recorded", "err", err, "tenant", w.caller.Tenant.String(),
		"actor", d.Actor, "action", d.Action, "object", d.Object, "outcome", d.Outcome, "input_hash", d.InputHash)
}

// flush returns when everything queued before it is written.
func (r *recorder) flush() {
	w := waiting{written: make(chan struct{})}
	r.mu.RLock()
	defer r.mu.RUnlock()
	if r.closed {
		return
	}
	r.queue <- w
	<-w.written
}

func (r *recorder) close() {
	r.mu.Lock()
	if !r.closed {
		r.closed = true
		close(r.queue)
	}
	r.mu.Unlock()
	<-r.done
}

// Flush waits until every decision made so far is stored.
func (g *Gate) Flush() { g.recorder.flush() }
