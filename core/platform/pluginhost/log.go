package pluginhost

import (
	"context"
	"log/slog"

	"github.com/hashicorp/go-hclog"
)

// sink carries what a plugin logs, and what the library says about it, into our log.
type sink struct{ log *slog.Logger }

var levels = map[hclog.Level]slog.Level{
	hclog.Trace: slog.LevelDebug, hclog.Debug: slog.LevelDebug, hclog.Info: slog.LevelInfo, hclog.Warn: slog.LevelWarn, hclog.Error: slog.LevelError,
}

// Accept implements hclog.SinkAdapter. The library's own debug chatter stays out.
func (s sink) Accept(_ string, level hclog.Level, msg string, args ...any) {
	s.log.Log(context.Background(), levels[level], msg, args...)
}
