package notify

import (
	"encoding"
	"fmt"
	"strings"
)

// Rule says whom an event concerns.
type Rule struct {
	Event   string
	Targets []Target
}

// Target is one audience and what it is told. Choose, where set, picks the words by the
// payload; an empty choice tells nobody.
type Target struct {
	To     Audience
	Kind   string
	Choose func(Payload) string
	Link   string // "/buyer/rfqs/{rfq}", filled from the payload
	Mail   bool
	Self   bool // also tell the one who did it
	Kinds  []string
}

// kinds are all texts that the target may use.
func (t Target) kinds() []string {
	if t.Choose != nil {
		return t.Kinds
	}
	return []string{t.Kind}
}

func (t Target) kind(p Payload) string {
	if t.Choose != nil {
		return t.Choose(p)
	}
	return t.Kind
}

// Audience is who hears of something: the members of companies with a role, one person,
// or the marketplace's operators. Field names the payload's ids.
type Audience struct {
	who   who
	Field string
	Role  string
}

type who int

const (
	toMembers who = iota
	toPerson
	toOperators
)

// buyers and the like read as the table below is spoken.
func buyers(field string) Audience    { return Audience{toMembers, field, "buyer"} }
func sellers(field string) Audience   { return Audience{toMembers, field, "seller"} }
func approvers(field string) Audience { return Audience{toMembers, field, "approver"} }
func admins(field string) Audience    { return Audience{toMembers, field, "admin"} }
func person(field string) Audience    { return Audience{toPerson, field, ""} }
func operators() Audience             { return Audience{who: toOperators} }

// whom names everybody an audience means.
func (a Audience) whom(p Payload) ([]Whom, error) {
	if a.who == toOperators {
		return []Whom{{}}, nil
	}
	var out []Whom
	for _, text := range p.ids(a.Field) {
		w := Whom{Role: a.Role}
		to := encoding.TextUnmarshaler(&w.Org)
		if a.who == toPerson {
			to = &w.Person
		}
		if err := to.UnmarshalText([]byte(text)); err != nil {
			return nil, fmt.Errorf("%s: %w", a.Field, err)
		}
		out = append(out, w)
	}
	return out, nil
}

// Payload is an event's data, flat: every text and number under its key, an amount as
// "1250.50 CNY", a list of ids as it is.
type Payload struct {
	Values map[string]string
	Lists  map[string][]string
}

// ids are the identifiers under a field, one or many.
func (p Payload) ids(field string) []string {
	if l, ok := p.Lists[field]; ok {
		return l
	}
	if v := p.Values[field]; v != "" {
		return []string{v}
	}
	return nil
}

// fill puts values into {placeholders}.
func fill(text string, values map[string]string) string {
	if !strings.Contains(text, "{") {
		return text
	}
	pairs := make([]string, 0, 2*len(values))
	for k, v := range values {
		pairs = append(pairs, "{"+k+"}", v)
	}
	return strings.NewReplacer(pairs...).Replace(text)
}
