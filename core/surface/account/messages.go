package account

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// News is one's messages.
type News struct {
	frame.Frame
	Tabs     []theme.Tab
	Unread   bool // only those
	Messages []NewsItem
	Next     string
	First    string
}

// NewsItem is one message.
type NewsItem struct {
	ID, Text, Icon, Link string
	At                   time.Time
	Read                 bool
}

func (s desk) messages(ctx context.Context, v *web.Visit) (web.Answer, error) {
	unread := v.Query("show") == "unread"
	l, err := s.Messages.Messages(ctx, unread, page.Request{After: v.Query("after"), Limit: 30})
	if err != nil {
		return web.Answer{}, err
	}
	p := s.printer(v)
	m := &News{
		Frame: frame.Frame{TitleKey: "messages.title", NoIndex: true}, Unread: unread,
		Tabs: []theme.Tab{{Text: p.T("messages.all"), URL: "/messages", Current: !unread}, {Text: p.T("messages.unread"), URL: "/messages?show=unread", Current: unread}},
	}
	for _, x := range l.Items {
		m.Messages = append(m.Messages, NewsItem{ID: x.ID.String(), Text: x.Text, Icon: iconOf(x.Kind), Link: x.Link, At: x.CreatedAt, Read: !x.ReadAt.IsZero()})
	}
	show := v.Query("show")
	if l.Next != "" {
		m.Next = address("/messages", "show", show, "after", l.Next)
	}
	if v.Query("after") != "" {
		m.First = address("/messages", "show", show)
	}
	return web.Render("account/messages", m), nil
}

// icons by the first word of a message's kind.
var icons = map[string]string{
	"rfq": "clipboard-list", "quote": "scale", "order": "package", "approval": "clipboard-check", "payment": "landmark", "escrow": "landmark",
	"payout": "hand-coins", "release": "hand-coins", "shipment": "truck", "claim": "undo-2", "invoice": "receipt-text", "company": "building-2", "licence": "badge-check", "item": "tag", "offer": "tag",
}

func iconOf(kind string) string {
	for word, icon := range icons {
		if len(kind) >= len(word) && kind[:len(word)] == word {
			return icon
		}
	}
	return "bell"
}

// openMessage marks a message as read and goes where it points. The form repeats the link;
// wherever that came from, it leads to a page of this site, which asks for itself.
func (s desk) openMessage(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var which id.Message
	if which.UnmarshalText([]byte(v.Path("id"))) != nil || which.IsZero() {
		return web.Answer{}, notify.ErrNotFound
	}
	if err := s.Messages.Read(ctx, which); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect(web.Local(v.Form().Get("link"), "/messages")), nil
}

func (s desk) readAll(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	if _, err := s.Messages.ReadAll(ctx); err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/messages").Flash("messages.all_read"), nil
}
