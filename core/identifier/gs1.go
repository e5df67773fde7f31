package identifier

import (
	"strings"
)

// element is one application identifier of GS1: how long its value is, of which
// characters, and whether a check digit ends it.
type element struct {
	ai       string
	min, max int
	digits   bool
	check    bool
	count    bool // a number, stored without leading zeros
}

// elements are those that stand on consignments and packs of traded goods (GS1 General
// Specifications, figure 3.2-1).
var elements = []element{
	{"00", 18, 18, true, true, false},
	{"01", 14, 14, true, true, false},
	{"02", 14, 14, true, true, false},
	{"10", 1, 20, false, false, false},
	{"11", 6, 6, true, false, false},
	{"12", 6, 6, true, false, false},
	{"13", 6, 6, true, false, false},
	{"15", 6, 6, true, false, false},
	{"16", 6, 6, true, false, false},
	{"17", 6, 6, true, false, false},
	{"20", 2, 2, true, false, false},
	{"21", 1, 20, false, false, false},
	{"22", 1, 20, false, false, false},
	{"240", 1, 30, false, false, false},
	{"241", 1, 30, false, false, false},
	{"250", 1, 30, false, false, false},
	{"251", 1, 30, false, false, false},
	{"30", 1, 8, true, false, true},
	{"37", 1, 8, true, false, true},
	{"400", 1, 30, false, false, false},
	{"401", 1, 30, false, false, false},
	{"402", 17, 17, true, true, false},
	{"403", 1, 30, false, false, false},
	{"410", 13, 13, true, true, false},
	{"411", 13, 13, true, true, false},
	{"412", 13, 13, true, true, false},
	{"413", 13, 13, true, true, false},
	{"414", 13, 13, true, true, false},
	{"415", 13, 13, true, true, false},
	{"420", 1, 20, false, false, false},
}

// fnc1 ends a value that may be longer; scanners send it as this character.
const fnc1 = "\x1d"

// gs1Elements reads an element string with its brackets or without; without them a value
// goes on to its longest, to the separator or to the end. It answers the string as it is
// printed without separators: every value but the last filled up with blanks.
func gs1Elements(in string) (string, Reason) {
	rest, out := strings.TrimSpace(in), ""
	for rest != "" {
		e, bracket, ok := elementOf(rest)
		if !ok {
			return "", Component
		}
		rest = rest[len(e.ai):]
		if bracket {
			rest = rest[2:]
		}
		value := rest[:min(e.end(rest), len(rest))]
		rest = strings.TrimPrefix(rest[len(value):], fnc1)
		value = strings.TrimRight(value, " ")
		if why := e.wrong(value); why != "" {
			return "", why
		}
		if e.count {
			if value = strings.TrimLeft(value, "0"); value == "" {
				value = "0"
			}
		}
		out += e.ai + value
		if rest != "" {
			out += strings.Repeat(" ", e.max-len(value))
		}
	}
	if out == "" {
		return "", Length
	}
	return out, ""
}

func elementOf(s string) (e element, bracket, ok bool) {
	for _, e := range elements {
		if strings.HasPrefix(s, e.ai) {
			return e, false, true
		}
		if strings.HasPrefix(s, "("+e.ai+")") {
			return e, true, true
		}
	}
	return element{}, false, false
}

// end is where the value ends.
func (e element) end(s string) int {
	end := e.max
	for _, mark := range []string{fnc1, "("} {
		if i := strings.Index(s, mark); i >= 0 && i < end {
			end = i
		}
	}
	return end
}

func (e element) wrong(v string) Reason {
	switch {
	case len(v) < e.min || len(v) > e.max:
		return Length
	case e.digits && !digits(v):
		return Format
	case strings.ContainsFunc(v, func(r rune) bool { return r < '!' || r > 'z' }):
		return Format
	case e.check && !gs1(v):
		return Checksum
	}
	return ""
}
