package embedded_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/platform/pg/embedded"
)

// folder is a data folder that the server's user can get into.
func folder(t *testing.T) string {
	t.Helper()
	d, err := os.MkdirTemp("", "kontor-embedded")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(d, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(d) })
	return d
}

func start(t *testing.T, data string) *embedded.Server {
	t.Helper()
	s, err := embedded.Start(t.Context(), embedded.Options{Data: data, Settings: quick})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		_ = os.RemoveAll(s.Info().Socket)
	})
	return s
}

func query[T any](t *testing.T, url, sql string) (v T, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	c, err := pgx.Connect(ctx, url)
	if err != nil {
		return v, err
	}
	defer c.Close(ctx)
	return v, c.QueryRow(ctx, sql).Scan(&v)
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func alive(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return syscall.Kill(pid, 0) == nil
	}
	return !strings.Contains(string(b), ") Z ")
}

func eventually(t *testing.T, within time.Duration, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(within); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		if ok() {
			return
		}
	}
	t.Fatalf("not within %v: %s", within, what)
}

func TestDataSurvivesARestartWhichIsQuick(t *testing.T) {
	t.Parallel()
	data := folder(t)
	began := time.Now()
	s := start(t, data)
	t.Logf("first start: %v", time.Since(began))
	if _, err := query[int](t, s.AdminURL(), `CREATE TABLE kept AS SELECT 7 AS n; `); err != nil && !errors.Is(err, pgx.ErrNoRows) {
		t.Fatal(err)
	}
	pid := s.PID()
	if err := s.Stop(); err != nil {
		t.Fatal(err)
	}
	if alive(pid) {
		t.Fatal("the server runs on after Stop")
	}
	began = time.Now()
	s = start(t, data)
	t.Logf("second start: %v", time.Since(began))
	if n := must[int](t)(query[int](t, s.AdminURL(), `SELECT n FROM kept`)); n != 7 {
		t.Fatalf("got %d", n)
	}
}

func TestTheServerHasNoPortAsksForPasswordsAndReadsChinese(t *testing.T) {
	t.Parallel()
	s := start(t, folder(t))
	got := must[string](t)(query[string](t, s.AdminURL(), `SELECT concat_ws(' ', current_setting('listen_addresses') = '', current_setting('wal_level'), current_setting('data_checksums'), upper('ä'), '钢' ~ '\w')`))
	if want := "t logical on Ä t"; got != want {
		t.Fatalf("got %q, want %q", got, want)
	}
	wrong := strings.Split(s.AdminURL(), " password=")[0] + " password=guess"
	if _, err := query[int](t, wrong, `SELECT 1`); err == nil {
		t.Fatal("a guessed password was accepted")
	}
	if st, err := os.Stat(filepath.Join(s.Info().Socket)); err != nil || st.Mode().Perm() != 0o700 {
		t.Fatalf("others can reach the socket: %v %v", st.Mode(), err)
	}
}

func TestASecondStartIsToldWhoHoldsTheFolder(t *testing.T) {
	t.Parallel()
	data := folder(t)
	s := start(t, data)
	pid := s.PID()
	_, err := embedded.Start(t.Context(), embedded.Options{Data: data})
	var held *embedded.HeldError
	if !errors.As(err, &held) || held.Info.PID != os.Getpid() || time.Since(held.Info.Since) > time.Minute {
		t.Fatalf("got %v", err)
	}
	if !strings.Contains(err.Error(), fmt.Sprintf("process %d since", os.Getpid())) {
		t.Fatalf("a person is told %q", err)
	}
	if s.PID() != pid || !alive(pid) {
		t.Fatal("the first server was disturbed")
	}
	url, _, err := embedded.Attach(data)
	if err != nil {
		t.Fatal(err)
	}
	if n := must[int](t)(query[int](t, url, `SELECT 1`)); n != 1 {
		t.Fatal("the operator's tool cannot reach the running database")
	}
}

func TestAKilledServerIsStartedAgain(t *testing.T) {
	t.Parallel()
	s := start(t, folder(t))
	for range 2 {
		old := s.PID()
		if err := syscall.Kill(old, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
		eventually(t, 15*time.Second, "a new server answers", func() bool {
			if s.PID() == old {
				return false
			}
			n, err := query[int](t, s.AdminURL(), `SELECT 1`)
			return err == nil && n == 1
		})
	}
}

// child starts a process that runs a server, and returns it with the server's process.
func child(t *testing.T, data string) (*exec.Cmd, int) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+data)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	line, _ := bufio.NewReader(out).ReadString('\n')
	var pid int
	if _, err := fmt.Sscanf(line, "pid %d", &pid); err != nil {
		t.Fatalf("the child said %q", line)
	}
	return cmd, pid
}

func TestAKilledKontorLeavesNoOrphan(t *testing.T) {
	t.Parallel()
	data := folder(t)
	cmd, pid := child(t, data)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	eventually(t, 5*time.Second, "the server is gone", func() bool { return !alive(pid) })
	if n := must[int](t)(query[int](t, start(t, data).AdminURL(), `SELECT 1`)); n != 1 {
		t.Fatal("the next start does not work")
	}
}

func TestAfterEverythingWasKilledAtOnceTheNextStartRecovers(t *testing.T) {
	t.Parallel()
	data := folder(t)
	cmd, pid := child(t, data)
	_ = syscall.Kill(pid, syscall.SIGKILL)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if n := must[int](t)(query[int](t, start(t, data).AdminURL(), `SELECT 1`)); n != 1 {
		t.Fatal("the next start does not work")
	}
}

func TestAnInitThatWasKilledHalfwayIsDoneAgain(t *testing.T) {
	t.Parallel()
	data := folder(t)
	bin, err := embedded.Local(t.Context(), "", 0)
	if err != nil {
		t.Fatal(err)
	}
	half := filepath.Join(data, fmt.Sprintf("pg%d.new", bin.Major), "base")
	if err := os.MkdirAll(half, 0o700); err != nil {
		t.Fatal(err)
	}
	start(t, data)
}

func TestADataFolderOfAnotherVersionIsLeftAlone(t *testing.T) {
	t.Parallel()
	data := folder(t)
	old := filepath.Join(data, "pg14")
	if err := os.MkdirAll(old, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(old, "PG_VERSION"), []byte("14\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := embedded.Local(t.Context(), "", 14)
	if !errors.Is(err, embedded.ErrNoPostgres) || !strings.Contains(err.Error(), "needs 14") {
		t.Fatalf("got %v", err)
	}
}
