package identity

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// Token is a letter's secret that stands for a password once.
type Token struct {
	Person    id.Person
	Kind      string
	CreatedAt time.Time
	ExpiresAt time.Time
}

// What a token lets its holder do: choose a new password, or come in without one.
const (
	TokenReset = "reset"
	TokenLink  = "link"
)

// They are short: whoever asks waits for the letter.
const (
	resetLives = 30 * time.Minute
	linkLives  = 15 * time.Minute
)

// Dead is what is said of a link that is used, too old or nobody's.
func Dead(kind string) error {
	if kind == TokenLink {
		return ErrLink
	}
	return ErrResetLink
}

// TokenMax is more than any token of ours has; what is longer is nobody's.
const TokenMax = 64
