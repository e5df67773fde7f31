package parties

import (
	"strings"

	"github.com/kontorhq/kontor/core/fault"
)

// The kinds of registration numbers that a company can be known by.
const (
	KindUSCC  = "uscc"  // China: unified social credit code, GB 32100
	KindVAT   = "vat"   // European Union and Northern Ireland: VAT number
	KindEIN   = "ein"   // United States: employer identification number
	KindDUNS  = "duns"  // worldwide: D-U-N-S
	KindLEI   = "lei"   // worldwide: legal entity identifier, ISO 17442
	KindOther = "other" // a register that is none of these
)

// Registration checks a company's number against the rules of its register and answers
// the spelling that is stored and compared. Check characters catch a slip of the pen; that
// the company exists is for the operator to see.
func Registration(country, kind, no string) (string, error) {
	country = strings.ToUpper(country)
	if kind == KindOther {
		clean, ok := line(no, 40)
		if !ok || len(clean) < 3 {
			return "", wrongNumber("malformed")
		}
		return clean, nil
	}
	clean := squeeze(no)
	ok := false
	switch kind {
	case KindUSCC:
		ok = country == "CN" && uscc(clean)
	case KindVAT:
		clean, ok = vat(country, clean)
	case KindEIN:
		ok = country == "US" && ein(clean)
		if ok {
			clean = clean[:2] + "-" + clean[2:]
		}
	case KindDUNS:
		ok = len(clean) == 9 && digits(clean)
	case KindLEI:
		ok = lei(clean)
	default:
		return "", ErrNumber.At(fault.Field{Path: "reg_kind", Reason: "unknown"})
	}
	if !ok {
		return "", wrongNumber("checksum")
	}
	return clean, nil
}

func wrongNumber(reason string) error {
	return ErrNumber.At(fault.Field{Path: "reg_no", Reason: reason})
}

// squeeze takes out what people put in to read a number, and writes letters large.
func squeeze(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '.', ',', ':', '/', '(', ')', '\u00a0', '\u3000':
			return -1
		}
		return r
	}, strings.TrimSpace(s)))
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

// usccAlphabet leaves out the letters that look like digits (GB 32100-2015).
const usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"

// uscc is GB 32100-2015: registration office, kind, division, organisation code, check
// character by powers of three modulo 31.
func uscc(s string) bool {
	if len(s) != 18 || !digits(s[2:8]) {
		return false
	}
	sum, weight := 0, 1
	for i := range 17 {
		v := strings.IndexByte(usccAlphabet, s[i])
		if v < 0 {
			return false
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	return s[17] == usccAlphabet[(31-sum%31)%31] && (digits(s[:1]) || s[0] == 'Y' || s[0] == 'A' || s[0] == 'N')
}

// einUnused are the prefixes that no office of the IRS has given out.
const einUnused = "00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97"

func ein(s string) bool {
	return len(s) == 9 && digits(s) && !strings.Contains(einUnused, s[:2])
}

// lei is ISO 17442: eighteen characters and two check digits by ISO 7064 MOD 97-10.
func lei(s string) bool {
	return len(s) == 20 && digits(s[18:]) && mod97(s) == 1
}

// mod97 reads letters as 10 to 35 (ISO 7064); -1 for anything else.
func mod97(s string) int {
	rest := 0
	for i := range len(s) {
		switch b := s[i]; {
		case b >= '0' && b <= '9':
			rest = (rest*10 + int(b-'0')) % 97
		case b >= 'A' && b <= 'Z':
			rest = (rest*100 + int(b-'A') + 10) % 97
		default:
			return -1
		}
	}
	return rest
}
