package access

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"net/netip"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// How long keys last, and how long an old one may work beside its successor.
const (
	usualDays  = 90
	mostDays   = 730
	MaxOverlap = 7 * 24 * time.Hour
	warnBefore = 7 * 24 * time.Hour
	maxScopes  = 200
	maxNets    = 50
)

// prefix names product and kind, so that whoever finds a key, or a scanner, knows what it is.
const prefix = "kontor_live_"

// Hash is a key as it is stored: who reads the table cannot call with it.
type Hash [32]byte

// Key is one secret of an account. PublicID is the part of it that anybody may see.
type Key struct {
	ID        id.APIKey
	PublicID  string
	Hash      Hash
	Scopes    []string
	Networks  []netip.Prefix // none: any address
	MadeBy    id.Person
	CreatedAt time.Time
	ExpiresAt time.Time
	RevokedAt time.Time
	WarnedAt  time.Time
	UsedAt    time.Time
	UsedFrom  string
}

// The states of a key.
const (
	Active  = "active"
	Expired = "expired"
	Revoked = "revoked"
)

// State is what a key is worth now.
func (k Key) State(now time.Time) string {
	switch {
	case !k.RevokedAt.IsZero():
		return Revoked
	case !now.Before(k.ExpiresAt):
		return Expired
	}
	return Active
}

// Prefix is the key's beginning, by which its owners tell it from others.
func (k Key) Prefix() string { return prefix + k.PublicID }

// From reports whether the key may be used from an address.
func (k Key) From(ip string) bool {
	if len(k.Networks) == 0 {
		return true
	}
	a, err := netip.ParseAddr(ip)
	if err != nil {
		return false
	}
	for _, n := range k.Networks {
		if n.Contains(a.Unmap().WithZone("")) {
			return true
		}
	}
	return false
}

var letters = base32.NewEncoding("abcdefghijklmnopqrstuvwxyz234567").WithPadding(base32.NoPadding)

// newSecret makes a key of 256 random bits, and its public name of 80 more.
func newSecret() (public, secret string) {
	var b [42]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand does not fail
	public = letters.EncodeToString(b[:10])
	return public, prefix + public + "_" + letters.EncodeToString(b[10:])
}

// hashOf needs no salt: the key itself is random.
func hashOf(secret string) Hash { return sha256.Sum256([]byte(secret)) }

// Is reports whether a bearer token looks like one of our keys.
func Is(token string) bool { return strings.HasPrefix(token, "kontor_") }

// publicOf is the public part of what looks like a key, or "".
func publicOf(token string) string {
	rest, ok := strings.CutPrefix(token, prefix)
	public, secret, cut := strings.Cut(rest, "_")
	if !ok || !cut || len(public) != 16 || len(secret) != 52 {
		return ""
	}
	for _, r := range public {
		if (r < 'a' || r > 'z') && (r < '2' || r > '7') {
			return ""
		}
	}
	return public
}

// networks reads a list of addresses and networks; an address is a network of one.
func networks(in []string) ([]netip.Prefix, error) {
	var out []netip.Prefix
	for _, text := range in {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		p, err := netip.ParsePrefix(text)
		if err != nil {
			a, aerr := netip.ParseAddr(text)
			if aerr != nil || a.Zone() != "" {
				return nil, ErrInvalid.At(fault.Field{Path: "networks", Reason: "malformed"})
			}
			p = netip.PrefixFrom(a.Unmap(), a.Unmap().BitLen())
		}
		if p.Addr().Is4In6() { // ::ffff:… as a network could never match
			return nil, ErrInvalid.At(fault.Field{Path: "networks", Reason: "malformed"})
		}
		out = append(out, p.Masked())
	}
	if len(out) > maxNets {
		return nil, ErrInvalid.At(fault.Field{Path: "networks", Reason: "too_many"})
	}
	return out, nil
}

// lifetime turns days into a time to live; none is the usual.
func lifetime(days int) (time.Duration, error) {
	if days == 0 {
		days = usualDays
	}
	if days < 1 || days > mostDays {
		return 0, ErrInvalid.At(fault.Field{Path: "days", Reason: "out_of_range"})
	}
	return time.Duration(days) * 24 * time.Hour, nil
}
