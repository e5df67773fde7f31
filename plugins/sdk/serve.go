package sdk

import (
	"context"
	"io"
	"log/slog"
	"os"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
)

// Handshake is shared with the host. The cookie only tells a person who starts a plugin by
// hand what it is; it is not security.
var Handshake = plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "KONTOR_PLUGIN", MagicCookieValue: "b7c1f2e0-kontor"}

// WatchEnv tells the plugin to end when its standard input does: the host holds the other
// end, so the host's death, however sudden, is the plugin's.
const WatchEnv = "KONTOR_PLUGIN_WATCH"

// SelfTestEnv asks the plugin to show a habit that cannot be seen otherwise: with "print" it
// prints a line of SelfTestLine bytes at Init, the way its language prints, as a library of
// the author's may do at any time. The host must not choke on it.
const (
	SelfTestEnv  = "KONTOR_PLUGIN_SELFTEST"
	SelfTestLine = 128 << 10
)

// wireName is the one entry of the set: all services of a plugin share its connection.
const wireName = "kontor"

// Serve runs p until the host is done with it. It is all that a plugin's main does.
func Serve(p Plugin) {
	slog.SetDefault(slog.New(logHandler(os.Stderr)))
	if os.Getenv(WatchEnv) == "stdin" {
		go endWith(os.Stdin)
	}
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig:  Handshake,
		VersionedPlugins: map[int]plugin.PluginSet{1: {wireName: &wirePlugin{server: newServer(p)}}},
		GRPCServer: func(opts []grpc.ServerOption) *grpc.Server {
			return grpc.NewServer(append(opts, limits()...)...)
		},
		Logger: hclog.New(&hclog.LoggerOptions{Output: os.Stderr, JSONFormat: true, Level: hclog.Info}),
	})
}

func limits() []grpc.ServerOption {
	return []grpc.ServerOption{
		grpc.MaxRecvMsgSize(MaxMessage), grpc.MaxSendMsgSize(MaxMessage), grpc.MaxConcurrentStreams(256),
		grpc.ChainUnaryInterceptor(guardOf),
	}
}

// guardOf hands the call to the guard of whichever server answers it.
func guardOf(ctx context.Context, req any, info *grpc.UnaryServerInfo, next grpc.UnaryHandler) (any, error) {
	if s, ok := info.Server.(*server); ok {
		return s.guard(ctx, req, info, next)
	}
	return next(ctx, req) // the library's own services
}

func endWith(r io.Reader) {
	io.Copy(io.Discard, r) //nolint:errcheck // an error is an end too
	os.Exit(3)
}

// logHandler writes lines as the host reads them.
func logHandler(w io.Writer) slog.Handler {
	names := map[string]string{slog.TimeKey: "@timestamp", slog.LevelKey: "@level", slog.MessageKey: "@message"}
	return slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if name, ok := names[a.Key]; ok && len(groups) == 0 {
			a.Key = name
		}
		return a
	}})
}

// wirePlugin joins a server, or a Client, to the library's idea of a plugin.
type wirePlugin struct {
	plugin.NetRPCUnsupportedPlugin
	server *server
}

// GRPCServer implements plugin.GRPCPlugin.
func (w *wirePlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	w.server.register(s)
	return nil
}

// GRPCClient implements plugin.GRPCPlugin.
func (w *wirePlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return NewClient(c), nil
}
