package identifier

import (
	"regexp"
	"slices"
	"strings"
)

// union are the numbers of the European Union.
var union = []Scheme{
	{"eu.vat", "EU", "VAT identification number of the Union, with its prefix", euVAT},
	{"eu.oss", "EU", "One-stop-shop number", oss},
	{"eu.excise", "EU", "SEED excise number", excise},
}

// vatRule is what a country's VAT numbers look like behind the prefix, and their check.
type vatRule struct {
	lengths string // " 8 9 "
	form    *regexp.Regexp
	check   func(string) bool
}

func rule(lengths, form string, check func(string) bool) vatRule {
	return vatRule{" " + lengths + " ", regexp.MustCompile("^(?:" + form + ")$"), check}
}

// vatRules follow the structures that VIES publishes; the checks are the national ones.
var vatRules = map[string]vatRule{
	"AT": rule("9", `U\d{8}`, vatAT),
	"BE": rule("10", `0[1-9]\d{8}|1\d{9}`, func(s string) bool { return 97-atoi(s[:8])%97 == atoi(s[8:]) }),
	"BG": rule("9 10", `\d{9,10}`, vatBG),
	"CY": rule("9", `(?:[013459]\d{7})[A-Z]`, vatCY),
	"CZ": rule("8 9 10", `\d{8,10}`, vatCZ),
	"DE": rule("9", `[1-9]\d{8}`, mod1110),
	"DK": rule("8", `[1-9]\d{7}`, func(s string) bool { return weighted(s, 2, 7, 6, 5, 4, 3, 2, 1)%11 == 0 }),
	"EE": rule("9", `\d{9}`, func(s string) bool { return weighted(s, 3, 7, 1, 3, 7, 1, 3, 7, 1)%10 == 0 }),
	"EL": rule("9", `\d{9}`, func(s string) bool { return weighted(s, 256, 128, 64, 32, 16, 8, 4, 2)%11%10 == last(s) }),
	"ES": rule("9", `[A-Z0-9]\d{7}[A-Z0-9]`, vatES),
	"EU": rule("9", `\d{9}`, func(string) bool { return true }), // one-stop shop of a company outside
	"FI": rule("8", `\d{8}`, func(s string) bool { return weighted(s, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0 }),
	"FR": rule("11", `[A-HJ-NP-Z0-9]{2}\d{9}`, vatFR),
	"HR": rule("11", `\d{11}`, mod1110),
	"HU": rule("8", `\d{8}`, func(s string) bool { return weighted(s, 9, 7, 3, 1, 9, 7, 3, 1)%10 == 0 }),
	"IE": rule("8 9", `\d[\dA-Z+*]\d{5}[A-W][A-IW]?`, vatIE),
	"IT": rule("11", `\d{11}`, func(s string) bool { return s[:7] != "0000000" && luhn(s) }),
	"LT": rule("9 12", `\d{7}1\d|\d{10}1\d`, vatLT),
	"LU": rule("8", `\d{8}`, func(s string) bool { return atoi(s[:6])%89 == atoi(s[6:]) }),
	"LV": rule("11", `\d{11}`, vatLV),
	"MT": rule("8", `[1-9]\d{7}`, func(s string) bool { return weighted(s, 3, 4, 6, 7, 8, 9, 10, 1)%37 == 0 }),
	"NL": rule("12", `\d{9}B\d{2}`, func(s string) bool {
		return weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11 == int(s[8]-'0') || mod97("NL"+s) == 1
	}),
	"PL": rule("10", `\d{10}`, func(s string) bool { return weighted(s, 6, 5, 7, 2, 3, 4, 5, 6, 7)%11 == last(s) }),
	"PT": rule("9", `[1-9]\d{8}`, func(s string) bool { return (11-weighted(s, 9, 8, 7, 6, 5, 4, 3, 2)%11)%11%10 == last(s) }),
	"RO": rule("2 3 4 5 6 7 8 9 10 13", `[1-9]\d{1,9}|[1-9]\d{12}`, vatRO),
	"SE": rule("12", `\d{10}\d{2}`, func(s string) bool { return s[10:] != "00" && luhn(s[:10]) }),
	"SI": rule("8", `[1-9]\d{7}`, func(s string) bool { c := 11 - weighted(s, 8, 7, 6, 5, 4, 3, 2)%11; return c != 11 && c%10 == last(s) }),
	"SK": rule("10", `[1-9]\d[2-4789]\d{7}`, func(s string) bool { return atoi(s)%11 == 0 }),
	"XI": rule("5 9 11 12", `\d{9}(?:\d{3})?|GD[0-4]\d{2}|HA[5-9]\d{2}|GD8888[0-4]\d{4}|HA8888[5-9]\d{4}`, vatGB),
}

// VAT takes a number of a country with or without its prefix. Greece writes EL, Northern
// Ireland XI; a number of the one-stop shop names no country of the company.
func VAT(country, in string) (string, error) {
	prefix := map[string]string{"GR": "EL", "GB": "XI"}[country]
	if prefix == "" {
		prefix = country
	}
	if len(in) > longest {
		return "", &Error{"eu.vat", Length}
	}
	s := compact(in)
	if strings.HasPrefix(s, "EU") {
		prefix = "EU"
	}
	out, why := vatOf(prefix, strings.TrimPrefix(s, prefix))
	if why != "" {
		return "", &Error{"eu.vat", why}
	}
	return prefix + out, nil
}

// vatOf is the number behind the prefix. Zeros that people leave out are put back.
func vatOf(prefix, body string) (string, Reason) {
	r, ok := vatRules[prefix]
	if !ok {
		return "", Component
	}
	switch n := len(body); {
	case prefix == "BE" && n == 9, prefix == "EL" && n == 8:
		body = "0" + body
	case prefix == "NL" && n > 3 && n < 12:
		body = strings.Repeat("0", 12-n) + body
	}
	switch {
	case !strings.Contains(r.lengths, " "+pad(len(body), 1)+" "):
		return "", Length
	case prefix == "BE" && len(body) == 10 && digits(body) && body[0] > '1':
		return "", Component
	case !r.form.MatchString(body):
		return "", Format
	case !r.check(body):
		return "", Checksum
	}
	return body, ""
}

// euVAT is a number with its prefix.
func euVAT(in string) (string, Reason) {
	s := compact(in)
	if len(s) < 4 {
		return "", Length
	}
	out, why := vatOf(s[:2], s[2:])
	return s[:2] + out, why
}

// memberStates are the same numbers as each country writes them at home: without a prefix.
func memberStates() []Scheme {
	var out []Scheme
	for prefix := range vatRules {
		if prefix == "EU" {
			continue
		}
		country := map[string]string{"EL": "GR", "XI": "GB"}[prefix]
		if country == "" {
			country = prefix
		}
		name := strings.ToLower(prefix) + ".vat"
		if prefix == "FR" {
			name = "fr.tva"
		}
		out = append(out, Scheme{name, country, "VAT number", func(in string) (string, Reason) {
			return vatOf(prefix, strings.TrimPrefix(compact(in), prefix))
		}})
	}
	return out
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

// vatGB is the number of the United Kingdom, which Northern Ireland keeps for trade with
// the Union. Numbers from 100 on may also be of the series with 55 taken off (HMRC).
func vatGB(s string) bool {
	switch {
	case len(s) == 5: // a government department or a health authority
		return true
	case len(s) == 11:
		return atoi(s[6:9])%97 == atoi(s[9:])
	}
	n := weighted(s, 8, 7, 6, 5, 4, 3, 2, 10, 1) % 97
	return n == 0 || s >= "100" && (n == 42 || n == 55)
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
