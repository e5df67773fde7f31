package tenancy

import (
	"crypto/rand"
	"encoding/base64"
	"net/netip"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/publicsuffix"

	"github.com/kontorhq/kontor/core/id"
)

// ClaimState is how far a claim to an address has come.
type ClaimState string

// The states of a claim. A verified address whose proof has been gone for days lapses: it
// answers no more, and comes back when the proof does.
const (
	ClaimPending   ClaimState = "pending"
	ClaimVerified  ClaimState = "verified"
	ClaimLapsed    ClaimState = "lapsed"
	ClaimWithdrawn ClaimState = "withdrawn"
)

// HostClaim is an address that a tenant says is its own. The proof is a TXT record that
// only who holds the domain can write.
type HostClaim struct {
	ID         id.HostClaim
	Host       string
	Token      string // of this tenant, this host and this attempt alone
	State      ClaimState
	CreatedAt  time.Time
	CheckedAt  time.Time // zero: never
	VerifiedAt time.Time
	Failures   int    // days in a row without the proof
	Found      string // what the record said when it was last looked at
	Version    int64
}

const (
	// recheckEvery is how often a verified address has to prove itself again, and LapseAfter
	// the failure at which it ends: a provider's bad day closes no market.
	recheckEvery = 24 * time.Hour
	LapseAfter   = 3
	// maxClaims bounds what one tenant may have us look up.
	maxClaims = 20
)

// HeldFor is how long a name that was given up is kept from everybody else.
const HeldFor = 30 * 24 * time.Hour

// Record is the name and the text of the TXT record that proves the claim.
func (c HostClaim) Record() (name, text string) {
	return "_kontor." + c.Host, "kontor-host=" + c.Token
}

// proven reports whether a domain's TXT records hold the claim's proof.
func (c HostClaim) proven(txt []string) bool {
	_, want := c.Record()
	return slices.ContainsFunc(txt, func(s string) bool { return strings.TrimSpace(s) == want })
}

// newToken has 256 random bits, so that nobody writes another's record ahead of time.
func newToken() string {
	var b [32]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand does not fail
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// reserved are names below the platform's own domain that no market gets: people would
// take them for the platform's.
var reserved = []string{
	"account", "accounts", "admin", "api", "app", "assets", "auth", "billing", "blog", "cdn", "console", "dashboard", "demo", "dev", "dns", "docs", "files",
	"ftp", "help", "hostmaster", "imap", "internal", "kontor", "login", "mail", "media", "metrics", "mx", "ns", "ns1", "ns2", "ops", "pay", "payments",
	"platform", "pop", "postmaster", "root", "secure", "security", "signin", "signup", "smtp", "sso", "staging", "static", "status", "support", "test", "webmaster", "www",
}

// below is the name directly under the platform's domain that a host uses, if it does.
func below(host, base string) (label string, ok bool) {
	rest, ok := strings.CutSuffix(host, "."+base)
	if !ok || base == "" {
		return "", false
	}
	return rest[strings.LastIndexByte(rest, '.')+1:], true
}

// OwnDomain is the one spelling of a domain that somebody may say is his own: none of the
// machine, no public suffix.
func OwnDomain(asked string) (string, error) { return claimable(asked, "") }

// claimable is the one spelling of a host that somebody may claim, or why he may not.
func claimable(asked, base string) (string, error) {
	host := CanonicalHost(asked)
	_, notIP := netip.ParseAddr(host)
	switch _, err := publicsuffix.EffectiveTLDPlusOne(host); {
	case host == "" || !strings.Contains(host, ".") || notIP == nil || err != nil || strings.ContainsRune(asked, ':'):
		return "", ErrHostMalformed
	}
	if _, ours := below(host, base); ours || host == base {
		return "", ErrHostReserved.With("host", host)
	}
	return host, nil
}
