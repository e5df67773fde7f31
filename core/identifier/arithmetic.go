package identifier

import (
	"strings"
)

// compact takes out what people put in to read a number, and writes letters large.
func compact(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '.', ',', ':', '/', '(', ')', '\t', '\u00a0', '\u2010', '\u2011', '\u2012', '\u2013', '\u2014', '\u2212', '\u3000':
			return -1
		}
		return r
	}, s))
}

func digits(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }

const (
	capitals = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	alnums   = "0123456789" + capitals
)

func within(s, set string) bool { return strings.Trim(s, set) == "" }

func last(s string) int { return int(s[len(s)-1] - '0') }

func atoi(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// number is a check of so many digits.
func number(n int, ok func(string) bool) check {
	return func(in string) (string, Reason) {
		s := compact(in)
		switch {
		case len(s) != n:
			return "", Length
		case !digits(s):
			return "", Format
		case !ok(s):
			return "", Checksum
		}
		return s, ""
	}
}

// weighted is the sum of digits times weights; the shorter of the two ends it.
func weighted(s string, weights ...int) int {
	sum := 0
	for i, w := range weights {
		if i < len(s) {
			sum += int(s[i]-'0') * w
		}
	}
	return sum
}

// luhn doubles every second digit from the right (ISO/IEC 7812-1, annex B).
func luhn(s string) bool {
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// mod1110 is ISO 7064 MOD 11,10.
func mod1110(s string) bool {
	p := 10
	for i := range len(s) - 1 {
		q := (int(s[i]-'0') + p) % 10
		if q == 0 {
			q = 10
		}
		p = 2 * q % 11
	}
	return (11-p)%10 == last(s)
}

// mod97 reads letters as 10 to 35 (ISO 7064 MOD 97-10); -1 for anything else.
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

// gs1 weighs 3 and 1 in turn from the right, the check digit left out (GS1 General
// Specifications 7.9).
func gs1(s string) bool {
	sum := 0
	for i := range len(s) - 1 {
		d := int(s[len(s)-2-i] - '0')
		if i%2 == 0 {
			d *= 3
		}
		sum += d
	}
	return (10-sum%10)%10 == last(s)
}

// eleven is the commonest of checks: the weighted sum from eleven, ten being no digit.
func eleven(weights ...int) func(string) bool {
	return func(s string) bool { return (11-weighted(s, weights...)%11)%11 == last(s) }
}

func any9(string) bool { return true }
