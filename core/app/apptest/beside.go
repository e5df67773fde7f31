package apptest

import (
	"context"
	"net"
	"os"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/policies"
	"github.com/kontorhq/kontor/themes"
)

// Beside is a second process of the same house: another edge over the same database, with a
// memory of its own. It answers requests and runs neither jobs nor plugins. rate is how much
// it lets through of one caller, none being no limit.
func (h *House) Beside(t testing.TB, rate web.Rate) *House {
	t.Helper()
	ctx := context.Background()
	b := &House{DB: h.DB, Sim: nil, served: make(chan error, 1)}
	var err error
	if b.dir, err = os.MkdirTemp("", "kontor-beside-"); err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.Addr = ln.Addr().String()
	b.House, err = app.Open(ctx, app.Options{
		DB: h.DB.Config, Data: b.dir, Policies: policies.FS, Themes: themes.FS, Log: logger(&b.ear), Rate: rate,
		BaseURL: func(host string) string { return "http://" + net.JoinHostPort(host, port(b.Addr)) },
		Secret:  []byte("a secret that only these tests know"), MasterKey: []byte("a master key that only these tests know"),
	})
	if err != nil {
		t.Fatal(err)
	}
	watch, stop := context.WithCancel(ctx)
	t.Cleanup(func() { stop(); b.Close() })
	go b.Gate.Watch(watch, time.Second)
	go b.Plans.Watch(watch)
	go func() { b.served <- b.Web.Serve(ln) }()
	return b
}

func port(addr string) string {
	_, p, _ := net.SplitHostPort(addr)
	return p
}
