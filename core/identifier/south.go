package identifier

import (
	"regexp"
	"strings"
)

// africaAndPacific are the registers of Africa and Oceania.
var africaAndPacific = []Scheme{
	{"au.abn", "AU", "Australian Business Number", number(11, abn)},
	{"au.acn", "AU", "Australian Company Number", number(9, func(s string) bool { return (10-weighted(s, 8, 7, 6, 5, 4, 3, 2, 1)%10)%10 == last(s) })},
	{"nz.ird", "NZ", "IRD number", ird},
	{"eg.tn", "EG", "رقم التسجيل الضريبي (tax registration number)", egyptian},
	{"ke.pin", "KE", "KRA PIN", kenyan},
	{"ma.ice", "MA", "Identifiant Commun de l'Entreprise", number(15, func(s string) bool { return mod97(s) == 0 })},
}

// abn takes one from the first digit before it weighs.
func abn(s string) bool {
	return (weighted(s, 10, 1, 3, 5, 7, 9, 11, 13, 15, 17, 19)-10)%89 == 0
}

// ird has a second set of weights for where ten comes out (Inland Revenue, Resident
// withholding tax specification, appendix).
func ird(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 8 && len(s) != 9:
		return "", Length
	case !digits(s):
		return "", Format
	case atoi(s) < 10_000_000 || atoi(s) > 150_000_000:
		return "", Component
	}
	p := pad(atoi(s), 9)
	c := (11 - weighted(p, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	if c == 10 {
		c = (11 - weighted(p, 7, 4, 3, 2, 5, 2, 7, 6)%11) % 11
	}
	if c != last(s) {
		return "", Checksum
	}
	return s, ""
}

// egyptian is written in Arabic digits as well. It has no check digit.
func egyptian(in string) (string, Reason) {
	s := compact(strings.Map(func(r rune) rune {
		switch {
		case r >= '\u0660' && r <= '\u0669':
			return '0' + r - '\u0660'
		case r >= '\u06f0' && r <= '\u06f9':
			return '0' + r - '\u06f0'
		}
		return r
	}, in))
	switch {
	case len(s) != 9:
		return "", Length
	case !digits(s):
		return "", Format
	}
	return s, ""
}

var kenyanForm = regexp.MustCompile(`^[AP]\d{9}[A-Z]$`)

// kenyan is A for a person, P for a company; how its last letter is made is not public.
func kenyan(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 11:
		return "", Length
	case !kenyanForm.MatchString(s):
		return "", Format
	}
	return s, ""
}
