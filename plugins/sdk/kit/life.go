package kit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/health/grpc_health_v1"
	"google.golang.org/grpc/status"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func lifeChecks() []Check {
	return []Check{
		{Name: "core.health.plugin_service_serving", Level: Must, Needs: Program, Rule: "grpc.health.v1 calls the service \"plugin\" SERVING, and Lifecycle.Health agrees.", do: healthServing},
		{Name: "core.init.once", Level: Must, Rule: "Init is the first call and is answered; a second one changes nothing.", do: initOnce},
		{Name: "core.shutdown.exits_2s", Level: Must, Needs: Program, Rule: "Asked to shut down, the program is gone within two seconds.", do: shutdownExits},
		{Name: "core.drain.finishes_inflight", Level: Must, Rule: "Drain lets running calls finish: each is answered, or refused as draining; none is cut off.", do: drainFinishes},
		{Name: "core.parent_death.exits_5s", Level: Must, Needs: Program, Rule: "When its host is gone, however suddenly, the program ends within five seconds.", do: parentDeath},
		{Name: "core.stderr.json_levels", Level: Must, Needs: Program, Rule: "Each line on standard error is a JSON object with @level and @message.", do: stderrJSON},
		{Name: "core.stdout.long_line_survives", Level: Must, Needs: Program, Rule: "A line of 128 KiB, printed the way the language prints (asked for by KONTOR_PLUGIN_SELFTEST=print, at Init), stops nobody.", do: longLine},
		{Name: "core.proc.no_leftover_children", Level: Must, Needs: Program, Rule: "What the program has started ends with it.", do: noChildren},
		{Name: "core.restart.kill9_between_calls", Level: Must, Needs: Program, Rule: "Killed and started again, it gives the same answers: nothing that counts was in memory alone.", do: killBetween},
	}
}

func healthServing(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	r, err := grpc_health_v1.NewHealthClient(g.conn).Check(p, &grpc_health_v1.HealthCheckRequest{Service: "plugin"})
	if err != nil {
		return err
	}
	if r.GetStatus() != grpc_health_v1.HealthCheckResponse_SERVING {
		return fmt.Errorf("the service is %s", r.GetStatus())
	}
	h, err := g.life.Health(p, &wire.HealthRequest{})
	if err == nil && h.GetStatus() != wire.HealthReply_SERVING && h.GetStatus() != wire.HealthReply_DEGRADED {
		err = fmt.Errorf("Lifecycle.Health says %s", h.GetStatus())
	}
	return err
}

func initOnce(p *probe) error {
	g, err := p.start(p, false)
	if err != nil {
		return err
	}
	p.own = append(p.own, g)
	if err := p.introduce(p, g); err != nil {
		return err
	}
	if _, err := g.life.Init(p, g.hosting()); err != nil && refusal(err) == nil {
		return fmt.Errorf("a second Init is neither answered nor refused: %w", err)
	}
	return p.serves(g)
}

func shutdownExits(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	if err := p.serves(g); err != nil {
		return err
	}
	began := time.Now()
	if err := shutdown(p, g.conn); err != nil {
		return err
	}
	select {
	case <-g.run.gone:
		return nil
	case <-time.After(2*time.Second - time.Since(began)):
		return errors.New("two seconds later it still runs")
	}
}

// drainFinishes asks for the end while many calls are under way.
func drainFinishes(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	ended := make(chan error, 32*len(all))
	for range 32 {
		for _, a := range all {
			wg.Go(func() {
				_, err := a.of(p, g, p.call(""))
				if e := refusal(err); e != nil && e.GetReason() == sdk.ReasonDraining {
					err = nil
				}
				ended <- err
			})
		}
	}
	r, err := g.life.Drain(p, &wire.DrainRequest{GraceMs: 5000})
	wg.Wait()
	close(ended)
	if err != nil {
		return fmt.Errorf("drain: %w", err)
	}
	if r.GetInFlight() != 0 {
		return fmt.Errorf("%d calls are left after five seconds", r.GetInFlight())
	}
	for err := range ended {
		if err != nil {
			return fmt.Errorf("a call was cut off: %w", err)
		}
	}
	return nil
}

