package main

import (
	"cmp"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"time"

	"github.com/jackc/pgx/v5"
)

// bench is everything that runs while measuring.
type bench struct {
	options
	cluster *cluster
	raw     *child
	kontor  *child
	addr    string // kontor's
	rawAddr string
	opsAddr string
	crowd   *crowd
	only    *regexp.Regexp
	say     func(string)
	samples map[string][]sample
}

func measure(ctx context.Context, o options, say func(string)) ([]figure, error) {
	only, err := regexp.Compile(o.only)
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, only: only, say: say, samples: map[string][]sample{}}
	say("PostgreSQL with production's settings")
	if b.cluster, err = openCluster(ctx, o.data); err != nil {
		return nil, err
	}
	defer b.cluster.close()
	if err := b.prepare(ctx); err != nil {
		return nil, fmt.Errorf("prepare: %w", err)
	}
	starts, err := b.start(ctx)
	defer func() { b.kontor.stop(); b.raw.stop() }()
	if err != nil {
		return nil, err
	}
	if err := b.practise(ctx); err != nil {
		return nil, err
	}
	few, err := b.run(ctx, starts)
	if err == nil && (o.only == "" || only.MatchString("noisy")) {
		var noisy []figure
		noisy, err = b.noisy(ctx)
		few = append(few, noisy...)
	}
	if err != nil || b.tenants == 0 {
		return few, err
	}
	many, err := b.many(ctx, few)
	return append(few, many...), err
}

// practised is how many of what writes is done before anything is measured.
const practised = 1000

// practise writes a little everywhere and then gives both databases the statistics that
// autovacuum gives them in their first minute: what is measured has been trading for a while.
func (b *bench) practise(ctx context.Context) error {
	b.say("a first minute of trade, and statistics")
	for _, s := range append(baseline(b.rawAddr, 3), product(b.addr, b.crowd)...) {
		if s.writes {
			s.load.next = new(atomic.Uint64)
			s.load.run(10*time.Second, practised)
		}
	}
	b.crowd.placed = practised
	b.settle()
	return cmp.Or(b.tidy(ctx, "raw"), b.tidy(ctx, database))
}

// orders is as many as fit into the time at twice the rate that is hoped for.
func (b *bench) orders() int { return int(float64(b.rounds)*(b.seconds+1)*1200) + 500 + practised }

// prepare fills both databases.
func (b *bench) prepare(ctx context.Context) error {
	b.say("the baseline's database")
	conn, err := b.cluster.admin(ctx, "raw")
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	if err := rawFill(ctx, conn, 3); err != nil {
		return err
	}
	if err := makeMarket(ctx, b.cluster, b.say); err != nil {
		return err
	}
	if b.crowd, err = makeBuyers(ctx, b.cluster, b.orders(), b.say); err != nil {
		return err
	}
	return b.tidy(ctx, database)
}

// tidy does for the tables with rows in them what autovacuum does in its time. Empty ones
// it leaves alone, as autovacuum does: of a table that was vacuumed while it was empty
// PostgreSQL believes that it stays so.
func (b *bench) tidy(ctx context.Context, name string) error {
	conn, err := b.cluster.admin(ctx, name)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close(ctx) }()
	rows, err := conn.Query(ctx, `SELECT c.oid::regclass::text FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND pg_relation_size(c.oid) > 0`)
	if err != nil {
		return err
	}
	tables, err := pgx.CollectRows(rows, pgx.RowTo[string])
	if err != nil {
		return err
	}
	if _, err = conn.Exec(ctx, `VACUUM ANALYZE `+strings.Join(tables, ", ")); err != nil {
		return err
	}
	_, err = conn.Exec(ctx, `CHECKPOINT`)
	return err
}

const startTries = 5

// start runs kontor a few times to see how soon it is ready, and leaves the last one and
// the baseline running.
func (b *bench) start(ctx context.Context) (ready []float64, err error) {
	u, err := b.cluster.url(database, "", "")
	if err != nil {
		return nil, err
	}
	if b.addr, err = freeAddr(); err != nil {
		return nil, err
	}
	if b.opsAddr, err = freeAddr(); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(b.cluster.dir, "kontor.log"))
	if err != nil {
		return nil, err
	}
	env := []string{
		"KONTOR_DATABASE_URL=" + u, "KONTOR_DATA=" + filepath.Join(b.cluster.dir, "kontor"), "KONTOR_HTTP_ADDR=" + b.addr, "KONTOR_OPS_ADDR=" + b.opsAddr,
		"KONTOR_DEMO=false", "KONTOR_RATE_VISITOR=0", "KONTOR_RATE_PERSON=0",
	}
	bin, err := filepath.Abs(b.bin)
	if err != nil {
		return nil, err
	}
	for range startTries {
		b.kontor.stop()
		if b.kontor, err = startChild(ctx, "ready on", env, log, bin, "serve"); err != nil {
			return nil, err
		}
		ready = append(ready, b.kontor.ready.Seconds())
	}
	b.say(fmt.Sprintf("kontor is ready on %s, operators' address %s, log in %s", b.addr, b.opsAddr, log.Name()))
	return ready, b.startRaw(ctx)
}

func (b *bench) startRaw(ctx context.Context) error {
	u, err := b.cluster.url("raw", "raw_app", "raw")
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	addr, err := freeAddr()
	if err != nil {
		return err
	}
	b.raw, err = startChild(ctx, "ready", []string{"RAW_DATABASE_URL=" + u}, os.Stderr, self, "-raw", addr)
	b.rawAddr = addr
	return err
}

func freeAddr() (string, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String(), nil
}
