package identity

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"

	"github.com/kontorhq/kontor/core/fault"
)

// Cost is what one password costs to try. OWASP's floor for argon2id is 19 MiB and two
// passes; more memory and one pass hurts a guesser's graphics card more.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
	Threads   uint8
}

// DefaultCost takes about a tenth of a second on one core.
var DefaultCost = Cost{MemoryKiB: 64 << 10, Passes: 1, Threads: 1}

// Passwords hashes and compares, on half of the cores at most: a crowd at the door must not
// eat the memory and the cores that checkouts need (trust.md S33). Who waits longer than
// the request lives is told that it is crowded.
type Passwords struct {
	cost   Cost
	slots  chan struct{}
	dummy  string
	derive func(password, salt []byte, passes, memoryKiB uint32, threads uint8, length uint32) []byte
}

// NewPasswords makes the hasher; the zero Cost is DefaultCost.
func NewPasswords(c Cost) *Passwords {
	if c == (Cost{}) {
		c = DefaultCost
	}
	p := &Passwords{cost: c, slots: make(chan struct{}, max(1, runtime.GOMAXPROCS(0)/2)), derive: argon2.IDKey}
	p.dummy = p.phc(make([]byte, 16), make([]byte, 32)) // a key of no password: to make one would cost every start a hash
	return p
}

// Hash is the PHC string of a password.
func (p *Passwords) Hash(ctx context.Context, password string) (string, error) {
	if err := p.enter(ctx); err != nil {
		return "", err
	}
	defer p.leave()
	salt := make([]byte, 16)
	rand.Read(salt) //nolint:errcheck // crypto/rand does not fail
	return p.encode(password, salt), nil
}

// Matches compares a password with a stored hash. With no hash it does the same work and
// says no, so that a stranger's address takes as long as a member's.
func (p *Passwords) Matches(ctx context.Context, password, hash string) (bool, error) {
	if err := p.enter(ctx); err != nil {
		return false, err
	}
	defer p.leave()
	known := hash != ""
	if !known {
		hash = p.dummy
	}
	c, salt, want, err := decode(hash)
	if err != nil {
		return false, err
	}
	got := p.derive([]byte(password), salt, c.Passes, c.MemoryKiB, c.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1 && known, nil
}

func (p *Passwords) enter(ctx context.Context) error {
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ErrCrowded.Because(ctx.Err())
	}
}

func (p *Passwords) leave() { <-p.slots }

var b64 = base64.RawStdEncoding

func (p *Passwords) encode(password string, salt []byte) string {
	return p.phc(salt, p.derive([]byte(password), salt, p.cost.Passes, p.cost.MemoryKiB, p.cost.Threads, 32))
}

func (p *Passwords) phc(salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, p.cost.MemoryKiB, p.cost.Passes, p.cost.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(key))
}

func decode(hash string) (c Cost, salt, key []byte, err error) {
	parts := strings.Split(hash, "$")
	var version int
	if len(parts) != 6 || parts[1] != "argon2id" {
		return c, nil, nil, errHash
	}
	if _, err = fmt.Sscanf(parts[2], "v=%d", &version); err != nil || version != argon2.Version {
		return c, nil, nil, errHash
	}
	if _, err = fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.MemoryKiB, &c.Passes, &c.Threads); err != nil || c.Passes == 0 || c.Threads == 0 || c.MemoryKiB > 1<<20 {
		return c, nil, nil, errHash
	}
	if salt, err = b64.DecodeString(parts[4]); err != nil {
		return c, nil, nil, errHash
	}
	if key, err = b64.DecodeString(parts[5]); err != nil || len(key) < 16 {
		return c, nil, nil, errHash
	}
	return c, salt, key, nil
}

// The bounds of a password: long ones are safe, endless ones are an attack (ASVS 6.2).
const (
	passwordMin = 12
	passwordMax = 128
)

// common are long passwords that every guesser tries first.
var common = []string{"password", "passw0rd", "qwerty", "123456", "abcdef", "letmein", "welcome", "iloveyou", "admin", "woaini", "111111", "000000", "888888", "asdfgh", "1q2w3e"}

// CheckPassword refuses what is too short, or mostly a word that others would guess: a
// common password, the person's own address or name.
func CheckPassword(password, email, name string) error {
	n := utf8.RuneCountInString(password)
	switch {
	case n < passwordMin:
		return ErrPassword.At(fault.Field{Path: "password", Reason: "too_short", Detail: fmt.Sprintf("at least %d characters", passwordMin)})
	case n > passwordMax || !utf8.ValidString(password):
		return ErrPassword.At(fault.Field{Path: "password", Reason: "too_long", Detail: fmt.Sprintf("at most %d characters", passwordMax)})
	}
	local, _, _ := strings.Cut(strings.ToLower(email), "@")
	rest := strings.ToLower(password)
	for _, w := range append([]string{local, strings.ToLower(name)}, common...) {
		if len(w) >= 4 {
			rest = strings.ReplaceAll(rest, w, "")
		}
	}
	if distinct(rest) < 4 {
		return ErrPassword.At(fault.Field{Path: "password", Reason: "guessable", Detail: "this is one of the first that others try"})
	}
	return nil
}

func distinct(s string) int {
	seen := map[rune]bool{}
	for _, r := range s {
		seen[r] = true
	}
	return len(seen)
}