// parentDeath puts a process between us and the program, and kills that.
func parentDeath(p *probe) error {
	if p.target.Held { // what holds it ends it, whatever it would do by itself
		return idle("the program is held in a cage")
	}
	dir, err := os.MkdirTemp("/tmp", "kp")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	stdin, hold, err := os.Pipe()
	if err != nil {
		return err
	}
	defer hold.Close()
	said, ours, err := os.Pipe()
	if err != nil {
		return err
	}
	defer said.Close()
	// The shell gives a program in the background no standard input unless it is told to.
	c := exec.CommandContext(p, "/bin/sh", append([]string{"-c", `exec 7<&0; "$@" <&7 & echo started; wait`, "sh", p.target.Program}, p.target.Args...)...) //nolint:gosec // the author's program
	c.Dir, c.Stdin, c.Stderr = p.target.Dir, stdin, ours
	out, outEnd, err := os.Pipe()
	if err != nil {
		return err
	}
	defer out.Close()
	c.Stdout = outEnd
	c.Env = append([]string{cookie(), "PLUGIN_MIN_PORT=0", "PLUGIN_MAX_PORT=0", "PLUGIN_PROTOCOL_VERSIONS=1", "PLUGIN_UNIX_SOCKET_DIR=" + dir}, surroundings()...)
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err = c.Start()
	stdin.Close()
	ours.Close()
	outEnd.Close()
	if err != nil {
		return err
	}
	defer syscall.Kill(-c.Process.Pid, syscall.SIGKILL) //nolint:errcheck // what is left of it
	if err := awaits(p, out, "|unix|", 10*time.Second); err != nil {
		return err
	}
	c.Process.Kill() //nolint:errcheck // the parent alone
	c.Wait()         //nolint:errcheck
	hold.Close()     // which a dead host's pipe does too
	if _, err := within(p, 5*time.Second, func() (struct{}, error) { return struct{}{}, drained(said) }); err != nil {
		return errors.New("five seconds after its host it still runs")
	}
	return nil
}

// awaits reads until the handshake has come.
func awaits(ctx context.Context, f *os.File, what string, d time.Duration) error {
	_, err := within(ctx, d, func() (struct{}, error) {
		var all strings.Builder
		b := make([]byte, 4096)
		for !strings.Contains(all.String(), what) {
			n, err := f.Read(b)
			if all.Write(b[:n]); err != nil {
				return struct{}{}, err
			}
		}
		return struct{}{}, nil
	})
	return err
}

// drained reads f to its end, which is when nobody has it open any more.
func drained(f *os.File) error {
	b := make([]byte, 4096)
	for {
		if _, err := f.Read(b); err != nil {
			return nil
		}
	}
}

func stderrJSON(p *probe) error {
	if p.shared != nil { // what it says is not this check's
		p.shared.stop()
	}
	before := len(p.said.String())
	g, err := p.fresh()
	if err != nil {
		return err
	}
	if err := p.serves(g); err != nil {
		return err
	}
	g.stop()
	for line := range strings.Lines(p.said.String()[before:]) {
		var entry map[string]any
		if err := json.Unmarshal([]byte(line), &entry); err != nil {
			return fmt.Errorf("this line is no JSON: %q", shorten(line))
		}
		if entry["@level"] == nil || entry["@message"] == nil {
			return fmt.Errorf("this line lacks @level or @message: %q", shorten(line))
		}
	}
	return nil
}

// longLine has the program print, and looks whether anybody can still be heard.
func longLine(p *probe) error {
	before := len(p.said.String()) + len(p.printed.String())
	g, err := p.start(p, false, sdk.SelfTestEnv+"=print")
	if err != nil {
		return err
	}
	p.own = append(p.own, g)
	if err := p.introduce(p, g); err != nil {
		return fmt.Errorf("after a long line: %w", err)
	}
	for range 20 {
		if err := p.serves(g); err != nil {
			return fmt.Errorf("after a long line: %w", err)
		}
	}
	for range 200 {
		if len(p.said.String())+len(p.printed.String())-before >= sdk.SelfTestLine {
			return nil
		}
		time.Sleep(10 * time.Millisecond) // it is on its way
	}
	return errors.New("the line was not heard: it does not know KONTOR_PLUGIN_SELFTEST=print, or loses what is printed")
}

func noChildren(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	if err := p.serves(g); err != nil {
		return err
	}
	if err := shutdown(p, g.conn); err != nil {
		return err
	}
	select {
	case <-g.run.gone:
	case <-time.After(5 * time.Second):
		return errors.New("it does not end when it is asked to")
	}
	if err := syscall.Kill(-g.pid, 0); !errors.Is(err, syscall.ESRCH) {
		return errors.New("something that it started still runs")
	}
	return nil
}

func killBetween(p *probe) error {
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		before, err := p.fresh()
		if err != nil {
			return err
		}
		c := p.call("")
		one, err := a.of(p, before, c)
		if err != nil {
			return err
		}
		before.run.kill()
		after, err := p.fresh()
		if err != nil {
			return err
		}
		c.CallToken = p.host.issue(installA)
		two, err := a.of(p, after, c)
		if err != nil {
			return err
		}
		if d := differ(one, two); d != "" {
			return fmt.Errorf("%s: %s", a.name, d)
		}
	}
	return nil
}

// unreachable is a program that is not there (any more).
func unreachable(err error) bool {
	c := status.Code(err)
	return c == codes.Unavailable || c == codes.Canceled
}
