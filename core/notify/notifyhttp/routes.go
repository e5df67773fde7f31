// Package notifyhttp is the API of one's own messages.
package notifyhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
)

// Routes lists the API.
func Routes(s *notify.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Messages")
	return []web.Route{
		web.Get("/messages", notify.ActionRead, h.list, tag, web.Summary("One's own messages, newest first")),
		web.Post("/messages/{id}/read", notify.ActionRead, h.read, tag, web.Summary("Mark a message as read")),
		web.Post("/messages/read-all", notify.ActionRead, h.readAll, tag, web.Summary("Mark all messages as read")),
	}
}

type handlers struct{ notify *notify.Service }

type listInput struct {
	Unread bool   `query:"unread"`
	After  string `query:"after"`
	Limit  int    `query:"limit" minimum:"0" maximum:"200"`
}

type byMessage struct {
	ID id.Message `path:"id"`
}

type nothing struct{}

// messageView leaves the params out: the text is what the reader may know.
type messageView struct {
	ID        string     `json:"id"`
	Kind      string     `json:"kind"`
	Text      string     `json:"text" doc:"In the language of the request."`
	Link      string     `json:"link"`
	CreatedAt time.Time  `json:"created_at"`
	ReadAt    *time.Time `json:"read_at,omitempty"`
}

type countView struct {
	Unread int `json:"unread"`
}

func (h handlers) list(ctx context.Context, in *listInput) (page.List[messageView], error) {
	l, err := h.notify.Messages(ctx, in.Unread, page.Request{After: in.After, Limit: in.Limit})
	if err != nil {
		return page.List[messageView]{}, err
	}
	out := page.List[messageView]{Items: make([]messageView, 0, len(l.Items)), Next: l.Next}
	for _, m := range l.Items {
		v := messageView{ID: m.ID.String(), Kind: m.Kind, Text: m.Text, Link: m.Link, CreatedAt: m.CreatedAt}
		if !m.ReadAt.IsZero() {
			v.ReadAt = &m.ReadAt
		}
		out.Items = append(out.Items, v)
	}
	return out, nil
}

func (h handlers) read(ctx context.Context, in *byMessage) (countView, error) {
	if err := h.notify.Read(ctx, in.ID); err != nil {
		return countView{}, err
	}
	return h.count(ctx)
}

func (h handlers) readAll(ctx context.Context, _ *nothing) (countView, error) {
	if _, err := h.notify.ReadAll(ctx); err != nil {
		return countView{}, err
	}
	return h.count(ctx)
}

func (h handlers) count(ctx context.Context) (countView, error) {
	n, err := h.notify.Unread(ctx)
	return countView{n}, err
}
