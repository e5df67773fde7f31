package jobs

import (
	"context"

	"github.com/kontorhq/kontor/core/event"
)

// consumer is one subscriber's share of one kind of event.
type consumer struct {
	event string // a name, or "*" for all
	name  string
	fn    func(ctx context.Context, e event.Recorded) error
}

// Subscribe delivers every event of that name ("*": of any) to consumer, at least once and
// in order per tenant. fn runs in a unit bound to the tenant, together with the note that
// it ran: what it changes in the database happens exactly once. While fn fails, this
// consumer's later events wait and other consumers go on.
func (q *Queue) Subscribe(name, consumerName string, fn func(ctx context.Context, e event.Recorded) error) {
	for _, c := range q.consumers {
		if c.name == consumerName && (c.event == name || c.event == "*" || name == "*") {
			panic("jobs: consumer " + consumerName + " subscribes to " + name + " twice") // at start-up, by a programmer
		}
	}
	q.consumers = append(q.consumers, consumer{event: name, name: consumerName, fn: fn})
}

func (q *Queue) consumersOf(name string) []consumer {
	var cs []consumer
	for _, c := range q.consumers {
		if c.event == name || c.event == "*" {
			cs = append(cs, c)
		}
	}
	return cs
}
