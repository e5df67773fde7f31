package identifier

import (
	"slices"
	"strings"
	"unicode"
)

// The kinds of numbers that a company can be registered by. The first ones have names of
// their own; every other is the name of a scheme of the company's country, such as "ch.uid"
// or "gb.company".
const (
	KindUSCC  = "uscc"  // China: unified social credit code, GB 32100
	KindVAT   = "vat"   // European Union and Northern Ireland: VAT number
	KindEIN   = "ein"   // United States: employer identification number
	KindDUNS  = "duns"  // worldwide: D-U-N-S
	KindLEI   = "lei"   // worldwide: legal entity identifier, ISO 17442
	KindOther = "other" // a register that is none of these
)

var named = map[string]string{KindUSCC: "cn.uscc", KindVAT: "eu.vat", KindEIN: "us.ein", KindDUNS: "duns", KindLEI: "lei"}

// notCompanies are schemes of countries whose numbers are of goods and offices.
var notCompanies = []string{"it.aic", "eu.ecnumber", "eu.excise", "de.leitweg"}

// SchemeOf is the scheme of a kind; a register that has none is called by its kind.
func SchemeOf(kind string) string {
	if s, ok := named[kind]; ok {
		return s
	}
	return kind
}

// Known reports whether companies of a country can be known by the kind.
func Known(country, kind string) bool {
	if named[kind] != "" || kind == KindOther {
		return true
	}
	s, ok := Lookup(kind)
	return ok && s.Country == country && country != "" && !slices.Contains(notCompanies, kind)
}

// Company checks a company's number of a kind that is Known, by the country it is of.
func Company(country, kind, no string) (string, error) {
	switch s, ok := Lookup(SchemeOf(kind)); {
	case kind == KindOther:
		return other(no)
	case !ok || !Known(country, kind):
		return "", &Error{kind, Format}
	case kind == KindVAT:
		return VAT(country, no)
	case s.Country != "" && s.Country != country:
		return "", &Error{s.ID, Component}
	default:
		return s.Check(no)
	}
}

// other takes what some register may give out: three to forty characters of one line.
func other(no string) (string, error) {
	no = strings.TrimSpace(no)
	switch n := len([]rune(no)); {
	case len(no) < 3, n > 40:
		return "", &Error{KindOther, Length}
	case strings.ContainsFunc(no, func(r rune) bool { return unicode.IsControl(r) || r == unicode.ReplacementChar }):
		return "", &Error{KindOther, Format}
	}
	return no, nil
}
