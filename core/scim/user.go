package scim

import (
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/identity"
)

// said is what a user's document comes to here.
type said struct {
	userName string // in small letters
	external string
	address  string
	emails   []string
	name     string
	locale   string
	active   bool
}

// read takes out of a document what matters here.
func (d Doc) said() (said, error) {
	out := said{userName: strings.ToLower(d.str("userName")), external: d.str("externalId"), active: true, locale: d.str("preferredLanguage")}
	if out.userName == "" || len(out.userName) > 254 {
		return out, ErrValue.With("attribute", "userName")
	}
	if a, ok := d["active"].(bool); ok {
		out.active = a
	}
	out.address = identity.Email(out.userName)
	rank := 0
	for _, e := range d.values("emails") {
		v, _ := e["value"].(string)
		a := identity.Email(v)
		if a == "" {
			return out, ErrValue.With("attribute", "emails")
		}
		out.emails = append(out.emails, a)
		r := 1
		if t, _ := e["type"].(string); strings.EqualFold(t, "work") {
			r = 2
		}
		if e["primary"] == true {
			r = 3
		}
		if r > rank {
			out.address, rank = a, r
		}
	}
	if out.address == "" {
		return out, ErrValue.With("attribute", "emails")
	}
	slices.Sort(out.emails)
	out.emails = slices.Compact(out.emails)
	out.name = d.fullName(out.address)
	return out, nil
}

// fullName is how the person is called; an address has a beginning for want of better.
func (d Doc) fullName(address string) string {
	n := map[string]any{}
	if m, ok := d["name"].(map[string]any); ok {
		n = m
	}
	part := func(k string) string { s, _ := n[k].(string); return s }
	local, _, _ := strings.Cut(address, "@")
	for _, s := range []string{d.str("displayName"), part("formatted"), part("givenName") + " " + part("familyName"), local} {
		if s = identity.Name(s); s != "" {
			return s
		}
	}
	return "—"
}
