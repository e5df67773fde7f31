package apptest

import (
	"bytes"
	"context"
	"log/slog"
	"sync"
)

// ear keeps the log while somebody listens.
type ear struct {
	mu    sync.Mutex
	open  int
	lines bytes.Buffer
}

// Write implements io.Writer.
func (e *ear) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.lines.Write(b)
}

func (e *ear) listening() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.open > 0
}

// Listen keeps every line of the log, debug and all, from now on; what it answers gives them
// and stops.
func (h *House) Listen() func() string {
	h.ear.mu.Lock()
	defer h.ear.mu.Unlock()
	h.ear.open++
	return func() string {
		h.ear.mu.Lock()
		defer h.ear.mu.Unlock()
		if h.ear.open--; h.ear.open > 0 {
			return h.ear.lines.String()
		}
		all := h.ear.lines.String()
		h.ear.lines.Reset()
		return all
	}
}

// heard sends a line to who listens, and to out.
type heard struct {
	ear     *ear
	to, out slog.Handler
}

// Enabled implements slog.Handler.
func (h heard) Enabled(ctx context.Context, l slog.Level) bool {
	return h.ear.listening() || h.out.Enabled(ctx, l)
}

// Handle implements slog.Handler.
func (h heard) Handle(ctx context.Context, r slog.Record) error {
	if h.ear.listening() {
		if err := h.to.Handle(ctx, r); err != nil {
			return err
		}
	}
	if !h.out.Enabled(ctx, r.Level) {
		return nil
	}
	return h.out.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h heard) WithAttrs(a []slog.Attr) slog.Handler {
	return heard{h.ear, h.to.WithAttrs(a), h.out.WithAttrs(a)}
}

// WithGroup implements slog.Handler.
func (h heard) WithGroup(name string) slog.Handler {
	return heard{h.ear, h.to.WithGroup(name), h.out.WithGroup(name)}
}
