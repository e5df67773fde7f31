package cage

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

const (
	lookName    = "kontor-cage-look"
	questionEnv = "KONTOR_CAGE_QUESTION"
)

// Look starts this very program in a cage to look around there. It tells whether the tier
// can be had on this machine, and what it is worth.
func Look(ctx context.Context, s Spec, q Question) (Sight, error) {
	var found Sight
	if s.Tier == Open {
		return found, errors.New("cage: there is nothing to look at in an open one")
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	f, err := os.Open("/proc/self/exe")
	if err != nil {
		return found, err
	}
	defer f.Close()
	asked, err := json.Marshal(q)
	if err != nil {
		return found, err
	}
	s.Name = lookName
	if s.Meet == "" {
		if s.Meet, err = os.MkdirTemp("/tmp", "kl"); err != nil {
			return found, err
		}
		defer os.RemoveAll(s.Meet) //nolint:errcheck // an empty folder at worst
	}
	c, err := Command(s, f, []string{questionEnv + "=" + string(asked)})
	if err != nil {
		return found, err
	}
	var out, said bytes.Buffer
	c.Stdout, c.Stderr = &out, &said
	if err := start(ctx, c); err != nil {
		return found, Why(err, said.String())
	}
	return found, json.Unmarshal(out.Bytes(), &found)
}

// start runs c to its end, or to the end of ctx.
func start(ctx context.Context, c *exec.Cmd) error {
	if err := c.Start(); err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.Process.Kill() })
	defer stop()
	return c.Wait()
}

// Why makes an error of a failed start: the cage's own words where it has left some.
func Why(err error, said string) error {
	if err == nil {
		return nil
	}
	var left string
	for line := range strings.Lines(said) {
		if rest, ok := strings.CutPrefix(line, Mark); ok {
			left = strings.TrimSpace(rest)
		}
	}
	var ended *exec.ExitError
	switch {
	case left != "":
		return &reason{left}
	case errors.As(err, &ended):
		return err
	default: // the kernel refused the namespaces themselves
		return &reason{err.Error()}
	}
}

type reason struct{ text string }

func (r *reason) Error() string { return r.text }

func (r *reason) Is(target error) bool { return target == ErrNotReached }

func look() {
	var q Question
	if err := json.Unmarshal([]byte(os.Getenv(questionEnv)), &q); err != nil {
		os.Exit(2)
	}
	s := Sight{User: os.Getuid(), Core: limitOf(unix.RLIMIT_CORE), Files: limitOf(unix.RLIMIT_NOFILE), Data: limitOf(unix.RLIMIT_DATA)}
	for _, e := range os.Environ() {
		name, _, _ := strings.Cut(e, "=")
		s.Environ = append(s.Environ, name)
	}
	s.NoNewRights, s.Caps = status("NoNewPrivs") == "1", strings.TrimLeft(status("CapEff"), "0")
	s.Groups, _ = os.Getgroups()
	s.Processes = numbers("/proc")
	if all, err := net.Interfaces(); err == nil {
		for _, i := range all {
			if i.Flags&net.FlagUp != 0 {
				s.Interfaces = append(s.Interfaces, i.Name)
			}
		}
	}
	if c, err := net.DialTimeout("tcp", q.Dial, time.Second); err == nil {
		c.Close()
		s.Dials = true
	}
	for _, dir := range q.Write {
		at := filepath.Join(dir, ".kontor-look")
		if os.WriteFile(at, []byte("x"), 0o600) == nil {
			s.Writes = append(s.Writes, dir)
			os.Remove(at) //nolint:errcheck
		}
	}
	for _, path := range q.Read {
		if f, err := os.Open(path); err == nil {
			f.Close()
			s.Reads = append(s.Reads, path)
		}
	}
	// Who has rights is not asked to use them: this may be the machine's own file system.
	s.Mounts = s.Caps != "" || unix.Mount("x", "/tmp", "tmpfs", 0, "") == nil
	s.Traces = traces()
	if q.Nest {
		if _, err := Look(context.Background(), Spec{Tier: Sealed}, Question{}); err != nil {
			s.Nested = err.Error()
		}
	}
	s.Unshares = unshares()
	if json.NewEncoder(os.Stdout).Encode(s) != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// unshares starts a child in a user namespace of its own.
func unshares() bool {
	c := exec.Command("/bin/true")
	c.SysProcAttr = &syscall.SysProcAttr{Cloneflags: unix.CLONE_NEWUSER}
	return c.Run() == nil
}

// traces starts a child that is stopped at its first instruction.
func traces() bool {
	c := exec.Command("/bin/true")
	c.SysProcAttr = &syscall.SysProcAttr{Ptrace: true, Pdeathsig: syscall.SIGKILL}
	if c.Start() != nil {
		return false
	}
	_ = c.Process.Kill()
	_ = c.Wait()
	return true
}

func limitOf(what int) uint64 {
	var l unix.Rlimit
	if unix.Getrlimit(what, &l) != nil {
		return 0
	}
	return l.Max
}

func status(field string) string {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return ""
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if v, ok := strings.CutPrefix(lines.Text(), field+":"); ok {
			return strings.TrimSpace(v)
		}
	}
	return ""
}

// numbers are the entries of a folder whose names are numbers.
func numbers(dir string) (out []int) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if n, err := strconv.Atoi(e.Name()); err == nil {
			out = append(out, n)
		}
	}
	return out
}
