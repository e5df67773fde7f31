package access

import (
	"context"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
)

// No key makes, changes or reads what gives or proves rights: who found one must not be
// able to stay. Messages and the consoles are for eyes.
var (
	neverAreas = []string{"identity", "access", "console", "mail", "notify", "site", "sso", "tenancy"}
	neverNouns = []string{"person", "people", "session", "key", "account", "role", "grant", "delegation", "invitation", "passkey", "support", "assignment"}
)

// Keyable reports whether an action may be a scope at all.
func Keyable(action string) bool {
	parts := strings.Split(action, ".")
	if len(parts) < 2 || slices.Contains(neverAreas, parts[0]) {
		return false
	}
	for _, p := range parts[1 : len(parts)-1] {
		if slices.Contains(neverNouns, p) {
			return false
		}
	}
	last := parts[len(parts)-1]
	switch strings.Join(parts[:len(parts)-1], ".") {
	case "parties.member":
		return last == "read"
	case "parties.org":
		return last != "register" // it brings people
	case "plugin":
		return last == "read"
	}
	return true
}

// Scopes are what a key of an account may be made for by this caller: what he may do
// himself, the account's roles allow, and any key may do.
func (s *Service) Scopes(ctx context.Context, a Account) ([]string, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	if !a.Connection.IsZero() {
		return slices.Clone(DirectoryScopes), nil
	}
	out := []string{}
	for _, do := range s.Actions.Actions(ctx) {
		text := string(do)
		if Keyable(text) && s.Roles.Can(ctx, do) && s.Roles.Can(caller.With(ctx, a.caller(c.Tenant, []string{text})), do) {
			out = append(out, text)
		}
	}
	return out, nil
}

// held refuses a scope that the caller may not hand out.
func (s *Service) held(ctx context.Context, a Account, scopes []string) error {
	if len(scopes) == 0 || len(scopes) > maxScopes {
		return ErrInvalid.At(fault.Field{Path: "scopes", Reason: "required"})
	}
	mine, err := s.Scopes(ctx, a)
	if err != nil {
		return err
	}
	for _, want := range scopes {
		if !slices.Contains(mine, want) {
			return ErrScope.With("scope", want).At(fault.Field{Path: "scopes", Reason: "unknown"})
		}
	}
	return nil
}
