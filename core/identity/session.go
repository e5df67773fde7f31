package identity

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// How long a session lasts: without use, and at all (ASVS 7.3).
const (
	Idle     = 8 * time.Hour
	Absolute = 7 * 24 * time.Hour
	// seenEvery is how exactly the last use is known: a write per request would be
	// dearer than the request.
	seenEvery = 5 * time.Minute
)

// Hash is a token as it is stored: who reads the table cannot sign in with it.
type Hash [32]byte

// NewToken makes a session's secret of 256 random bits.
func NewToken() (string, Hash) {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand does not fail
	t := base64.RawURLEncoding.EncodeToString(b[:])
	return t, HashToken(t)
}

// HashToken needs no salt: the token itself is random.
func HashToken(token string) Hash { return sha256.Sum256([]byte(token)) }

// Session is one browser or program in which a person is signed in.
type Session struct {
	ID        id.Session
	Person    id.Person
	Org       id.Org
	CreatedAt time.Time
	SeenAt    time.Time
	ExpiresAt time.Time
	RevokedAt time.Time
	ProvedAt  time.Time        // when the person last proved who he is
	Via       id.SSOConnection // the connection it came through; it acts for that one's company alone
	Guise     caller.Guise     // who is in it, when it is not the person
	IP        string
	UserAgent string
}

// Alive reports whether the session still counts.
func (s Session) Alive(now time.Time) bool {
	return s.RevokedAt.IsZero() && now.Before(s.ExpiresAt) && now.Before(s.SeenAt.Add(Idle))
}

// Bearer is a session with whom it stands for: what one look at the database answers.
type Bearer struct {
	Session Session
	Person  Person
	Roles   []string // of the person in the session's company
	Factor  bool     // the person has a second factor
	// Member: does he act for that company at all, still?
	Member bool
	// Consent is the one by which he acts for it, and Until its end; none for its own people.
	Consent id.Representation
	Until   time.Time
}

// Membership is a company that a person may act for.
type Membership struct {
	Org   id.Org
	Name  string
	Local string
	State string
	Roles []string
	// Represents: he acts for it by its consent, which ends at Until.
	Represents bool
	Until      time.Time
}

// open reports whether the person may act for the company now.
func (m Membership) open(now time.Time) bool { return m.Until.IsZero() || now.Before(m.Until) }
