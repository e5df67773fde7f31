package app_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/platform/config"
	"github.com/kontorhq/kontor/core/platform/pg/embedded"
	"github.com/kontorhq/kontor/tenants"
)

// The whole story, against real processes that are killed at moments nobody chose: the
// server, its database, its plugins. Clients do what clients should, they repeat with the
// same key. In the end nothing is lost, nothing is there twice, and the books are right.
//
// KONTOR_KILL_SEED repeats a run's plan.
func TestNothingIsLostWhenProcessesAreKilled(t *testing.T) {
	// Not parallel: the machine is to itself while processes start and die.
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("KONTOR_KILL_SEED"); s != "" {
		var err error
		if seed, err = strconv.ParseUint(s, 10, 64); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("KONTOR_KILL_SEED=%d", seed)
	soon, unsteady = 75*time.Second, true
	defer func() { soon, unsteady = 20*time.Second, false }()

	began := time.Now()
	step := func(what string) { t.Logf("%5.1f s  %s", time.Since(began).Seconds(), what) }
	c := newCrash(t, seed)
	step("ready")
	before := c.orders(t)
	t.Run("story", func(t *testing.T) {
		for name, story := range map[string]func(*testing.T, *apptest.House){"steel": steelStory, "pharma": pharmaStory, "procure": procureStory} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				story(t, c.house)
			})
		}
	})
	c.wg.Wait()
	step("the story has ended")
	if len(c.plan) > 0 {
		t.Errorf("%d of the kills never happened: %v", len(c.plan), c.plan)
	}
	if n := c.orders(t) - before; n != storyOrders {
		t.Errorf("the story has %d orders, there are %d: something was done twice, or lost", storyOrders, n)
	}
	c.quiet(t)
	step("all is quiet")
	c.verified(t)
	c.stop(t)
	step("verified and stopped")
}

// storyOrders is how many orders the three stories make: two from an award, two from a
// cart, three that ask for approval or do not.
const storyOrders = 7

// victims may be killed: the server, its database, each plugin.
var victims = []string{"kontor", "postgres", "escrow", "freight", "steelprice"}

// crash is an installation as a person runs it, and the hand that kills it.
type crash struct {
	bin, data string
	env       []string
	house     *apptest.House
	ops       string // where health is asked

	mu     sync.Mutex
	cmd    *exec.Cmd
	writes int
	plan   map[int]string // which request brings whose end
	rnd    *rand.Rand
	wg     sync.WaitGroup

	outside sync.RWMutex // held by the bank's customers: a payer does not pay twice because we died
	t       *testing.T
}

func newCrash(t *testing.T, seed uint64) *crash {
	t.Helper()
	bin, err := apptest.Programs()
	if err != nil {
		t.Fatal(err)
	}
	c := &crash{t: t, bin: bin, plan: map[int]string{}, rnd: rand.New(rand.NewPCG(seed, 7))}
	if c.data, err = os.MkdirTemp("", "kontor-kill-"); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(c.data, 0o755); err != nil { //nolint:gosec // the database's own user gets in
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(c.data) })
	addr, ops, bank := freePort(t), freePort(t), freePort(t)
	c.ops = ops
	c.env = append(os.Environ(), "KONTOR_DATA="+c.data, "KONTOR_HTTP_ADDR="+addr, "KONTOR_OPS_ADDR="+ops, "KONTOR_SIMULATOR_ADDR="+bank,
		"KONTOR_RATE_VISITOR=0", "KONTOR_RATE_PERSON=0", "KONTOR_LOG=warn", "KONTOR_REQUEST_TIMEOUT=8s") // a killed request's key is free again soon after that
	c.fill(t)
	c.house = &apptest.House{Addr: addr, Sim: &apptest.Simulator{URL: "http://" + bank, Around: c.paying}, Around: func(next http.RoundTripper) http.RoundTripper { return stubborn{c, next} }}
	// Two lives of everything, at requests spread over the story.
	slots := c.rnd.Perm(50)
	for i, v := range append(append([]string{}, victims...), victims...) {
		c.plan[5+slots[i]] = v
	}
	t.Cleanup(func() {
		if said, err := os.ReadFile(c.log()); t.Failed() && err == nil {
			t.Logf("the server said:\n%s", said[max(0, len(said)-20_000):])
		}
		if c.cmd != nil {
			_ = c.cmd.Process.Kill()
			_ = c.cmd.Wait()
		}
	})
	if err := c.start(); err != nil {
		t.Fatal(err)
	}
	return c
}

