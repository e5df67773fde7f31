package identity

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Store keeps people and sessions of the caller's tenant.
type Store interface {
	FactorStore
	PasskeyStore
	GuiseStore
	StaffStore
	Insert(ctx context.Context, p Person) error // ErrEmailTaken
	Save(ctx context.Context, p Person) error   // ErrStale
	ByEmail(ctx context.Context, email string) (Person, error)
	ByID(ctx context.Context, p id.Person) (Person, error)
	People(ctx context.Context, p page.Request) (page.List[Person], error)

	InsertSession(ctx context.Context, h Hash, s Session) error
	Bearer(ctx context.Context, h Hash) (Bearer, error) // ErrSession
	Seen(ctx context.Context, h Hash, at time.Time) error
	Revoke(ctx context.Context, s id.Session, at time.Time) (id.Person, error)
	RevokeAll(ctx context.Context, p id.Person, at time.Time) error
	// RevokeOthers ends a person's sessions but for one, and says how many those were.
	RevokeOthers(ctx context.Context, p id.Person, but id.Session, at time.Time) (int64, error)
	Sessions(ctx context.Context, p id.Person, now time.Time) ([]Session, error)
	// LastSeen is when the person was last here; never, for one who has not come yet.
	LastSeen(ctx context.Context, p id.Person) (time.Time, error)
	// RevokeVia ends what came through a connection; of one person, or of all where it is none.
	RevokeVia(ctx context.Context, via id.SSOConnection, p id.Person, at time.Time) error
	// Memberships are the companies a person may act for, the oldest first.
	Memberships(ctx context.Context, p id.Person) ([]Membership, error)
	// UsedFrom reports whether the person has signed in from the address before.
	UsedFrom(ctx context.Context, email, ip string) (bool, error)

	// Attempt locks the count of an account's attempts; SetAttempt stores it.
	Attempt(ctx context.Context, key Hash) (Attempts, error)
	SetAttempt(ctx context.Context, key Hash, a Attempts) error
	ClearAttempt(ctx context.Context, key Hash) error

	InsertToken(ctx context.Context, h Hash, t Token) error
	// TokenOwner is whose living token it is: Dead for any other.
	TokenOwner(ctx context.Context, h Hash, kind string, now time.Time) (Person, error)
	// UseToken takes the token for good: of two at once, one does. EndTokens takes all that
	// a person still has.
	UseToken(ctx context.Context, h Hash, kind string, now time.Time) (id.Person, error)
	EndTokens(ctx context.Context, p id.Person, now time.Time) error
	// Prune removes counts untouched since attempts, tokens that expired before then, and sessions that ended before ended but
	// for the last of each person, which says when he was last here.
	Prune(ctx context.Context, attempts, ended time.Time) (int64, error)
}

// Attempts is how often somebody failed, and when he may try again.
type Attempts struct {
	Failures int
	LastAt   time.Time
	NextAt   time.Time
}

// GuiseStore keeps who acted in whose name.
type GuiseStore interface {
	InsertImpersonation(ctx context.Context, h Hash, usable time.Time, i Impersonation) error
	// OfTicket is what a ticket opens: ErrGuiseTicket for one that was used, is too old or
	// nobody's.
	OfTicket(ctx context.Context, h Hash, now time.Time) (Impersonation, error)
	// Entered takes the ticket: of two at once, one does. EndImpersonation that it is over, and answers
	// false where it was already.
	Entered(ctx context.Context, i id.Impersonation, at time.Time) error
	EndImpersonation(ctx context.Context, i id.Impersonation, by string, at time.Time) (bool, error)
	Impersonations(ctx context.Context, p page.Request) (page.List[Impersonation], error) // the newest first
	ImpersonationByID(ctx context.Context, i id.Impersonation) (Impersonation, error)
	RevokeGuise(ctx context.Context, i id.Impersonation, at time.Time) error
}

