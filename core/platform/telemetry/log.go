// Package telemetry is what the people who run Kontor see: log lines that say for whom
// something was done, numbers for Prometheus, and an own listener for both that is not
// the one the world reaches.
package telemetry

import (
	"context"
	"fmt"
	"io"
	"log/slog"

	"github.com/kontorhq/kontor/core/caller"
)

// NewLogger writes lines as "json" or "text" from level on ("debug", "info", "warn",
// "error"). Each line names the request, the tenant and the actor of its context.
func NewLogger(w io.Writer, format, level string) (*slog.Logger, error) {
	var l slog.Level
	if err := l.UnmarshalText([]byte(level)); err != nil {
		return nil, fmt.Errorf("telemetry: log level %q: %w", level, err)
	}
	o := &slog.HandlerOptions{Level: l}
	switch format {
	case "json":
		return slog.New(handler{slog.NewJSONHandler(w, o)}), nil
	case "text":
		return slog.New(handler{slog.NewTextHandler(w, o)}), nil
	}
	return nil, fmt.Errorf("telemetry: log format %q is neither json nor text", format)
}

// handler adds the caller to every record.
type handler struct{ slog.Handler }

// Handle implements slog.Handler.
func (h handler) Handle(ctx context.Context, r slog.Record) error {
	if c, err := caller.From(ctx); err == nil {
		r = r.Clone() // the caller of Handle keeps the original
		if c.RequestID != "" {
			r.AddAttrs(slog.String("request", c.RequestID))
		}
		r.AddAttrs(slog.String("tenant", c.Tenant.String()), slog.String("actor", c.Subject()))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h handler) WithAttrs(a []slog.Attr) slog.Handler { return handler{h.Handler.WithAttrs(a)} }

// WithGroup implements slog.Handler.
func (h handler) WithGroup(name string) slog.Handler { return handler{h.Handler.WithGroup(name)} }
