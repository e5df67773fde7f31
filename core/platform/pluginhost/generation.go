package pluginhost

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/hashicorp/go-hclog"
	plugin "github.com/hashicorp/go-plugin"
	librunner "github.com/hashicorp/go-plugin/runner"
	"google.golang.org/grpc"

	"github.com/kontorhq/kontor/core/platform/cage"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// generation is one running process of a plugin. A new start is a new generation with a
// client of its own: the library's client never notices that its process was replaced.
type generation struct {
	number   int
	manifest Manifest
	run      *runner
	lib      *plugin.Client
	client   *sdk.Client
	dir      string
	cage     cage.Spec
	back     *callbacks
	tail     *tail
	inFlight atomic.Int64
	calls    atomic.Int64
	witness  witness
	began    time.Time
	hangs    chan struct{} // a call timed out: look at the health now
	once     sync.Once
}

// launch starts a process and brings it to where it can serve. Every way out but the last
// ends with the process group killed and the socket folder gone.
func (p *process) launch(ctx context.Context, number int) (*generation, error) {
	file, err := p.manifest.open()
	if err != nil {
		return nil, err
	}
	dir, err := p.newDir()
	if err != nil {
		file.Close()
		return nil, err
	}
	g := &generation{number: number, manifest: p.manifest, dir: dir, cage: p.cage(), tail: &tail{}, hangs: make(chan struct{}, 1), began: p.host.now()}
	g.lib = plugin.NewClient(g.config(p, file))
	if err := g.bringUp(ctx, p); err != nil {
		file.Close() // again is harmless; the library may have failed before our runner ran
		g.kill()
		return nil, g.refused(err)
	}
	return g, nil
}

func (p *process) newDir() (string, error) {
	var b [4]byte
	rand.Read(b[:]) //nolint:errcheck // never fails since Go 1.24
	dir := filepath.Join(p.host.cfg.SocketDir, hex.EncodeToString(b[:]))
	return dir, os.Mkdir(dir, 0o711) //nolint:gosec // the plugin passes through it
}

func (g *generation) config(p *process, file *os.File) *plugin.ClientConfig {
	logger := hclog.NewInterceptLogger(&hclog.LoggerOptions{Name: p.manifest.ID, Output: io.Discard, Level: hclog.Debug})
	logger.RegisterSink(sink{p.host.log.With("plugin", p.manifest.ID, "generation", g.number)})
	return &plugin.ClientConfig{
		HandshakeConfig: sdk.Handshake, VersionedPlugins: sdk.HostSet(), AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		AutoMTLS: true, SkipHostEnv: true, StartTimeout: p.host.time.Start, Logger: logger,
		UnixSocketConfig: &plugin.UnixSocketConfig{TempDir: g.dir},
		GRPCDialOptions: []grpc.DialOption{grpc.WithDefaultCallOptions(
			grpc.MaxCallRecvMsgSize(sdk.MaxMessage), grpc.MaxCallSendMsgSize(sdk.MaxMessage))},
		RunnerFunc: func(_ hclog.Logger, cmd *exec.Cmd, meet string) (librunner.Runner, error) {
			g.cage.Meet = meet
			r, err := newRunner(p.manifest, g.cage, file, cmd.Env, p.host.starter, g.tail)
			g.run = r
			return r, err
		},
	}
}

func (g *generation) bringUp(ctx context.Context, p *process) error {
	proto, err := g.lib.Client()
	if err != nil {
		return err
	}
	if g.client, err = sdk.Dispense(proto); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, p.host.time.Configure)
	defer cancel()
	d, err := g.client.Describe(ctx)
	if err != nil {
		return err
	}
	if err := matches(p.manifest, d); err != nil {
		return err
	}
	if err := g.introduce(ctx, p); err != nil {
		return err
	}
	if err := p.configureAll(ctx, g.client); err != nil {
		return err
	}
	_, err = g.client.Health(ctx)
	return err
}

// introduce tells the plugin of its host, and where to ask it.
func (g *generation) introduce(ctx context.Context, p *process) (err error) {
	h := sdk.Hosting{Tier: g.cage.Tier.String()}
	if g.back, h.Socket, err = p.listen(g.cage.Meet); err != nil {
		return err
	}
	h.Node, _ = os.Hostname()
	return g.client.Init(ctx, h)
}

// matches compares what the program says of itself with what its manifest says.
func matches(m Manifest, d sdk.Description) error {
	said := d.ID + "@" + d.Version
	names := map[string][]string{}
	for _, c := range d.Capabilities {
		names[c.Name] = c.Features
		said += fmt.Sprintf(" %s%v", c.Name, c.Features)
	}
	same := d.ID == m.ID && d.Version == m.Version && len(names) == len(m.Capabilities)
	for name, c := range m.Capabilities {
		features, ok := names[name]
		want, got := slices.Sorted(slices.Values(c.Features)), slices.Sorted(slices.Values(features))
		same = same && ok && slices.Equal(want, got)
	}
	if !same {
		return ErrOtherSelf.With("expected", m.ID+"@"+m.Version).With("found", said)
	}
	return nil
}

// refused explains a failed start. A cage that could not be shut is no crash: the next try
// would find the same.
func (g *generation) refused(err error) error {
	said := g.tail.String()
	if why := cage.Why(err, said); errors.Is(why, cage.ErrNotReached) && strings.Contains(said, cage.Mark) {
		return ErrTier.With("tier", g.cage.Tier.String()).With("why", why.Error()).Because(err)
	}
	return fmt.Errorf("%w: %s", err, said)
}

// stop ends a process that still answers: no new calls, the running ones may finish.
func (g *generation) stop(t Timing) {
	ctx, cancel := context.WithTimeout(context.Background(), t.Drain)
	defer cancel()
	if _, err := g.client.Drain(ctx, t.Drain.Milliseconds()); err == nil {
		for g.inFlight.Load() > 0 && ctx.Err() == nil {
			time.Sleep(2 * time.Millisecond)
		}
	}
	g.run.signal(syscall.SIGTERM) //nolint:errcheck
	select {
	case <-g.run.exited:
	case <-time.After(t.Term):
	}
	g.kill()
}

// kill ends the whole group first. Only then is the library asked to clean up after it:
// asked earlier, it waits for a process that stands still.
func (g *generation) kill() {
	g.once.Do(func() {
		if g.back != nil {
			g.back.server.Stop()
		}
		if g.run != nil {
			if err := g.run.signal(syscall.SIGKILL); err == nil {
				<-g.run.exited
			}
		}
		cleaned := make(chan struct{})
		go func() {
			g.lib.Kill()
			close(cleaned)
		}()
		select {
		case <-cleaned:
		case <-time.After(3 * time.Second):
		}
		os.RemoveAll(g.dir) //nolint:errcheck // the parent folder goes with the host
	})
}

// why explains an end, for the operator.
func (g *generation) why(err error) error {
	if err == nil {
		err = errors.New("ended")
	}
	if ended := g.run.ended(); ended != "" {
		g.run.lastWords()
		err = fmt.Errorf("%w (%s)", err, ended)
	}
	if t := g.tail.String(); t != "" {
		err = fmt.Errorf("%w\n%s", err, t)
	}
	return err
}