// FactorStore keeps second factors and those who are half way in.
type FactorStore interface {
	Factor(ctx context.Context, p id.Person) (Factor, error) // ErrFactorOff
	SaveFactor(ctx context.Context, f Factor) error
	DropFactor(ctx context.Context, p id.Person) error
	// UseStep takes a step of time, and reports whether it was later than the last one taken.
	UseStep(ctx context.Context, p id.Person, step int64) (bool, error)
	SetRecovery(ctx context.Context, p id.Person, codes []Hash) error
	UseRecovery(ctx context.Context, p id.Person, code Hash, at time.Time) (bool, error)

	InsertPending(ctx context.Context, h Hash, p Pending) error
	Pending(ctx context.Context, h Hash) (Pending, error) // locked; ErrTicket
	TryPending(ctx context.Context, h Hash) error
	// ClearPending ends all that a person has begun.
	ClearPending(ctx context.Context, p id.Person) error
}

// PasskeyStore keeps passkeys and the questions to devices.
type PasskeyStore interface {
	Passkeys(ctx context.Context, p id.Person) ([]Passkey, error)      // the oldest first
	PasskeyOf(ctx context.Context, credential []byte) (Passkey, error) // ErrNoPasskey
	InsertPasskey(ctx context.Context, k Passkey) error                // ErrPasskeyKnown
	// UsePasskey notes a use, and reports whether the device's count had risen, or is none.
	UsePasskey(ctx context.Context, k id.Passkey, count uint32, backedUp bool, at time.Time) (bool, error)
	// RenamePasskey and DropPasskey know the person's own alone, and answer the name.
	RenamePasskey(ctx context.Context, p id.Person, k id.Passkey, name string) (string, error)
	DropPasskey(ctx context.Context, p id.Person, k id.Passkey) (string, error)

	InsertCeremony(ctx context.Context, token, browser Hash, x Ceremony) error
	// UseCeremony takes a question for good: of two at once, one does. ErrCeremony.
	UseCeremony(ctx context.Context, token, browser Hash, what CeremonyFor, now time.Time) (Ceremony, error)
}

// Vault seals what a stolen dump must not tell, for one place of the caller's tenant.
type Vault interface {
	Seal(ctx context.Context, table, column, row string, plain []byte) ([]byte, error)
	Open(ctx context.Context, table, column, row string, sealed []byte) ([]byte, error)
	Stale(ctx context.Context, sealed []byte) (bool, error)
}

// Federation is single sign-on, as the password's door needs it.
type Federation interface {
	// Required reports whether a person must come through a provider, and whether he is one
	// of those who may come by password in an emergency.
	Required(ctx context.Context, p Person) (required, emergency bool, err error)
	// Emergency tells that such a one did, inside the unit that lets him in.
	Emergency(ctx context.Context, p Person) error
}

// Tenants says what sort of tenant the caller is in.
type Tenants interface {
	Current(ctx context.Context) (tenancy.Tenant, error)
}

// Letters writes to people what no event may carry, in the current unit.
type Letters interface {
	Write(ctx context.Context, l Letter) (Written, error)
}

// Letter is one with a link that stands for a password once.
type Letter struct {
	To     string
	Name   string // "" where nobody knows it
	Locale string
	Kind   string // which words
	Params map[string]string
	Path   string
	Token  string
}

// Written says how the link can reach its reader other than by letter: Show names the
// reason, and is "" where the letter is the only way.
type Written struct {
	URL  string
	Show string // "demo", "no_mail"
}

// Why a link is shown on the page.
const (
	ShowDemo   = "demo"
	ShowNoMail = "no_mail"
)

// Room refuses people whom the marketplace has no room for: add runs, which stores n more,
// or nothing is stored.
type Room interface {
	Growing(ctx context.Context, n int64, add func(ctx context.Context) error) error
}

// Tasks queues work that begins when the unit has committed.
type Tasks interface {
	Enqueue(ctx context.Context, task string, args any) error
}
