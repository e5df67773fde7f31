package identifier

import (
	"slices"
	"strings"
)

// memberNumbers are the member states in three digits (ISO 3166-1 numeric), as the
// one-stop shop's numbers name the state of registration.
var memberNumbers = []string{
	"040", "056", "100", "191", "196", "203", "208", "233", "246", "250", "276", "300", "348", "372", "380", "428", "440", "442",
	"470", "528", "616", "620", "642", "703", "705", "724", "752", "900", // 900: not established in the Union
}

// oss is EU and a member state for who is outside the Union, IM for who imports. The state
// gives out the rest; nobody publishes how its last digit is made.
func oss(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) < 2:
		return "", Length
	case s[:2] != "EU" && s[:2] != "IM":
		return "", Component
	case s[:2] == "EU" && len(s) != 11, s[:2] == "IM" && len(s) != 12:
		return "", Length
	case !digits(s[2:]):
		return "", Format
	case !slices.Contains(memberNumbers, s[2:5]):
		return "", Component
	}
	return s, ""
}

// excise is the member state and eleven characters of its own making; zeros in front of
// them may be left out.
func excise(in string) (string, Reason) {
	s := compact(in)
	if len(s) < 4 || len(s) > 13 {
		return "", Length
	}
	prefix, body := s[:2], s[2:]
	if prefix == "GR" {
		prefix = "EL"
	}
	if _, ok := vatRules[prefix]; !ok || prefix == "EU" {
		return "", Component
	}
	if !within(body, alnums) {
		return "", Format
	}
	return s[:2] + strings.Repeat("0", 11-len(body)) + body, ""
}
