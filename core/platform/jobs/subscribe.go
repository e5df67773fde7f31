package jobs

import (
	"context"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/event"
)

// consumer is somebody who hears of events.
type consumer struct {
	name   string
	events []string // names, "ordering.*" for an area, or "*" for all
	hear   func(ctx context.Context, es []event.Recorded) error
}

// Subscribe delivers every event of those names ("ordering.*": of an area, "*": of any) to
// a consumer, at least once and in order per tenant. hear runs in a unit bound to the
// tenant, together with the note that it ran: what it changes in the database happens
// exactly once. It is given what came at the same time together, which in a rush is much.
// While it fails, the consumer's later events wait and other consumers go on.
func (q *Queue) Subscribe(name string, hear func(ctx context.Context, es []event.Recorded) error, events ...string) {
	if slices.ContainsFunc(q.consumers, func(c consumer) bool { return c.name == name }) {
		panic("jobs: consumer " + name + " subscribes twice") // at start-up, by a programmer
	}
	q.consumers = append(q.consumers, consumer{name, events, hear})
}

// Each hears of events one by one.
func Each(hear func(ctx context.Context, e event.Recorded) error) func(ctx context.Context, es []event.Recorded) error {
	return func(ctx context.Context, es []event.Recorded) error {
		for _, e := range es {
			if err := hear(ctx, e); err != nil {
				return err
			}
		}
		return nil
	}
}

// wants reports whether the consumer subscribed to events of that name.
func (c consumer) wants(name string) bool {
	return slices.ContainsFunc(c.events, func(pattern string) bool {
		area, all := strings.CutSuffix(pattern, "*")
		return pattern == name || all && strings.HasPrefix(name, area)
	})
}
