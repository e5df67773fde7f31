// Package parties is the companies that trade: how they register and are admitted, who
// acts for them and up to what limit, their departments, cost centres, licences and
// addresses.
package parties

import (
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identifier"
)

// State is where a company stands with the marketplace.
type State string

// The states of a company.
const (
	Submitted State = "submitted"
	Approved  State = "approved"
	Rejected  State = "rejected"
	Suspended State = "suspended"
)

// decisions are what an operator may decide about a company in each state.
var decisions = map[State][]State{
	Submitted: {Approved, Rejected},
	Approved:  {Suspended},
	Rejected:  {Approved},
	Suspended: {Approved, Rejected},
}

// Org is a company: a buyer, a seller or both.
type Org struct {
	ID           id.Org
	Name         string // in Latin script
	NameLocal    string // in its own, if another
	Country      string // ISO 3166-1 alpha-2
	RegKind      string
	RegNo        string
	City         string
	Address      string
	About        map[string]string // by locale
	Buys         bool
	Sells        bool
	State        State
	DecidedBy    id.Person
	DecidedAt    time.Time
	DecisionNote string
	Account      Account // where it is paid
	CreatedAt    time.Time
	Version      int64
}

// Account is where a company is paid: sealed, with what may be shown of it.
type Account struct {
	Shown  string // "DE89 •••• 3000"; "" where there is none
	Sealed []byte
	Index  []byte // equal for equal accounts of the marketplace
	plain  string // of a row that an earlier version wrote, until it is sealed
}

// Plain is an account as an earlier version kept it.
func Plain(iban string) Account {
	if iban == "" {
		return Account{}
	}
	return Account{Shown: identifier.Shown(iban), plain: iban}
}

// decide moves the company to a state, with the reason that it will read.
func (o *Org) decide(to State, note string, by id.Person, now time.Time) error {
	switch {
	case !slices.Contains(decisions[o.State], to):
		return ErrDecided.With("state", o.State).With("to", to)
	case to != Approved && strings.TrimSpace(note) == "":
		return ErrNote
	}
	o.State, o.DecisionNote, o.DecidedBy, o.DecidedAt = to, strings.TrimSpace(note), by, now
	return nil
}

// OrgInput is what a company tells about itself.
type OrgInput struct {
	Name      string
	NameLocal string
	Country   string
	RegKind   string
	RegNo     string
	City      string
	Address   string
	About     map[string]string
	Buys      bool
	Sells     bool
	IBAN      string
	AlsoKind  string // of a second number
	AlsoNo    string
	Facts     map[string]string // what the application tells beside
}

// normal cleans the input and collects every problem. Identifiers take the spelling in
// which they are compared, so that blanks and dashes hide no duplicate.
func (in OrgInput) normal() (OrgInput, error) {
	var bad []fault.Field
	add := func(path, reason string) { bad = append(bad, fault.Field{Path: path, Reason: reason}) }
	in.Country = strings.ToUpper(strings.TrimSpace(in.Country))
	for path, v := range map[string]*string{"name": &in.Name, "name_local": &in.NameLocal, "city": &in.City, "address": &in.Address} {
		clean, ok := line(*v, 200)
		if !ok {
			add(path, "malformed")
		}
		*v = clean
	}
	if in.Name == "" {
		add("name", "required")
	}
	if len(in.Country) != 2 || strings.Trim(in.Country, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
		add("country", "unknown")
	}
	if !in.Buys && !in.Sells {
		add("buys", "required")
	}
	no, err := Registration(in.Country, in.RegKind, in.RegNo)
	if err != nil {
		bad = append(bad, fault.From(err).Fields...)
	}
	in.RegNo = no
	if in.IBAN, err = optionalIBAN(in.IBAN); err != nil {
		bad = append(bad, fault.From(err).Fields...)
	}
	bad = append(bad, in.also()...)
	for l, text := range in.About {
		if utf8.RuneCountInString(text) > 2000 || !utf8.ValidString(text) || strings.ContainsRune(text, 0) {
			add("about."+l, "too_long")
		}
	}
	if len(bad) > 0 {
		slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
		return in, ErrInvalid.At(bad...)
	}
	return in, nil
}

func optionalIBAN(s string) (string, error) {
	if strings.TrimSpace(s) == "" {
		return "", nil
	}
	return IBAN(s)
}

// line is one line of text without blanks around it; false for what is too long or holds
// characters that print nothing.
func line(s string, most int) (string, bool) {
	if !utf8.ValidString(s) {
		return "", false
	}
	s = strings.TrimSpace(s)
	return s, utf8.RuneCountInString(s) <= most && !strings.ContainsFunc(s, unicode.IsControl)
}
