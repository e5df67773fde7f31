package pluginhost_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// A plugin killed in the middle of a call: who asked hears it at once or is served by the
// next process, and trade goes on.
func TestAKilledPluginServesAgainSoon(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	before := r.status(t, "kontor.wild")
	go func() {
		time.Sleep(50 * time.Millisecond)
		syscall.Kill(before.PID, syscall.SIGKILL) //nolint:errcheck
	}()
	began := time.Now()
	got, err := r.Quote(ctx, "EUR", do("slow")) // no effects: asked again of the next generation
	if err != nil || got[0].Amount.Minor != 100 {
		t.Fatalf("after %v: %+v, %v", time.Since(began), got, err)
	}
	after := r.status(t, "kontor.wild")
	if after.PID == before.PID || after.Generation != before.Generation+1 || after.Restarts != 1 || after.State != pluginhost.StateReady {
		t.Errorf("before %+v\nafter %+v", before, after)
	}
	if !strings.Contains(after.LastError, "killed") {
		t.Errorf("the operator reads %q", after.LastError)
	}
}

func TestACallThatKillsThePluginFailsTypedAndFast(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	began := time.Now()
	_, err := r.Quote(ctx, "EUR", do("exit"))
	if !errors.Is(err, pluginhost.ErrUnavailable) || time.Since(began) > 2*time.Second {
		t.Fatalf("after %v: %v", time.Since(began), err)
	}
	if _, err := r.Quote(ctx, "EUR", do("")); err != nil {
		t.Fatalf("the next call: %v", err)
	}
}

func TestAPanicIsOneCallsFailureAndNotTheProcesss(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	pid := r.status(t, "kontor.wild").PID
	if _, err := r.Quote(ctx, "EUR", do("panic")); !errors.Is(err, pluginhost.ErrPlugin) {
		t.Fatalf("got %v", err)
	}
	if _, err := r.Quote(ctx, "EUR", do("")); err != nil || r.status(t, "kontor.wild").PID != pid {
		t.Fatalf("afterwards: %v", err)
	}
}

// A process that stands still: the call ends at its deadline, and the process is replaced.
func TestAPluginThatStandsStillIsReplaced(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, func(t *pluginhost.Timing) { t.Quote = 300 * time.Millisecond })
	pid := r.status(t, "kontor.wild").PID
	if err := syscall.Kill(pid, syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	until(t, "it stands still", 5*time.Second, func() bool { return standing(pid) }) // the signal reaches its threads one by one
	began := time.Now()
	_, err := r.Quote(ctx, "EUR", do(""))
	if d := time.Since(began); !errors.Is(err, pluginhost.ErrTimeout) || d < 250*time.Millisecond || d > 5*time.Second {
		t.Fatalf("after %v: %v", d, err)
	}
	until(t, "another process serves", 5*time.Second, func() bool {
		s := r.status(t, "kontor.wild")
		return s.State == pluginhost.StateReady && s.PID != pid
	})
	if alive(pid) {
		t.Error("the old process is still there")
	}
	if _, err := r.Quote(ctx, "EUR", do("")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

// standing reports whether a process is stopped, on any Unix.
func standing(pid int) bool {
	out, err := exec.Command("ps", "-o", "stat=", "-p", strconv.Itoa(pid)).Output() //nolint:gosec // a number
	return err == nil && strings.HasPrefix(strings.TrimSpace(string(out)), "T")
}

func TestACallThatIgnoresItsDeadlineIsCutAtIt(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, func(t *pluginhost.Timing) { t.Quote = 200 * time.Millisecond })
	began := time.Now()
	_, err := r.Quote(ctx, "EUR", do("hang"))
	if d := time.Since(began); !errors.Is(err, pluginhost.ErrTimeout) || d > 5*time.Second {
		t.Fatalf("after %v: %v", d, err)
	}
}

func TestGrandchildrenGoWithTheirPlugin(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, nil)
	got, err := r.Quote(ctx, "EUR", do("fork"))
	if err != nil {
		t.Fatal(err)
	}
	grandchild, err := strconv.Atoi(got[0].Problems[0].Message)
	if err != nil || !alive(grandchild) {
		t.Fatalf("grandchild %d: %v", grandchild, err)
	}
	first := r.status(t, "kontor.wild").PID
	began := time.Now()
	syscall.Kill(first, syscall.SIGKILL) //nolint:errcheck
	until(t, "another process serves", 5*time.Second, func() bool {
		s := r.status(t, "kontor.wild")
		return s.State == pluginhost.StateReady && s.PID != first
	})
	if alive(grandchild) || time.Since(began) > 3*time.Second {
		t.Errorf("after %v the grandchild's life is %v", time.Since(began), alive(grandchild))
	}
}

