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
	Sessions(ctx context.Context, p id.Person, now time.Time) ([]Session, error)
	// Memberships are the companies a person may act for, the oldest first.
	Memberships(ctx context.Context, p id.Person) ([]Membership, error)
	// UsedFrom reports whether the person has signed in from the address before.
	UsedFrom(ctx context.Context, email, ip string) (bool, error)

	// Attempt locks the count of an account's attempts; SetAttempt stores it.
	Attempt(ctx context.Context, key Hash) (Attempts, error)
	SetAttempt(ctx context.Context, key Hash, a Attempts) error
	ClearAttempt(ctx context.Context, key Hash) error
	// Prune removes counts untouched since attempts, and sessions that ended before ended but
	// for the last of each person, which says when he was last here.
	Prune(ctx context.Context, attempts, ended time.Time) (int64, error)
}

// Attempts is how often somebody failed, and when he may try again.
type Attempts struct {
	Failures int
	LastAt   time.Time
	NextAt   time.Time
}

// Tenants says what sort of tenant the caller is in.
type Tenants interface {
	Current(ctx context.Context) (tenancy.Tenant, error)
}
