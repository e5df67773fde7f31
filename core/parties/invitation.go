package parties

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/money"
)

// invitationLives is how long a link of an invitation works.
const invitationLives = 72 * time.Hour

// TokenHash is a link's secret as it is stored.
type TokenHash = identity.Hash

// Invitation asks whoever reads the mail of an address to act for a company.
type Invitation struct {
	ID          id.Invitation
	Org         id.Org
	Email       string
	Roles       []string
	Unit        id.Unit
	LimitMinor  *int64
	Currency    money.Currency
	Locale      string // of the letter
	Hash        TokenHash
	InvitedBy   id.Person
	CreatedAt   time.Time
	SentAt      time.Time // the last time
	ExpiresAt   time.Time
	WithdrawnAt time.Time
	AcceptedAt  time.Time
	AcceptedBy  id.Person
}

// InvitationState is where an invitation stands.
type InvitationState string

// The states of an invitation.
const (
	InvitationOpen      InvitationState = "open"
	InvitationAccepted  InvitationState = "accepted"
	InvitationExpired   InvitationState = "expired"
	InvitationWithdrawn InvitationState = "withdrawn"
)

// State is what became of it by now.
func (i Invitation) State(now time.Time) InvitationState {
	switch {
	case !i.AcceptedAt.IsZero():
		return InvitationAccepted
	case !i.WithdrawnAt.IsZero():
		return InvitationWithdrawn
	case !now.Before(i.ExpiresAt):
		return InvitationExpired
	}
	return InvitationOpen
}

// renew gives the invitation a new token; the one in the earlier letter is dead with it.
func (i *Invitation) renew(now time.Time) (token string) {
	token, i.Hash = identity.NewToken()
	i.SentAt, i.ExpiresAt = now, now.Add(invitationLives)
	return token
}
