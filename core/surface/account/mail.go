package account

import (
	"context"
	"regexp"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Mailbox is the letters that the market has sent.
type Mailbox struct {
	frame.Frame
	Demo    bool
	To      string
	Letters []Letter
	Next    string
	First   string
	Open    *Letter
}

// Letter is one of them. HTML is shown in a frame that may do nothing.
type Letter struct {
	ID, To, Subject, State, URL string
	At                          time.Time
	Text, HTML, Error           string
}

// inlineStyle: mail programs want styles on the elements, which our own pages' policy
// forbids. The preview does without instead of asking for an exception.
var inlineStyle = regexp.MustCompile(` style="[^"]*"`)

// mayRead: a demonstration's letters go to people who do not exist, and everybody may
// look; elsewhere it takes the right to.
func (s desk) mayRead(ctx context.Context, v *web.Visit) error {
	if s.Demo.On || s.Roles.Can(ctx, actionMails) {
		return nil
	}
	if v.Caller().SignedIn() {
		return web.ErrDenied
	}
	return web.ErrSignIn
}

func (s desk) mails(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if err := s.mayRead(ctx, v); err != nil {
		return web.Answer{}, err
	}
	m, err := s.mailbox(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("account/mail", m), nil
}

func (s desk) mailbox(ctx context.Context, v *web.Visit) (*Mailbox, error) {
	to, after := v.Query("to"), v.Query("after")
	l, next, err := s.Mails.List(ctx, to, after)
	if err != nil {
		return nil, err
	}
	m := &Mailbox{Frame: frame.Frame{TitleKey: "mail.title", NoIndex: true}, Demo: s.Demo.On, To: to}
	for _, x := range l {
		m.Letters = append(m.Letters, Letter{ID: x.ID.String(), To: x.To, Subject: x.Subject, State: x.State, At: x.At, URL: address("/mail/"+x.ID.String(), "to", to)})
	}
	if next != "" {
		m.Next = address("/mail", "to", to, "after", next)
	}
	if after != "" {
		m.First = address("/mail", "to", to)
	}
	return m, nil
}

func (s desk) mail(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if err := s.mayRead(ctx, v); err != nil {
		return web.Answer{}, err
	}
	var which id.Mail
	if which.UnmarshalText([]byte(v.Path("id"))) != nil || which.IsZero() {
		return web.Answer{}, notify.ErrNotFound
	}
	x, ok, err := s.Mails.One(ctx, which)
	if err != nil {
		return web.Answer{}, err
	}
	if !ok {
		return web.Answer{}, notify.ErrNotFound
	}
	m, err := s.mailbox(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if s.Demo.On && len(x.Sealed) > 0 {
		whole := s.Letters.Reveal(ctx, notify.Mail{ID: x.ID, Text: x.Text, HTML: x.HTML, Sealed: x.Sealed})
		x.Text, x.HTML = whole.Text, whole.HTML
	}
	m.Open = &Letter{ID: x.ID.String(), To: x.To, Subject: x.Subject, State: x.State, At: x.At, Text: x.Text, HTML: inlineStyle.ReplaceAllString(x.HTML, ""), Error: x.Error}
	m.Title, m.TitleKey = x.Subject, ""
	return web.Render("account/mail", m), nil
}
