package kit

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// effect is an RPC that does something outside: how to ask for it, and how to find it again.
type effect struct {
	rpc, of string
	// prepare makes a request with the key of that word; the process is one that serves.
	prepare func(p *probe, word string) (proto.Message, error)
	do      func(ctx context.Context, g *plug, q proto.Message) (id string, err error)
	find    func(p *probe, g *plug, word string) (id string, err error)
}

// The moments at which an effect is cut off.
var moments = []struct{ name, rule string }{
	{"crash_before_send", "Killed before the outside party hears of it"},
	{"crash_after_send", "Killed when the outside party has done it and nobody knows yet"},
	{"timeout", "The outside party does it, and its answer does not come"},
}

func faultChecks() (out []Check) {
	for _, c := range capabilities() {
		for _, e := range c.effects {
			for _, m := range moments {
				out = append(out, Check{
					Name: "fault." + c.name + "." + e.rpc + "." + m.name, Level: Must, Of: e.of, Needs: Program,
					Rule: m.rule + ", and asked again with the same key: it is done exactly once, and the key finds it. An open outcome is never told as a final no.",
					do:   func(p *probe) error { return e.cut(p, m.name) },
				})
			}
		}
	}
	return out
}

// cut asks for the effect, spoils it at that moment, and asks again.
func (e effect) cut(p *probe, moment string) error {
	word := e.rpc + "-" + moment
	q, err := e.prepare(p, word)
	if err != nil {
		return err
	}
	g, err := p.fresh()
	if err != nil {
		return err
	}
	before, err := p.outside.effects(p)
	if err != nil {
		return err
	}
	var reached atomic.Bool
	p.host.play(func(r *http.Request, pass func() (sdk.HTTPReply, error)) (sdk.HTTPReply, error) {
		if r.Method == http.MethodGet || r.Method == http.MethodHead || reached.Swap(true) {
			return pass()
		}
		if moment != "crash_before_send" {
			if _, err := pass(); err != nil {
				return sdk.HTTPReply{}, err
			}
		}
		if moment == "timeout" {
			<-r.Context().Done()
		} else {
			go g.run.kill() // it may wait for our answer
			<-g.run.gone
		}
		return sdk.HTTPReply{}, context.Cause(r.Context())
	})
	in, cancel := context.WithTimeout(p, 15*time.Second)
	if moment == "timeout" {
		cancel()
		in, cancel = context.WithTimeout(p, 1500*time.Millisecond)
	}
	_, err = e.do(in, g, q)
	cancel()
	if !reached.Load() {
		if err != nil {
			return err
		}
		return idle("it asks its host for nothing, so that it cannot be cut off there")
	}
	if err == nil {
		return errors.New("it claims an outcome that it cannot know")
	}
	if r := refusal(err); r != nil && !r.GetRetryable() {
		return fmt.Errorf("an open outcome is told as a final no: %s", explain(err))
	}
	p.host.play(nil)
	return e.again(p, g, q, word, moment, before)
}

func (e effect) again(p *probe, g *plug, q proto.Message, word, moment string, before int) error {
	var err error
	if moment != "timeout" {
		if g, err = p.fresh(); err != nil {
			return err
		}
	}
	found, err := e.find(p, g, word)
	if err != nil && (moment != "crash_before_send" || refused(err, sdk.ReasonNotFound) != nil) {
		return fmt.Errorf("asked by its key: %w", err)
	}
	withCall(q, p.call(p.key(word)))
	id, err := e.do(p, g, q)
	if err != nil {
		return fmt.Errorf("asked again with the same key: %w", err)
	}
	if found != "" && found != id {
		return fmt.Errorf("the key found %q, and asked again it is %q", found, id)
	}
	after, err := p.outside.effects(p)
	if err != nil {
		return err
	}
	if before >= 0 && after != before+1 {
		return fmt.Errorf("the outside party did it %d times", after-before)
	}
	if found, err = e.find(p, g, word); err == nil && found != id {
		err = fmt.Errorf("at last the key finds %q, not %q", found, id)
	}
	return err
}
