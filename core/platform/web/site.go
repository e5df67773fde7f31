package web

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// The states of a tenant that the edge honours. Any other state is treated as suspended:
// a shop nobody has opened yet must not answer.
const (
	StateActive   = "active"
	StateReadOnly = "read_only"
	StateClosing  = "closing" // winding down: people may read and fetch their data
)

// Site is what the edge needs to know of a tenant: its address, its tongue, its dress.
type Site struct {
	Tenant        id.Tenant
	Slug          string
	Host          string // canonical: lower case, no port, no trailing dot, punycode
	Kind          string
	Name          map[string]string // by locale
	Locales       []string
	DefaultLocale string
	Currency      string
	TimeZone      string
	Theme         string
	Revision      string   // changes when theme, branding or settings do; part of every cache key
	LoginRequired bool     // a private portal: visitors see the sign-in page and nothing else
	FactorRoles   []string // whose holders need a second factor before they do anything
	State         string
	Settings      map[string]any

	Elsewhere string        // address of the cell that it is in, where that is not this one
	Believed  time.Duration // how long all this is, where that is not the usual time
}

// Title is the site's name in a locale, or in its own first one.
func (s Site) Title(locale string) string {
	for _, l := range []string{locale, s.DefaultLocale} {
		if n := s.Name[l]; n != "" {
			return n
		}
	}
	return s.Slug
}

// Speaks reports whether the tenant offers a locale.
func (s Site) Speaks(locale string) bool { return slices.Contains(s.Locales, locale) }

func (s Site) readable() bool {
	return s.Elsewhere == "" && (s.State == StateActive || s.State == StateReadOnly || s.State == StateClosing)
}

func (s Site) writable() bool { return s.State == StateActive }

// ErrUnknownHost is what Sites answers for a host that is nobody's.
var ErrUnknownHost = fault.New(fault.NotFound, "http.unknown_host", "There is nothing at this address.").
	Then("Check the address.")

// Sites finds the tenant of a canonical host; tenancy implements it. A host that is
// nobody's is ErrUnknownHost (any NotFound fault will do). Answers are kept for two
// seconds, so a suspension bites at once.
type Sites interface {
	ByHost(ctx context.Context, host string) (Site, error)
}

// Sessions turns the token of a cookie or Authorization header into a caller of this
// site; identity implements it. A token that is unknown, expired or another tenant's is
// an Unauthenticated fault. Locale, RequestID and IP are filled in by the edge.
type Sessions interface {
	Resolve(ctx context.Context, site Site, token string) (caller.Caller, error)
}