func freePort(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	return ln.Addr().String()
}

// fill prepares the database with the small blueprints, so that the demonstration finds
// its marketplaces there.
func (c *crash) fill(t *testing.T) {
	t.Helper()
	small, err := apptest.Small(apptest.Keep...)
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load("")
	if err != nil {
		t.Fatal(err)
	}
	cfg.Data, cfg.PluginDir = c.data, filepath.Join(c.bin, "plugins")
	p, err := app.Boot(t.Context(), cfg, slog.New(slog.DiscardHandler), false, func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	slugs, err := tenants.Slugs(small)
	if err != nil {
		t.Fatal(err)
	}
	for _, slug := range slugs {
		b, err := tenants.Load(small, slug)
		if err == nil {
			_, err = p.House.Apply(t.Context(), b, func(string) {})
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	// The demonstration would put its own, large blueprints over them: it is told that it has.
	url, _, err := embedded.Attach(c.data)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	for _, slug := range slugs {
		hash, err := tenants.Hash(tenants.FS, slug)
		if err == nil {
			_, err = conn.Exec(t.Context(), `UPDATE tenancy_tenants SET blueprint_hash = $1 WHERE slug = $2`, hash, slug)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// start runs the demonstration until it says that it is ready.
func (c *crash) start() error {
	cmd := exec.Command(filepath.Join(c.bin, "kontor"), "demo") //nolint:gosec // our own program
	cmd.Env = c.env
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(c.log(), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }()
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		return err
	}
	c.cmd = cmd
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			if strings.Contains(lines.Text(), "ready on") {
				ready <- true
			}
		}
		ready <- false
	}()
	select {
	case ok := <-ready:
		if ok {
			return nil
		}
	case <-time.After(2 * time.Minute):
	}
	said, _ := os.ReadFile(c.log())
	return fmt.Errorf("kontor did not start: %s", said[max(0, len(said)-2000):])
}

func (c *crash) log() string { return filepath.Join(c.data, "kontor.log") }

// stubborn is a client that repeats what got no answer, with the same key.
type stubborn struct {
	c    *crash
	next http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (s stubborn) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method != http.MethodGet {
		s.c.wrote()
	}
	var last string
	for end := time.Now().Add(soon); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		res, err := s.once(r)
		if err != nil {
			if r.Context().Err() != nil {
				return nil, err
			}
			last = err.Error()
			continue
		}
		if !passing(res) {
			return res, nil
		}
		last = res.Status
	}
	return nil, fmt.Errorf("%s %s: no answer within %v, last %s", r.Method, r.URL.Path, soon, last)
}

// passing are the answers after which a client tries again: come back later, and the same
// request is still at it.
func passing(res *http.Response) bool {
	if res.StatusCode == http.StatusServiceUnavailable {
		return true
	}
	if res.StatusCode != http.StatusConflict {
		return false
	}
	body, _ := io.ReadAll(res.Body)
	res.Body = io.NopCloser(bytes.NewReader(body))
	var p struct{ Code string }
	return json.Unmarshal(body, &p) == nil && p.Code == "http.idempotency_in_flight"
}

// once sends a copy and takes the whole answer: a server may die in the middle of it.
func (s stubborn) once(r *http.Request) (*http.Response, error) {
	again := r.Clone(r.Context())
	if r.GetBody != nil {
		body, err := r.GetBody()
		if err != nil {
			return nil, err
		}
		again.Body = body
	}
	res, err := s.next.RoundTrip(again)
	if err != nil {
		return nil, err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	res.Body = io.NopCloser(bytes.NewReader(body))
	return res, nil
}

// wrote counts a request that changes something, and kills whom the plan names, while it
// runs or in what follows from it.
func (c *crash) wrote() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.writes++
	who, ok := c.plan[c.writes]
	if !ok {
		return
	}
	delete(c.plan, c.writes)
	at, after := c.writes, time.Duration(c.rnd.IntN(300))*time.Millisecond
	if c.rnd.IntN(2) == 0 {
		after /= 10
	}
	c.wg.Go(func() {
		time.Sleep(after)
		if err := c.kill(who); err != nil {
			c.t.Errorf("request %d, kill %s after %v: %v", at, who, after, err)
			return
		}
		c.t.Logf("request %d: %s killed after %v", at, who, after)
	})
}

// kill ends one of them; the server is started again, the others start by themselves.
func (c *crash) kill(who string) error {
	c.outside.Lock()
	defer c.outside.Unlock()
	if who != "kontor" {
		for end := time.Now().Add(15 * time.Second); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
			if pid := c.find(who); pid != 0 {
				return syscall.Kill(pid, syscall.SIGKILL)
			}
		}
		return errors.New("it is not there")
	}
	if err := c.cmd.Process.Kill(); err != nil {
		return err
	}
	_ = c.cmd.Wait()
	if left := c.left(10 * time.Second); len(left) > 0 {
		return fmt.Errorf("left behind: %v", left)
	}
	return c.start()
}

// paying keeps kills out of the moment in which a payer tells his bank.
func (c *crash) paying(send func() error) error {
	c.outside.RLock()
	defer c.outside.RUnlock()
	return send()
}

// find is the process of a victim: a child of the server, by its program.
func (c *crash) find(who string) int {
	for pid, exe := range processes() {
		if parent(pid) != c.cmd.Process.Pid {
			continue
		}
		if who == "postgres" && filepath.Base(exe) == "postgres" || strings.HasPrefix(exe, filepath.Join(c.bin, "plugins", who)+"/") {
			return pid
		}
	}
	return 0
}

// left are processes of this installation that are still there after a while.
func (c *crash) left(wait time.Duration) map[int]string {
	var out map[int]string
	for end := time.Now().Add(wait); ; time.Sleep(20 * time.Millisecond) {
		out = map[int]string{}
		for pid, exe := range processes() {
			if env := environ(pid); strings.Contains(env, c.data) || (strings.HasPrefix(exe, c.bin) && parent(pid) == 1) || strings.Contains(cmdline(pid), c.data) {
				out[pid] = exe
			}
		}
		if len(out) == 0 || time.Now().After(end) {
			return out
		}
	}
}

func processes() map[int]string {
	out := map[int]string{}
	dirs, _ := filepath.Glob("/proc/[0-9]*")
	for _, d := range dirs {
		pid, _ := strconv.Atoi(filepath.Base(d))
		if exe, err := os.Readlink(d + "/exe"); err == nil && pid != os.Getpid() {
			out[pid] = exe
		}
	}
	return out
}

func parent(pid int) int {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(b), ") ")
	f := strings.Fields(rest)
	if len(f) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	return n
}

