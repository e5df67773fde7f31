package kit

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	"github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// process is a running plugin.
type process struct {
	conn   grpc.ClientConnInterface
	pid    int // 0 in this process
	meet   string
	lib    *plugin.Client
	run    *runs
	back   io.Closer // what it may ask of its host
	stopIt func()
}

// surroundings are what a host gives beside the handshake: nothing of its own environment.
func surroundings() []string {
	return []string{sdk.WatchEnv + "=stdin", "LANG=C.UTF-8", "TZ=UTC"}
}

// command starts the open program, the very file that was looked at. A script is read by
// its interpreter, which finds it by its number.
func (t Target) command(program *os.File, env []string) *exec.Cmd {
	c := exec.Command(t.Program, t.Args...)
	if runtime.GOOS == "linux" {
		c.Path = "/proc/self/fd/3"
		c.ExtraFiles = []*os.File{program}
	}
	c.Args[0] = filepath.Base(t.Program)
	c.Dir, c.Env = t.Dir, env
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	return c
}

// launch starts the program the way a host does: an open file, a folder of its own for the
// socket, keys made for this one start, nothing of our environment.
// What the program prints through its language's own functions the library may send us over
// the connection; it is heard, too.
func launch(t Target, caged bool, said, printed *words, more ...string) (*process, error) {
	dir, err := os.MkdirTemp("/tmp", "kk")
	if err != nil {
		return nil, err
	}
	p := &process{}
	p.stopIt = sync.OnceFunc(func() { p.end(dir) })
	if err := os.Chmod(dir, 0o711); err != nil { //nolint:gosec // the plugin passes through it
		return nil, err
	}
	p.lib = plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig: sdk.Handshake, VersionedPlugins: sdk.HostSet(), AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS: true, SkipHostEnv: true, StartTimeout: 10 * time.Second, Logger: hclog.NewNullLogger(),
		SyncStdout: printed, SyncStderr: printed,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: dir},
		RunnerFunc: func(_ hclog.Logger, asked *exec.Cmd, meet string) (runner.Runner, error) {
			file, err := os.Open(t.Program)
			if err != nil {
				return nil, err
			}
			defer func() { p.run.file = file }()
			env := slices.Concat(asked.Env, surroundings(), more)
			p.meet, p.run = meet, &runs{cmd: t.command(file, env), said: said, gone: make(chan struct{})}
			if caged {
				if p.run.cmd, err = t.Hold(file, meet, env); err != nil {
					return p.run, err
				}
			}
			return p.run, nil
		},
	})
	proto, err := p.lib.Client()
	if err != nil {
		p.stopIt()
		return nil, errors.Join(err, said.why())
	}
	wired, ok := proto.(*plugin.GRPCClient)
	if !ok {
		p.stopIt()
		return nil, errors.New("it does not speak gRPC")
	}
	p.conn, p.pid = wired.Conn, p.run.cmd.Process.Pid
	return p, nil
}

// end kills the whole group first: asked to clean up earlier, the library would wait for a
// process that stands still.
func (p *process) end(dir string) {
	if p.back != nil {
		p.back.Close()
	}
	if p.run != nil {
		p.run.kill()
	}
	if p.lib != nil {
		cleaned := make(chan struct{})
		go func() {
			p.lib.Kill()
			close(cleaned)
		}()
		select {
		case <-cleaned:
		case <-time.After(3 * time.Second):
		}
	}
	os.RemoveAll(dir) //nolint:errcheck // below /tmp
}

// runs is one process as the library wants to see it.
type runs struct {
	cmd   *exec.Cmd
	file  *os.File
	stdin *os.File // its end tells the plugin that we are gone
	out   *os.File
	err   *os.File
	said  *words
	mu    sync.Mutex
	done  bool
	gone  chan struct{}
}

// Start implements runner.Runner.
func (r *runs) Start(context.Context) error {
	defer r.file.Close()
	var theirs []*os.File
	defer func() {
		for _, f := range theirs {
			f.Close()
		}
	}()
	for _, end := range []struct {
		ours  **os.File
		place func(*os.File)
		write bool
	}{
		{&r.stdin, func(f *os.File) { r.cmd.Stdin = f }, true},
		{&r.out, func(f *os.File) { r.cmd.Stdout = f }, false},
		{&r.err, func(f *os.File) { r.cmd.Stderr = f }, false},
	} {
		from, to, err := os.Pipe()
		if err != nil {
			return err
		}
		if end.write {
			from, to = to, from
		}
		*end.ours = from
		end.place(to)
		theirs = append(theirs, to)
	}
	if err := onOneThread(r.cmd.Start); err != nil {
		close(r.gone)
		r.done = true
		return err
	}
	go func() {
		r.cmd.Wait() //nolint:errcheck // however it ends
		r.mu.Lock()
		r.done = true
		r.mu.Unlock()
		close(r.gone)
	}()
	return nil
}

func (r *runs) signal(s syscall.Signal) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.cmd.Process != nil && !r.done {
		syscall.Kill(-r.cmd.Process.Pid, s) //nolint:errcheck // the group may be empty
	}
}

func (r *runs) kill() {
	if r.cmd == nil || r.cmd.Process == nil {
		return
	}
	syscall.Kill(-r.cmd.Process.Pid, syscall.SIGKILL) //nolint:errcheck // children that outlived it
	<-r.gone
	if r.stdin != nil {
		r.stdin.Close()
	}
}

// Wait implements runner.Runner.
func (r *runs) Wait(context.Context) error {
	<-r.gone
	return nil
}

// Kill implements runner.Runner.
func (r *runs) Kill(context.Context) error {
	r.signal(syscall.SIGKILL)
	return nil
}

// Diagnose implements runner.Runner.
func (r *runs) Diagnose(context.Context) string { return r.said.String() }

// Stdout implements runner.Runner.
func (r *runs) Stdout() io.ReadCloser { return r.out }

// Stderr implements runner.Runner: the library reads it, and so do we.
func (r *runs) Stderr() io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(r.err, r.said), r.err}
}

// Name implements runner.Runner.
func (r *runs) Name() string { return "plugin" }

// ID implements runner.Runner.
func (r *runs) ID() string {
	if r.cmd.Process == nil {
		return "0"
	}
	return strconv.Itoa(r.cmd.Process.Pid)
}

// PluginToHost implements runner.Runner.
func (r *runs) PluginToHost(n, a string) (string, string, error) { return n, a, nil }

// HostToPlugin implements runner.Runner.
func (r *runs) HostToPlugin(n, a string) (string, string, error) { return n, a, nil }

// words are what processes wrote to standard error.
type words struct {
	mu sync.Mutex
	b  bytes.Buffer
}

// Write implements io.Writer.
func (w *words) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.b.Len() < 4<<20 {
		w.b.Write(p)
	}
	return len(p), nil
}

func (w *words) String() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.b.String()
}

func (w *words) why() error {
	s := w.String()
	if s == "" {
		return nil
	}
	if len(s) > 2000 {
		s = s[len(s)-2000:]
	}
	return errors.New("it wrote: " + s)
}

// thread runs what it is given on one thread that never ends: the kernel's notice of a
// parent's death is tied to the thread that forked.
var thread = sync.OnceValue(func() chan<- func() {
	jobs := make(chan func())
	go func() {
		runtime.LockOSThread()
		for f := range jobs {
			f()
		}
	}()
	return jobs
})

func onOneThread(f func() error) error {
	err := make(chan error, 1)
	thread() <- func() { err <- f() }
	return <-err
}
