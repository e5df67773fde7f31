package parties

import (
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Representation is a person of one side who may act for a company of the other, once that
// company has agreed and until it changes its mind.
type Representation struct {
	ID          id.Representation
	Person      id.Person
	Name, Email string
	Account     id.Org
	AccountName string
	Employer    id.Org // none is the marketplace
	Firm        string
	Note        string
	AskedBy     id.Person
	AskedAt     time.Time
	Scope       []string
	ConsentedBy id.Person
	ConsentedAt time.Time
	Until       time.Time
	EndedBy     id.Person
	EndedAt     time.Time
}

// RepresentationState is where it stands.
type RepresentationState string

// The states of a representation.
const (
	RepresentationAsked   RepresentationState = "asked"
	RepresentationAgreed  RepresentationState = "agreed"
	RepresentationExpired RepresentationState = "expired"
	RepresentationEnded   RepresentationState = "ended"
)

// State is what became of it by now.
func (r Representation) State(now time.Time) RepresentationState {
	switch {
	case !r.EndedAt.IsZero():
		return RepresentationEnded
	case r.ConsentedAt.IsZero():
		return RepresentationAsked
	case !now.Before(r.Until):
		return RepresentationExpired
	}
	return RepresentationAgreed
}

// What a company can let a representative do. Each is a role that reaches no further: none
// of them pays, releases, receives, approves or administers.
const (
	ScopeLook  = "agent_look"  // see requests, carts and orders
	ScopeQuote = "agent_quote" // write requests for quotation
	ScopeOrder = "agent_order" // fill the cart and order
)

// Scopes are all of them, each with what it brings along.
var Scopes = []string{ScopeLook, ScopeQuote, ScopeOrder}

// consentMost is how long a consent lasts at most; it is then asked for anew.
const consentMost = 366 * 24 * time.Hour

// consent lets the representative act from now until the end of a day.
func (r *Representation) consent(scope []string, until, now time.Time, by id.Person) error {
	switch r.State(now) {
	case RepresentationEnded:
		return ErrRepresentationEnded
	case RepresentationAsked, RepresentationAgreed, RepresentationExpired:
	}
	for _, s := range scope {
		if !slices.Contains(Scopes, s) {
			return ErrScope
		}
	}
	if len(scope) == 0 {
		return ErrScope
	}
	if !until.After(now) || until.Sub(now) > consentMost {
		return ErrUntil
	}
	r.Scope, r.Until, r.ConsentedBy, r.ConsentedAt = scope, until, by, now
	return nil
}

// member is what a consent makes of the representative.
func (r Representation) member(limit *int64, cur money.Currency, now time.Time) Member {
	return Member{Org: r.Account, Person: r.Person, Roles: r.Scope, LimitMinor: limit, Currency: cur, CreatedAt: now, Representation: r.ID, Until: r.Until}
}
