package notify

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/id"
)

// Note is a letter that a use case writes itself, because no event may carry what stands
// in it: a link that stands for a password once. It goes to an address, which need not be
// anybody's account.
type Note struct {
	To     string
	Name   string // of the recipient, "" where nobody knows it
	Locale string
	Kind   string // the text's key, "notify.<kind>"
	Params map[string]string
	Path   string // "/invitation"
	Token  string
}

// NoteKinds are the letters that use cases write; each has its words in the catalogues.
var NoteKinds = []string{"invitation", "password_reset", "sign_in_link", "operator_invited"}

// Noted is what became of it.
type Noted struct {
	URL    string // the link with its secret
	Posted bool   // false where no mail server is set up: the link has to travel otherwise
}

// tokenMark stands in a kept letter where its secret will be when it is sent.
const tokenMark = "TOKEN"

// Write keeps a note as a letter, in the current unit, and queues it. The table holds the
// token sealed alone, and that only until the letter has gone.
func (s *Service) Write(ctx context.Context, n Note) (Noted, error) {
	site, err := s.n.Sites.Site(ctx, n.Locale)
	if err != nil {
		return Noted{}, fmt.Errorf("letter from: %w", err)
	}
	out := Noted{URL: site.BaseURL + n.Path + "?token=" + n.Token, Posted: s.n.Sender.Able()}
	if !out.Posted {
		return out, nil
	}
	params := map[string]string{"site": site.Name}
	for k, v := range n.Params {
		params[k] = v
	}
	mail, err := s.compose(Message{Kind: n.Kind, Params: params, Link: n.Path + "?token=" + tokenMark}, Recipient{Name: n.Name, Email: n.To, Locale: n.Locale}, site)
	if err != nil {
		return Noted{}, err
	}
	if mail.Sealed, err = s.close(ctx, mail.ID, n.Token); err != nil {
		return Noted{}, err
	}
	if err := s.n.Store.InsertMails(ctx, []Mail{mail}); err != nil {
		return Noted{}, err
	}
	return out, s.n.Tasks.Enqueue(ctx, TaskSend, SendArgs{Mails: []id.Mail{mail.ID}})
}

// Reveal is a kept letter's body as its recipient got it. A demonstration alone may ask:
// its people have no other mailbox.
func (s *Service) Reveal(ctx context.Context, m Mail) Mail {
	if w, err := s.whole(ctx, m); err == nil && s.n.KeepSealed {
		return w
	}
	return m
}