func environ(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/environ", pid))
	return string(b)
}

func cmdline(pid int) string {
	b, _ := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return string(b)
}

// peek looks past the house, into the database.
func peek[T any](t *testing.T, c *crash, sql string) (v T) {
	t.Helper()
	url, _, err := embedded.Attach(c.data)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.Background()) }()
	if err := conn.QueryRow(t.Context(), sql).Scan(&v); err != nil {
		t.Fatal(err)
	}
	return v
}

func (c *crash) orders(t *testing.T) int {
	t.Helper()
	return peek[int](t, c, `SELECT count(*) FROM ordering_orders`)
}

// quiet waits until every event has been told and every outside effect has an end.
func (c *crash) quiet(t *testing.T) {
	t.Helper()
	until(t, "every event was told, every effect has an end", func() string {
		return peek[string](t, c, `SELECT (SELECT count(*) FROM event_outbox WHERE relayed_at IS NULL) || ' events, '
			|| (SELECT count(*) FROM plugin_operations WHERE state NOT IN ('succeeded', 'failed')) || ' effects'`)
	}, func(s string) bool { return s == "0 events, 0 effects" })
	if n := peek[int](t, c, `SELECT count(*) FROM event_failures WHERE parked`); n != 0 {
		t.Errorf("%d events were given up", n)
	}
}

// verified asks the operator's own tool, beside the running server.
func (c *crash) verified(t *testing.T) {
	t.Helper()
	cmd := exec.Command(filepath.Join(c.bin, "kontor"), "verify") //nolint:gosec // our own program
	cmd.Env = c.env
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("verify: %v\n%s", err, out)
	}
	if !bytes.Contains(out, []byte("I2 every ledger entry")) {
		t.Errorf("verify checked nothing:\n%s", out)
	}
}

// stop ends the server politely; nothing of it may be left.
func (c *crash) stop(t *testing.T) {
	t.Helper()
	if err := c.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("kontor ended with %v", err)
		}
	case <-time.After(30 * time.Second):
		t.Error("kontor does not end")
	}
	if left := c.left(5 * time.Second); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	if _, err := os.Stat(c.data); errors.Is(err, fs.ErrNotExist) {
		t.Error("the data folder is gone")
	}
}
