package jobs

import (
	"context"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/event"
)

// consumer is one subscriber's share of one kind of event.
type consumer struct {
	event string // a name, "ordering.*" for an area, or "*" for all
	name  string
	fn    func(ctx context.Context, e event.Recorded) error
}

// Subscribe delivers every event of that name ("ordering.*": of an area, "*": of any) to
// consumer, at least once and in order per tenant. fn runs in a unit bound to the tenant, together with the note that
// it ran: what it changes in the database happens exactly once. While fn fails, this
// consumer's later events wait and other consumers go on.
func (q *Queue) Subscribe(name, consumerName string, fn func(ctx context.Context, e event.Recorded) error) {
	for _, c := range q.consumers {
		if c.name == consumerName && (c.wants(name) || consumer{event: name}.wants(c.event)) {
			panic("jobs: consumer " + consumerName + " subscribes to " + name + " twice") // at start-up, by a programmer
		}
	}
	q.consumers = append(q.consumers, consumer{event: name, name: consumerName, fn: fn})
}

// wants reports whether the consumer subscribed to events of that name.
func (c consumer) wants(name string) bool {
	area, all := strings.CutSuffix(c.event, "*")
	return c.event == name || all && strings.HasPrefix(name, area)
}

// listener is a consumer with all that it subscribed to: its order spans them.
type listener struct {
	name  string
	parts []consumer
}

func (l listener) wants(name string) bool {
	return slices.ContainsFunc(l.parts, func(c consumer) bool { return c.wants(name) })
}

func (l listener) hear(ctx context.Context, e event.Recorded) error {
	for _, c := range l.parts {
		if c.wants(e.Name) {
			if err := c.fn(ctx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// listeners are the consumers by name, in the order in which they first subscribed.
func (q *Queue) listeners() []listener {
	var out []listener
	for _, c := range q.consumers {
		i := slices.IndexFunc(out, func(l listener) bool { return l.name == c.name })
		if i < 0 {
			i = len(out)
			out = append(out, listener{name: c.name})
		}
		out[i].parts = append(out[i].parts, c)
	}
	return out
}
