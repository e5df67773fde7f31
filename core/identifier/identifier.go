// Package identifier knows the numbers by which companies, accounts and goods are known
// in their registers, and checks each by the algorithm of its own register: what a slip
// of the pen or a transposed digit would make of it is refused. That somebody bears the
// number is for the register to say.
package identifier

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Reason is why a number cannot be right.
type Reason string

// The reasons, in the order in which they are looked for.
const (
	Length    Reason = "length"    // too many or too few characters
	Format    Reason = "format"    // a character where none of its kind can stand
	Component Reason = "component" // a part names what does not exist: a country, an office, a year
	Checksum  Reason = "checksum"  // the check digit says otherwise
)

// Error refuses a number.
type Error struct {
	Scheme string
	Reason Reason
}

// Error says it for the log; people read the text of their language.
func (e *Error) Error() string { return fmt.Sprintf("identifier: %s: %s", e.Scheme, e.Reason) }

// ReasonOf is why Check refused; "" for nil.
func ReasonOf(err error) Reason {
	if e, ok := err.(*Error); ok { //nolint:errorlint // Check returns it bare
		return e.Reason
	}
	return ""
}

// Scheme is one kind of number. Country is where it is given out, ISO 3166-1 alpha-2, "EU"
// for the Union's own and "" for the world's.
type Scheme struct {
	ID      string
	Country string
	Name    string
	check   check
}

// check answers the canonical spelling, or why there is none.
type check func(string) (string, Reason)

// longest is more than any number is long; what is longer is not even read.
const longest = 100

// Check answers the one spelling in which a number is stored and compared.
func (s Scheme) Check(in string) (string, error) {
	if len(in) > longest {
		return "", &Error{s.ID, Length}
	}
	if !utf8.ValidString(in) {
		return "", &Error{s.ID, Format}
	}
	out, why := s.check(in)
	if why != "" {
		return "", &Error{s.ID, why}
	}
	return out, nil
}

// Check is the scheme's of that name. A scheme that nobody knows refuses every number.
func Check(scheme, in string) (string, error) {
	s, ok := Lookup(scheme)
	if !ok {
		return "", &Error{scheme, Format}
	}
	return s.Check(in)
}

// Lookup finds a scheme by its name, such as "cn.uscc".
func Lookup(scheme string) (Scheme, bool) {
	s, ok := byID[scheme]
	return s, ok
}

// Schemes are all of them, by name.
func Schemes() []Scheme { return slices.Clone(all) }

var all, byID = registry()

func registry() ([]Scheme, map[string]Scheme) {
	list := slices.Concat(worldwide, goods, banks, union, memberStates(), europe, america, asia, africaAndPacific)
	slices.SortFunc(list, func(a, b Scheme) int { return strings.Compare(a.ID, b.ID) })
	by := make(map[string]Scheme, len(list))
	for _, s := range list {
		by[s.ID] = s
	}
	return list, by
}
