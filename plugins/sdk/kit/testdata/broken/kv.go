package main

import (
	"context"

	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// kept is where the host keeps things.
var kept wire.HostClient

func meet(socket string) {
	c, err := grpc.NewClient("unix:"+socket, grpc.WithTransportCredentials(insecure.NewCredentials()))
	if err != nil {
		panic(err)
	}
	kept = wire.NewHostClient(c)
}

// count counts calls where the host keeps it. Who is careless does not think of others who
// count.
func count(ctx context.Context, c *wire.Call) error {
	for range 3 {
		e, err := kept.KvGet(ctx, &wire.KvKey{CallToken: c.GetCallToken(), Key: "calls"})
		if err != nil {
			return err
		}
		_, err = kept.KvPut(ctx, &wire.KvPutRequest{CallToken: c.GetCallToken(), Key: "calls", Value: []byte("1"), Check: true, Version: e.GetVersion()})
		if err == nil {
			return nil
		}
		if is("kv_careless") {
			break
		}
	}
	return untyped
}