func TestAPluginThatKeepsCrashingIsGivenUpUntilSomebodySaysSo(t *testing.T) {
	t.Parallel()
	r, ctx := wild(t, func(t *pluginhost.Timing) { t.CrashLimit = 3 })
	for range 3 {
		until(t, "it serves", 5*time.Second, func() bool { return r.status(t, "kontor.wild").State == pluginhost.StateReady })
		syscall.Kill(r.status(t, "kontor.wild").PID, syscall.SIGKILL) //nolint:errcheck
		until(t, "the end is noticed", 5*time.Second, func() bool { return r.status(t, "kontor.wild").State != pluginhost.StateReady })
	}
	until(t, "quarantine", 5*time.Second, func() bool { return r.status(t, "kontor.wild").State == pluginhost.StateQuarantined })
	began := time.Now()
	if _, err := r.Quote(ctx, "EUR", do("")); !errors.Is(err, pluginhost.ErrUnavailable) || time.Since(began) > 100*time.Millisecond {
		t.Fatalf("after %v: %v", time.Since(began), err)
	}
	if err := r.Restart("kontor.wild"); err != nil {
		t.Fatal(err)
	}
	until(t, "it serves again", 5*time.Second, func() bool { return r.status(t, "kontor.wild").State == pluginhost.StateReady })
	if _, err := r.Quote(ctx, "EUR", do("")); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}

func TestClosingLetsTheLastCallFinishAndLeavesNothing(t *testing.T) {
	t.Parallel()
	sockets := filepath.Join("/tmp", fmt.Sprintf("kpt%d", os.Getpid()))
	r := run(t, pluginhost.Config{Dirs: []string{folder(t, "wild")}, SocketDir: sockets})
	t.Cleanup(func() { os.RemoveAll(sockets) })
	ctx, _ := r.tenants.install(nil, "kontor.wild")
	if err := r.Reload(ctx); err != nil {
		t.Fatal(err)
	}
	pid := r.status(t, "kontor.wild").PID
	var wg sync.WaitGroup
	wg.Add(1)
	var err error
	go func() {
		defer wg.Done()
		_, err = r.Quote(ctx, "EUR", do("slow"))
	}()
	time.Sleep(80 * time.Millisecond)
	r.Host.Close()
	wg.Wait()
	left, _ := os.ReadDir(sockets)
	if err != nil || alive(pid) || len(left) != 0 {
		t.Errorf("the last call: %v; alive: %v; left in the socket folder: %v", err, alive(pid), left)
	}
}

// helper is a host in a process of its own, to be killed.
func helper() {
	dir, err := os.MkdirTemp("", "kph")
	if err != nil {
		panic(err)
	}
	h, err := pluginhost.New(pluginhost.Config{Dirs: []string{os.Getenv("PLUGINHOST_HELPER")}, SocketDir: dir, Tier: tierOf(os.Getenv("PLUGINHOST_TIER")), Timing: quick()})
	if err != nil {
		panic(err)
	}
	if err := h.Start(context.Background()); err != nil {
		panic(err)
	}
	if err := h.Ready(context.Background()); err != nil {
		panic(err)
	}
	for _, s := range h.Status() {
		fmt.Println(s.PID)
	}
	fmt.Println("ready", dir)
	select {}
}

func TestAKilledHostLeavesNoOrphan(t *testing.T) {
	t.Parallel()
	for _, tier := range []string{"S0", "S1", "S2"} {
		t.Run(tier, func(t *testing.T) {
			t.Parallel()
			killedHost(t, tier)
		})
	}
}

func killedHost(t *testing.T, tier string) {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "PLUGINHOST_HELPER="+folder(t, "wild", "freight", "escrow"), "PLUGINHOST_TIER="+tier)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { cmd.Process.Kill() }) //nolint:errcheck
	var pids []int
	for s := bufio.NewScanner(out); s.Scan(); {
		if dir, ok := strings.CutPrefix(s.Text(), "ready "); ok {
			t.Cleanup(func() { os.RemoveAll(dir) })
			break
		}
		pid, err := strconv.Atoi(s.Text())
		if err != nil {
			t.Fatal(s.Text())
		}
		pids = append(pids, pid)
	}
	if len(pids) != 3 {
		t.Fatalf("plugins of the helper: %v", pids)
	}
	cmd.Process.Signal(syscall.SIGKILL) //nolint:errcheck
	cmd.Wait()                          //nolint:errcheck
	for _, pid := range pids {
		until(t, "every plugin is gone", 5*time.Second, func() bool { return !alive(pid) })
	}
}
