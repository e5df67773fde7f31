package kit

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func limitChecks() []Check {
	return []Check{
		{Name: "core.size.rejects_oversize_in", Level: Must, Rule: "A request of more than 4 MiB is refused, and the plugin serves on.", do: oversizeIn},
		{Name: "core.size.never_exceeds_4mib_out", Level: Must, Rule: "No answer has more than 4 MiB, whatever was asked.", do: oversizeOut},
		{Name: "core.deadline.returns_in_time", Level: Must, Rule: "Each call is answered within the deadline that the contract has for it.", do: inTime},
		{Name: "core.deadline.no_leak_after_cancel", Level: Must, Rule: "A call that its host has given up ends in the plugin too.", do: noLeak},
		{Name: "core.memory.idle_budget", Level: Must, Needs: Program | Folder, Rule: "Idle, the program holds no more memory than its manifest promises.", do: idleMemory},
		{Name: "core.memory.flat_over_50k_calls", Level: Should, Needs: Program | Long, Rule: "Fifty thousand calls later it holds as much memory as before, give or take a fifth and 16 MiB.", do: flatMemory},
	}
}

// oversizeIn adds a text that is larger than any message may be, as a field that is not
// even looked at.
func oversizeIn(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		c := p.call("")
		c.Hints = map[string]string{"big": strings.Repeat("x", sdk.MaxMessage+1)}
		a.mayRefuse = ""
		_, err := a.of(p, g, c)
		if err == nil {
			return fmt.Errorf("%s: it took a request of more than 4 MiB", a.name)
		}
		if refusal(err) == nil && status.Code(err) != codes.ResourceExhausted {
			return fmt.Errorf("%s: refused as %w, RESOURCE_EXHAUSTED is due", a.name, err)
		}
	}
	p.tape.rewind()
	return p.serves(g)
}

// oversizeOut asks for as much as the contract allows, with long names that come back.
func oversizeOut(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		m := proto.Clone(a.request)
		widen(m.ProtoReflect())
		a.request, a.mayRefuse = m, ""
		_, err := a.of(p, g, p.call(""))
		if err != nil && refusal(err) == nil && status.Code(err) != codes.ResourceExhausted {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	p.tape.mu.Lock()
	defer p.tape.mu.Unlock()
	if p.tape.largest > sdk.MaxMessage {
		return fmt.Errorf("an answer has %d bytes", p.tape.largest)
	}
	return nil
}

// widen repeats the first entry of each list as often as a request may have it.
func widen(r protoreflect.Message) {
	r.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if !f.IsList() || f.Message() == nil || v.List().Len() == 0 {
			return true
		}
		l := v.List()
		first := l.Get(0).Message().Interface()
		for i := l.Len(); i < sdk.MaxLines; i++ {
			next := proto.Clone(first).ProtoReflect()
			if id := next.Descriptor().Fields().ByName("line_id"); id != nil {
				next.Set(id, protoreflect.ValueOfString(fmt.Sprintf("%04d-%s", i, strings.Repeat("n", 3<<10))))
			}
			l.Append(protoreflect.ValueOfMessage(next))
		}
		return true
	})
}

// tries is how often something may be late on a busy machine before it counts.
const tries = 5

func inTime(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		if err := punctual(p, a.budget, func(ctx context.Context) error {
			_, err := a.of(ctx, g, p.call(""))
			return err
		}); err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
	}
	return nil
}

// punctual wants fn to succeed within d, once in a few tries.
func punctual(ctx context.Context, d time.Duration, fn func(context.Context) error) (err error) {
	for range tries {
		in, cancel := context.WithTimeout(ctx, d)
		err = fn(in)
		cancel()
		if err == nil || status.Code(err) != codes.DeadlineExceeded {
			return err
		}
	}
	return fmt.Errorf("never within %v: %w", d, err)
}

// noLeak gives many calls up, and then asks how many are left: Drain counts them.
func noLeak(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			ctx, cancel := context.WithTimeout(p, time.Duration(1+i%8)*time.Millisecond)
			defer cancel()
			all[i%len(all)].of(ctx, g, p.call("")) //nolint:errcheck // given up
		})
	}
	wg.Wait()
	r, err := g.life.Drain(p, &wire.DrainRequest{GraceMs: 2000})
	if err != nil {
		return err
	}
	if r.GetInFlight() > 0 {
		return fmt.Errorf("two seconds later %d calls that nobody waits for still run", r.GetInFlight())
	}
	return nil
}

// resident is the memory that a process holds; 0 where nobody knows.
func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var all, held int64
	if _, err := fmt.Sscan(string(b), &all, &held); err != nil {
		return 0
	}
	return held * int64(os.Getpagesize())
}

func idleMemory(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	if err := p.serves(g); err != nil {
		return err
	}
	budget := p.target.Manifest.Memory
	if held := resident(g.pid); budget > 0 && held > budget {
		return fmt.Errorf("it holds %d MiB, the manifest promises %d MiB", held>>20, budget>>20)
	}
	return nil
}

func flatMemory(p *probe) error {
	g, err := p.fresh()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	var first int64
	for n := range 10 {
		if err := hammer(p, g, all, 5000); err != nil {
			return err
		}
		held := resident(g.pid)
		if held == 0 {
			return idle("this system does not tell how much memory a process holds")
		}
		if n == 0 {
			first = held
		}
		if most := first + first/5 + 16<<20; held > most {
			return fmt.Errorf("after %d calls it holds %d MiB, after 5000 it was %d MiB", (n+1)*5000, held>>20, first>>20)
		}
	}
	return nil
}

// hammer makes so many calls with eight callers.
func hammer(p *probe, g *plug, all []ask, calls int) error {
	var wg sync.WaitGroup
	failed := make(chan error, 8)
	for range 8 {
		wg.Go(func() {
			c := p.call("")
			for i := range calls / 8 {
				if _, err := all[i%len(all)].of(p, g, c); err != nil {
					failed <- err
					return
				}
			}
		})
	}
	wg.Wait()
	select {
	case err := <-failed:
		return errors.Join(errors.New("a call failed"), err)
	default:
		return nil
	}
}

func withBudget(ctx context.Context, a ask) (context.Context, context.CancelFunc) {
	return context.WithTimeout(ctx, max(a.budget, time.Second))
}
