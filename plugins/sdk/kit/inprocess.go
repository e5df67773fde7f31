package kit

import (
	"context"
	"net"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/test/bufconn"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// Dial serves p on a connection in memory: the same handlers, guards and messages.
func Dial(p sdk.Plugin) (*grpc.ClientConn, func(), error) {
	srv, l := sdk.Register(p), bufconn.Listen(1<<20)
	go srv.Serve(l) //nolint:errcheck // ends with Stop
	conn, err := grpc.NewClient("passthrough:///plugin", grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithContextDialer(func(ctx context.Context, _ string) (net.Conn, error) { return l.DialContext(ctx) }),
		grpc.WithDefaultCallOptions(grpc.MaxCallRecvMsgSize(16*sdk.MaxMessage)))
	if err != nil {
		srv.Stop()
		return nil, nil, err
	}
	return conn, func() {
		conn.Close()
		srv.Stop()
	}, nil
}
