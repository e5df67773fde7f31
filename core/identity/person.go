// Package identity is the people who sign in, and their sessions. Which companies they
// act for is parties' business; a session remembers the one they act for now.
package identity

import (
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// State says whether a person may sign in.
type State string

// The states of a person.
const (
	Active   State = "active"
	Disabled State = "disabled"
)

// Staff roles: people of the marketplace or the platform itself, not of a company.
const (
	StaffOperator = "operator"
	StaffPlatform = "platform"
)

// Person can sign in to one tenant.
type Person struct {
	ID           id.Person
	Email        string
	Name         string
	Locale       string
	StaffRole    string
	State        State
	PasswordHash string
	CreatedAt    time.Time
	Version      int64
}

// Email is the one spelling of an address, or "" for what is none.
func Email(s string) string {
	s = strings.ToLower(strings.TrimSpace(s))
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || len(s) > 254 || !strings.Contains(s, "@") {
		return ""
	}
	return s
}

// Name collapses white space; it answers "" for a name that is empty, endless or holds
// characters that no name has.
func Name(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if !utf8.ValidString(s) || utf8.RuneCountInString(s) > 100 || strings.ContainsFunc(s, unicode.IsControl) {
		return ""
	}
	return s
}

func checkPerson(email, name string) []fault.Field {
	var bad []fault.Field
	if Email(email) == "" {
		bad = append(bad, fault.Field{Path: "email", Reason: "malformed"})
	}
	if Name(name) == "" {
		bad = append(bad, fault.Field{Path: "name", Reason: "required"})
	}
	return bad
}
