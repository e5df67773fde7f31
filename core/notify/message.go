// Package notify tells people what concerns them: in the application, and by e-mail. It
// hears the other contexts by their events and knows, for each, whom to tell and in which
// words; the words are in the message catalogues, in every language.
package notify

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// Message is one piece of news for one person, kept in no language: Kind is the text's
// key ("notify.<kind>") and Params fill it when it is read.
type Message struct {
	ID        id.Message
	Person    id.Person
	Org       id.Org // the company it concerns, if any
	Event     id.Event
	Kind      string
	Params    map[string]string
	Link      string
	CreatedAt time.Time
	ReadAt    time.Time

	Text string // in the reader's language; filled when read
}

// MailState is where a letter stands.
type MailState string

// The states of a letter.
const (
	Queued MailState = "queued"
	Sent   MailState = "sent"
	Failed MailState = "failed" // refused for good, or too often
)

// Mail is one letter, in the recipient's language. It is kept before it is sent, so that
// a crash loses none; it may go out twice when the crash comes in between.
type Mail struct {
	ID        id.Mail
	To        string
	Subject   string
	Text      string
	HTML      string
	Sealed    []byte // its secret, which the texts leave out
	Old       []byte // the same, of a letter that an earlier version wrote
	State     MailState
	Attempts  int
	Error     string
	CreatedAt time.Time
	SentAt    time.Time
}

// maxAttempts is how often a letter is tried; with growing pauses that is about a day.
const maxAttempts = 12
