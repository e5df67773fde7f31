package notify

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

// Store keeps messages and letters.
type Store interface {
	// InsertMessages keeps what a person has not been told of the same event yet, and
	// answers which of them were new.
	InsertMessages(ctx context.Context, ms []Message) (fresh []Message, err error)
	Messages(ctx context.Context, person id.Person, unread bool, p page.Request) (page.List[Message], error)
	Unread(ctx context.Context, person id.Person) (int, error)
	MarkRead(ctx context.Context, person id.Person, message id.Message, at time.Time) error // ErrNotFound
	MarkAllRead(ctx context.Context, person id.Person, at time.Time) (int, error)

	InsertMails(ctx context.Context, ms []Mail) error
	Mails(ctx context.Context, mails []id.Mail) ([]Mail, error) // those there are
	SaveMails(ctx context.Context, ms []Mail) error
	Waiting(ctx context.Context, before time.Time, most int) ([]id.Mail, error) // queued letters
}

// Recipient is a person to be told. Email is empty for people without one.
type Recipient struct {
	Person id.Person
	Org    id.Org
	Name   string
	Email  string
	Locale string
}

// Whom is somebody to find: one person, those who hold a role in a company, or, without
// either, the marketplace's operators.
type Whom struct {
	Person id.Person
	Org    id.Org
	Role   string
}

// People knows who is who, and is asked once for all that happened together. Where nobody
// holds the role in a company, its administrators stand in: news must not fall between
// chairs.
type People interface {
	Find(ctx context.Context, whom []Whom) (map[Whom][]Recipient, error)
}

// Texts are the message catalogues.
type Texts interface {
	Text(locale, key string, args map[string]string) (string, bool)
}

// Site is the marketplace that a letter comes from.
type Site struct {
	Name    string // in the recipient's language
	BaseURL string // "https://steel.example", no slash at the end
	// What the marketplace chose for its letters; each may be empty.
	Logo     string // path of a picture below BaseURL
	Accent   string // of the button, #rrggbb
	OnAccent string // of the text on it
	SignOff  string // lines
	Footer   string // lines
}

// Sites knows it.
type Sites interface {
	Site(ctx context.Context, locale string) (Site, error)
}

// Letter is what a Sender takes.
type Letter struct {
	ID      string
	To      string
	Subject string
	Text    string
	HTML    string
}

// Sender hands letters to a mail server; never inside a unit of work. An Invalid fault
// means that the letter will never go, any other that it may later.
type Sender interface {
	Send(ctx context.Context, l Letter) error
	// Able is false where no mail server is set up: nobody is written to then, and a letter
	// that lay there would be said to have gone.
	Able() bool
}

// Tasks queues work that begins when the unit has committed.
type Tasks interface {
	Enqueue(ctx context.Context, task string, args any) error
}

// Subscriber delivers events, at least once, in a unit of the tenant; those that came
// together, together.
type Subscriber interface {
	Subscribe(consumer string, hear func(context.Context, []event.Recorded) error, events ...string)
}
