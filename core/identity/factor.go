package identity

import (
	"crypto/rand"
	"encoding/base32"
	"strings"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"
	"github.com/pquerna/otp/totp"

	"github.com/kontorhq/kontor/core/id"
)

// Factor is a person's code generator (RFC 6238). Its secret is sealed.
type Factor struct {
	Person      id.Person
	Sealed      []byte
	CreatedAt   time.Time
	ConfirmedAt time.Time // zero until a first code was right
	Left        int       // recovery codes
	Passkeys    int       // that he has beside it
}

// On reports whether sign-in asks for it.
func (f Factor) On() bool { return !f.ConfirmedAt.IsZero() }

// Begun reports whether there is a code generator at all, confirmed or not.
func (f Factor) Begun() bool { return len(f.Sealed) > 0 }

// Any reports whether the person has a second factor of whichever kind.
func (f Factor) Any() bool { return f.On() || f.Passkeys > 0 }

// Enrolment is what an authenticator app is given.
type Enrolment struct{ Secret, URI string }

// Pending is somebody whose password was right and whose code is still to come.
type Pending struct {
	Person    id.Person
	Version   int64 // of the person: a new password ends what the old one began
	ExpiresAt time.Time
	Tries     int
	Via       id.SSOConnection // that vouched for him in the password's place
	Org       id.Org           // of that connection
}

// How second steps go.
const (
	pendingFor    = 10 * time.Minute
	pendingTries  = 5
	stepSeconds   = 30
	recoveryCodes = 10
)

var plain32 = base32.StdEncoding.WithPadding(base32.NoPadding)

func enrolment(issuer, account, secret string) (Enrolment, error) {
	raw, err := plain32.DecodeString(secret)
	if err != nil {
		return Enrolment{}, err
	}
	k, err := totp.Generate(totp.GenerateOpts{Issuer: issuer, AccountName: account, Secret: raw, Period: stepSeconds})
	if err != nil {
		return Enrolment{}, err
	}
	return Enrolment{Secret: secret, URI: k.URL()}, nil
}

func newSecret() string {
	b := make([]byte, 20)
	rand.Read(b) //nolint:errcheck // crypto/rand does not fail
	return plain32.EncodeToString(b)
}

// stepOf finds the step of time that a code belongs to: now, the one before or the one
// after, for clocks that differ.
func stepOf(secret, code string, now time.Time) (step int64, ok bool) {
	if len(code) != 6 {
		return 0, false
	}
	at := now.Unix() / stepSeconds
	for _, s := range []int64{at, at - 1, at + 1} {
		right, err := hotp.ValidateCustom(code, uint64(s), secret, hotp.ValidateOpts{Digits: otp.DigitsSix, Algorithm: otp.AlgorithmSHA1}) //nolint:gosec // time is positive
		if err == nil && right {
			return s, true
		}
	}
	return 0, false
}

// newRecovery makes the codes, as people see them, and their hashes. Each has 80 random
// bits, so that the hash needs no salt.
func newRecovery() (shown []string, hashes []Hash) {
	for range recoveryCodes {
		b := make([]byte, 10)
		rand.Read(b) //nolint:errcheck // crypto/rand does not fail
		c := plain32.EncodeToString(b)
		hashes = append(hashes, HashToken(c))
		shown = append(shown, c[:4]+"-"+c[4:8]+"-"+c[8:12]+"-"+c[12:])
	}
	return shown, hashes
}

// tidy is a code without what people put between its letters.
func tidy(code string) string {
	if len(code) > 64 {
		return ""
	}
	return strings.ToUpper(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code))
}
