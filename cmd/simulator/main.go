// Command simulator plays the outside parties of a marketplace on one machine: a bank that
// keeps money in escrow and a carrier that moves goods. It listens on loopback only, keeps
// its books in a file so that a kill loses nothing, and ends with whoever started it.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/kontorhq/kontor/cmd/simulator/internal/bank"
	"github.com/kontorhq/kontor/cmd/simulator/internal/carrier"
	"github.com/kontorhq/kontor/cmd/simulator/internal/desk"
	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

type options struct {
	addr, dir    string
	withParent   bool
	settle, step time.Duration
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, os.Args[1:], os.Stdout, os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, "simulator:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer, in io.Reader) error {
	var o options
	f := flag.NewFlagSet("simulator", flag.ContinueOnError)
	f.StringVar(&o.addr, "addr", env("KONTOR_SIMULATOR_ADDR", "127.0.0.1:8090"), "address to listen on; loopback only")
	f.StringVar(&o.dir, "dir", os.Getenv("KONTOR_SIMULATOR_DIR"), "folder for the books; empty keeps them in memory")
	f.BoolVar(&o.withParent, "with-parent", os.Getenv("KONTOR_SIMULATOR_WITH_PARENT") == "1", "end when standard input does")
	f.DurationVar(&o.settle, "settle", 500*time.Millisecond, "how long a payout takes")
	f.DurationVar(&o.step, "step", 0, "how long a stage of a journey takes; 0 moves only when told to")
	if err := f.Parse(args); err != nil {
		return err
	}
	if f.Arg(0) == "keys" {
		return json.NewEncoder(out).Encode(party.KeysFor(f.Arg(1), "http://"+o.addr))
	}
	if o.withParent {
		var cancel context.CancelFunc
		ctx, cancel = context.WithCancel(ctx)
		go func() {
			io.Copy(io.Discard, in) //nolint:errcheck // an error is an end too
			cancel()
		}()
	}
	return serve(ctx, o, out)
}

func env(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// serve answers until ctx ends.
func serve(ctx context.Context, o options, out io.Writer) error {
	l, err := listen(o.addr)
	if err != nil {
		return err
	}
	defer l.Close()
	b, err := bank.New(file(o.dir, "bank.json"), o.settle)
	if err != nil {
		return fmt.Errorf("the bank's books: %w", err)
	}
	c, err := carrier.New(file(o.dir, "carrier.json"), o.step)
	if err != nil {
		return fmt.Errorf("the carrier's books: %w", err)
	}
	base := "http://" + l.Addr().String()
	h, err := (&desk.Desk{Bank: b, Carrier: c, Base: base}).Handler()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go b.Run(ctx)
	srv := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 15 * time.Second, WriteTimeout: time.Minute, IdleTimeout: time.Minute}
	go func() {
		<-ctx.Done()
		end, done := context.WithTimeout(context.Background(), time.Second)
		defer done()
		srv.Shutdown(end) //nolint:errcheck
		srv.Close()       //nolint:errcheck
	}()
	fmt.Fprintln(out, "simulator ready", base)
	if err := srv.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// listen refuses addresses that others could reach.
func listen(addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("%s is not a loopback address", addr)
	}
	return net.Listen("tcp", addr)
}

func file(dir, name string) party.File {
	if dir == "" {
		return party.NewFile("")
	}
	return party.NewFile(filepath.Join(dir, name))
}
