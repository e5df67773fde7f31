package pluginhost

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/kontorhq/kontor/core/platform/cage"
)

// runner is one process, as the library wants to see it: in its own group, with nothing of
// our environment, told to die with us in two ways.
type runner struct {
	name     string
	cmd      *exec.Cmd
	file     *os.File // the program, open and hashed
	stdin    *os.File // held open: its end is how the plugin learns that we are gone
	out, err *os.File
	theirs   []*os.File // the child's ends, closed here once it runs
	tail     *tail
	starter  *starter

	mu     sync.Mutex
	reaped bool
	exited chan struct{}
	said   chan struct{} // all that it wrote is read
	status string        // how it ended
}

func newRunner(m Manifest, spec cage.Spec, file *os.File, env []string, st *starter, t *tail) (*runner, error) {
	r := &runner{name: m.ID + "@" + m.Version, file: file, tail: t, starter: st, exited: make(chan struct{}), said: make(chan struct{})}
	var err error
	if r.cmd, err = cage.Command(spec, file, append(env, surroundings(m, spec)...)); err != nil {
		return nil, ErrTier.With("tier", spec.Tier.String()).With("why", err.Error()).Because(err)
	}
	stdinR, stdinW, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	outR, outW, err := os.Pipe()
	if err != nil {
		closeAll(stdinR, stdinW)
		return nil, err
	}
	errR, errW, err := os.Pipe()
	if err != nil {
		closeAll(stdinR, stdinW, outR, outW)
		return nil, err
	}
	r.cmd.Stdin, r.cmd.Stdout, r.cmd.Stderr = stdinR, outW, errW
	r.stdin, r.out, r.err, r.theirs = stdinW, outR, errR, []*os.File{stdinR, outW, errW}
	return r, nil
}

func closeAll(fs ...*os.File) {
	for _, f := range fs {
		f.Close()
	}
}

// Start implements the library's Runner. The thread that starts a process must outlive it,
// because the kernel's death notice is tied to the thread.
func (r *runner) Start(context.Context) error {
	err := r.starter.do(r.cmd.Start)
	closeAll(append(r.theirs, r.file)...)
	if err != nil {
		closeAll(r.stdin, r.out, r.err)
		close(r.exited)
		r.reaped = true
		return err
	}
	go r.reap()
	return nil
}

// reap waits for the process and takes its whole group with it: on Linux before the pid
// is free for somebody else.
func (r *runner) reap() {
	var state *os.ProcessState
	var err error
	if awaitExit(r.cmd.Process.Pid) {
		r.mu.Lock()
		killGroup(r.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // the group may be empty
		state, err = r.cmd.Process.Wait()
	} else {
		state, err = r.cmd.Process.Wait()
		r.mu.Lock()
		killGroup(r.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck
	}
	r.reaped = true
	if r.status = state.String(); err != nil {
		r.status = err.Error()
	}
	r.mu.Unlock()
	r.stdin.Close()
	close(r.exited)
}

func (r *runner) signal(s syscall.Signal) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.reaped || r.cmd.Process == nil {
		return nil
	}
	if err := killGroup(r.cmd.Process.Pid, s); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}

// Wait implements Runner.
func (r *runner) Wait(context.Context) error {
	<-r.exited
	return nil
}

// Kill implements Runner.
func (r *runner) Kill(context.Context) error { return r.signal(syscall.SIGKILL) }

// Diagnose implements Runner: what the library adds to its own words on a bad start.
func (r *runner) Diagnose(context.Context) string { return r.tail.String() }

// Stdout implements Runner.
func (r *runner) Stdout() io.ReadCloser { return r.out }

// Stderr implements Runner; the last lines are kept for the operator.
func (r *runner) Stderr() io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{ending{io.TeeReader(r.err, r.tail), sync.OnceFunc(func() { close(r.said) })}, r.err}
}

// ending tells when there is no more to read.
type ending struct {
	io.Reader
	end func()
}

// Read implements io.Reader.
func (e ending) Read(p []byte) (int, error) {
	n, err := e.Reader.Read(p)
	if err != nil {
		e.end()
	}
	return n, err
}

// lastWords waits for what an ended process wrote and nobody has read yet.
func (r *runner) lastWords() {
	select {
	case <-r.said:
	case <-time.After(time.Second): // somebody else holds the pipe
	}
}

// Name implements Runner.
func (r *runner) Name() string { return r.name }

// ID implements Runner.
func (r *runner) ID() string { return strconv.Itoa(r.pid()) }

func (r *runner) pid() int {
	if r.cmd.Process == nil {
		return 0
	}
	return r.cmd.Process.Pid
}

func (r *runner) ended() string {
	select {
	case <-r.exited:
		return fmt.Sprintf("%s %s", r.name, r.status)
	default:
		return ""
	}
}

// PluginToHost implements Runner.
func (r *runner) PluginToHost(n, a string) (string, string, error) { return n, a, nil }

// HostToPlugin implements Runner.
func (r *runner) HostToPlugin(n, a string) (string, string, error) { return n, a, nil }
