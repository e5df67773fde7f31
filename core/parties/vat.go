package parties

import (
	"regexp"
	"slices"
	"strings"
)

// vatRule is what a country's VAT numbers look like behind the prefix, and their check.
type vatRule struct {
	form  *regexp.Regexp
	check func(string) bool
}

func rule(form string, check func(string) bool) vatRule {
	return vatRule{regexp.MustCompile("^(?:" + form + ")$"), check}
}

// vatRules follow the structures that VIES publishes; the checks are the national ones.
var vatRules = map[string]vatRule{
	"AT": rule(`U\d{8}`, vatAT),
	"BE": rule(`[01]\d{9}`, func(s string) bool { return 97-atoi(s[:8])%97 == atoi(s[8:]) }),
	"BG": rule(`\d{9,10}`, vatBG),
	"CY": rule(`(?:[013459]\d{7})[A-Z]`, vatCY),
	"CZ": rule(`\d{8,10}`, vatCZ),
	"DE": rule(`[1-9]\d{8}`, mod1110),
	"DK": rule(`[1-9]\d{7}`, func(s string) bool { return weighted(s, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 }),
	"EE": rule(`\d{9}`, func(s string) bool { return weighted(s, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0 }),
	"EL": rule(`\d{9}`, func(s string) bool { return weighted(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == last(s) }),
	"ES": rule(`[A-Z0-9]\d{7}[A-Z0-9]`, vatES),
	"EU": rule(`\d{9}`, func(string) bool { return true }), // one-stop shop of a company outside
	"FI": rule(`\d{8}`, func(s string) bool { return weighted(s, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0 }),
	"FR": rule(`[A-HJ-NP-Z0-9]{2}\d{9}`, vatFR),
	"HR": rule(`\d{11}`, mod1110),
	"HU": rule(`\d{8}`, func(s string) bool { return weighted(s, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0 }),
	"IE": rule(`\d[\dA-Z+*]\d{5}[A-W][A-IW]?`, vatIE),
	"IT": rule(`\d{11}`, func(s string) bool { return s[:7] != "0000000" && luhn(s) }),
	"LT": rule(`\d{7}1\d|\d{10}1\d`, vatLT),
	"LU": rule(`\d{8}`, func(s string) bool { return atoi(s[:6])%89 == atoi(s[6:]) }),
	"LV": rule(`\d{11}`, vatLV),
	"MT": rule(`[1-9]\d{7}`, func(s string) bool { return weighted(s, 3, 4, 6, 7, 8, 9, 10, 1)%37 == 0 }),
	"NL": rule(`\d{9}B\d{2}`, func(s string) bool {
		return weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11 == int(s[8]-'0') || mod97("NL"+s) == 1
	}),
	"PL": rule(`\d{10}`, func(s string) bool { return weighted(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == last(s) }),
	"PT": rule(`[1-9]\d{8}`, func(s string) bool { return (11-weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == last(s) }),
	"RO": rule(`[1-9]\d{1,9}|[1-9]\d{12}`, vatRO),
	"SE": rule(`\d{10}\d{2}`, func(s string) bool { return s[10:] != "00" && luhn(s[:10]) }),
	"SI": rule(`[1-9]\d{7}`, func(s string) bool { c := 11 - weighted(s, 8, 7, 6, 5, 4, 3, 2)%11; return c != 11 && c%10 == last(s) }),
	"SK": rule(`[1-9]\d[2-4789]\d{7}`, func(s string) bool { return atoi(s)%11 == 0 }),
	"XI": rule(`\d{9}(?:\d{3})?|GD[0-4]\d{2}|HA[5-9]\d{2}`, vatXI),
}

// vat takes a number with or without its prefix. Greece writes EL, Northern Ireland XI.
func vat(country, s string) (string, bool) {
	prefix := map[string]string{"GR": "EL", "GB": "XI"}[country]
	if prefix == "" {
		prefix = country
	}
	if len(s) > 2 && s[:2] == "EU" && prefix != "EU" {
		prefix = "EU" // such a number names no country of the company
	}
	body := strings.TrimPrefix(s, prefix)
	if prefix == "BE" && len(body) == 9 {
		body = "0" + body
	}
	if prefix == "EL" && len(body) == 8 {
		body = "0" + body
	}
	if n := len(body); prefix == "NL" && n > 3 && n < 12 {
		body = strings.Repeat("0", 12-n) + body
	}
	r, ok := vatRules[prefix]
	return prefix + body, ok && r.form.MatchString(body) && r.check(body)
}

func last(s string) int { return int(s[len(s)-1] - '0') }

func atoi(s string) (n int) {
	for i := range len(s) {
		n = n*10 + int(s[i]-'0')
	}
	return n
}

// luhn doubles every second digit from the right.
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

func vatAT(s string) bool {
	sum := 4
	for i, b := range []byte(s[1:8]) {
		d := int(b - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return (10-sum%10)%10 == last(s)
}

func vatXI(s string) bool {
	if !digits(s) {
		return true // a government department or a health authority
	}
	n := weighted(s, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97
	return n == 0 || n == 42
}

func vatFR(s string) bool {
	siren := s[2:]
	if siren[:3] != "000" && !luhn(siren) { // Monaco's begin with 000 and have no check
		return false
	}
	if digits(s[:2]) {
		return atoi(siren+"12")%97 == atoi(s[:2])
	}
	const letters = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ"
	a, b := strings.IndexByte(letters, s[0]), strings.IndexByte(letters, s[1])
	n := a*34 + b - 100
	if a < 10 {
		n = a*24 + b - 10
	}
	return (atoi(siren)+1+n/11)%11 == n%11
}

func vatCY(s string) bool {
	odd := []int{1, 0, 5, 7, 9, 13, 15, 17, 19, 21}
	sum := 0
	for i := range 8 {
		d := int(s[i] - '0')
		if i%2 == 0 {
			d = odd[d]
		}
		sum += d
	}
	return s[:2] != "12" && s[8] == byte('A'+sum%26)
}

func vatIE(s string) bool {
	const letters = "WABCDEFGHIJKLMNOPQRSTUV"
	number, check, extra := s[:7], s[7], 0
	if len(s) == 9 {
		extra = strings.IndexByte(letters, s[8]) * 9
	}
	if !digits(number) { // the old form, with a letter or sign in second place
		number = "0" + s[2:7] + s[:1]
	}
	return letters[(weighted(number, 8, 7, 6, 5, 4, 3, 2)+extra)%23] == check
}

func vatLT(s string) bool {
	sum := func(shift int) (n int) {
		for i := range len(s) - 1 {
			n += int(s[i]-'0') * (1 + (i+shift)%9)
		}
		return n % 11
	}
	c := sum(0)
	if c == 10 {
		c = sum(2)
	}
	return c%10 == last(s)
}

func vatLV(s string) bool {
	if s[0] > '3' { // a company
		return weighted(s, 9, 1, 4, 8, 3, 10, 2, 5, 7, 6, 1)%11 == 3
	}
	return (1+weighted(s, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9))%11%10 == last(s)
}

func vatRO(s string) bool {
	if len(s) == 13 { // a person's number
		c := weighted(s[:12], 2, 7, 9, 1, 4, 6, 3, 5, 8, 2, 7, 9) % 11
		if c == 10 {
			c = 1
		}
		return c == last(s)
	}
	padded := strings.Repeat("0", 10-len(s)) + s
	return 10*weighted(padded, 7, 5, 3, 2, 1, 7, 5, 3, 2)%11%10 == last(s)
}

func vatBG(s string) bool {
	if len(s) == 9 {
		c := weighted(s, 1, 2, 3, 4, 5, 6, 7, 8) % 11
		if c == 10 {
			c = weighted(s, 3, 4, 5, 6, 7, 8, 9, 10) % 11
		}
		return c%10 == last(s)
	}
	return slices.Contains([]int{
		weighted(s, 2, 4, 8, 5, 10, 9, 7, 3, 6) % 11 % 10,     // a citizen
		weighted(s, 21, 19, 17, 13, 11, 9, 7, 3, 1) % 10,      // a foreigner
		11 - weighted(s, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11,        // anybody else
		(11 - weighted(s, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11, // where eleven is written 0
	}, last(s))
}

func vatCZ(s string) bool {
	switch {
	case len(s) == 8: // a company
		c := (11 - weighted(s, 8, 7, 6, 5, 4, 3, 2)%11) % 11
		if c == 0 {
			c = 1
		}
		return s[0] != '9' && c%10 == last(s)
	case len(s) == 9 && s[0] == '6': // a person without a number of birth
		c := weighted(s[1:], 8, 7, 6, 5, 4, 3, 2) % 11
		return (18-(10-c)%11)%10 == last(s)
	case len(s) == 9: // born before 1954: no check
		return s[:2] <= "53"
	}
	return atoi(s)%11 == 0 || (atoi(s[:9])%11 == 10 && s[9] == '0')
}

func vatES(s string) bool {
	const letters = "TRWAGMYFPDXBNJZSQVHLCKE"
	if i := strings.IndexByte("XYZ", s[0]); i >= 0 { // a foreigner
		return letters[(i*10000000+atoi(s[1:8]))%23] == s[8]
	}
	switch {
	case digits(s[:8]): // a citizen
		return letters[atoi(s[:8])%23] == s[8]
	case strings.IndexByte("KLM", s[0]) >= 0: // a citizen abroad or under age
		return letters[atoi(s[1:8])%23] == s[8]
	case strings.IndexByte("ABCDEFGHJNPQRSUVW", s[0]) < 0:
		return false
	}
	sum := 0
	for i := range 7 { // a company: Luhn over the middle, written as a digit or a letter
		d := int(s[1+i] - '0')
		if i%2 == 0 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	c := (10 - sum%10) % 10
	asDigit, asLetter := byte('0'+c), "JABCDEFGHI"[c]
	switch {
	case strings.IndexByte("PQSNWR", s[0]) >= 0:
		return s[8] == asLetter
	case strings.IndexByte("ABEH", s[0]) >= 0:
		return s[8] == asDigit
	}
	return s[8] == asDigit || s[8] == asLetter
}
