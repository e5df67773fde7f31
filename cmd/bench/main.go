// Command bench measures kontor against a bare Fiber and pgx program on the same machine,
// in the same run, on the same PostgreSQL: what the platform adds to the least that such
// a request can cost. It prints a table and writes bench.json.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// options are the command's flags.
type options struct {
	bin     string
	data    string
	out     string
	rounds  int
	seconds float64
	tenants int
	only    string
	profile string
	conns   int
	top     int
}

func main() {
	var o options
	flag.StringVar(&o.bin, "bin", "bin/kontor", "the program to measure")
	flag.StringVar(&o.data, "data", "", "data folder to keep and use again; empty makes one and removes it")
	flag.StringVar(&o.out, "out", "bench.json", "where the figures go")
	flag.IntVar(&o.rounds, "rounds", 3, "interleaved rounds")
	flag.Float64Var(&o.seconds, "seconds", 2, "how long each scenario runs in each round")
	flag.IntVar(&o.tenants, "tenants", 10_000, "marketplaces to measure everything among once more, held against few; 0 leaves that out")
	flag.StringVar(&o.only, "only", "", "regular expression of the scenarios to run; their baselines run too")
	flag.IntVar(&o.conns, "conns", 16, "keep-alive connections of the load generator")
	flag.StringVar(&o.profile, "profile", "", "folder for processor profiles of kontor, one per scenario")
	flag.IntVar(&o.top, "statements", 0, "after each scenario print so many of the statements that PostgreSQL spent most on")
	raw := flag.String("raw", "", "be the baseline on this address (RAW_DATABASE_URL)")
	flag.Parse()
	if *raw != "" {
		fail(rawServe(*raw, os.Getenv("RAW_DATABASE_URL")))
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	begun := time.Now()
	say := func(what string) { fmt.Printf("%6.1f s  %s\n", time.Since(begun).Seconds(), what) }
	all, err := measure(ctx, o, say)
	if err == nil {
		table(os.Stdout, all)
		err = writeJSON(o.out, all)
	}
	fail(err)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}
