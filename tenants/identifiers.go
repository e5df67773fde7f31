package tenants

import (
	"fmt"
	"regexp"
	"strings"
)

// Alphabets of the Chinese unified social credit code: GB 32100-2015 leaves out letters
// that look like digits, the organisation code inside it (GB 11714-1997) does not.
const (
	usccAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	orgAlphabet  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
)

var formats = map[string]*regexp.Regexp{
	"ein":   regexp.MustCompile(`^\d{2}-\d{7}$`),
	"duns":  regexp.MustCompile(`^\d{9}$`),
	"lei":   regexp.MustCompile(`^[0-9A-Z]{18}\d{2}$`),
	"other": regexp.MustCompile(`^\S.{1,38}\S$`),
}

// vatFormats covers the countries that blueprints use.
var vatFormats = map[string]*regexp.Regexp{
	"DE": regexp.MustCompile(`^DE\d{9}$`), "FR": regexp.MustCompile(`^FR\d{11}$`), "IT": regexp.MustCompile(`^IT\d{11}$`),
	"PL": regexp.MustCompile(`^PL\d{10}$`), "NL": regexp.MustCompile(`^NL\d{9}B\d{2}$`), "ES": regexp.MustCompile(`^ES[A-Z0-9]\d{7}[A-Z0-9]$`),
	"AT": regexp.MustCompile(`^ATU\d{8}$`), "BE": regexp.MustCompile(`^BE[01]\d{9}$`),
}

func checkRegistration(country, kind, no string) error {
	switch kind {
	case "uscc":
		return checkUSCC(no)
	case "vat":
		return checkVAT(country, no)
	}
	f, ok := formats[kind]
	if !ok {
		return fmt.Errorf("%q is no kind of registration", kind)
	}
	if !f.MatchString(no) {
		return fmt.Errorf("%q has not the format of %s", no, kind)
	}
	return nil
}

func checkUSCC(no string) error {
	if len(no) != 18 {
		return fmt.Errorf("%q has not 18 characters", no)
	}
	sum, weight := 0, 1
	for _, r := range no[:17] {
		v := strings.IndexRune(usccAlphabet, r)
		if v < 0 {
			return fmt.Errorf("%q contains %q", no, r)
		}
		sum += v * weight
		weight = weight * 3 % 31
	}
	if want := usccAlphabet[(31-sum%31)%31]; no[17] != want {
		return fmt.Errorf("%q must end in %c (GB 32100-2015)", no, want)
	}
	sum = 0
	for i, w := range [8]int{3, 7, 9, 10, 5, 8, 4, 2} {
		sum += strings.IndexByte(orgAlphabet, no[8+i]) * w
	}
	if want := "0123456789X0"[11-sum%11]; no[16] != want {
		return fmt.Errorf("%q must have %c as its 17th character (GB 11714)", no, want)
	}
	return nil
}

func checkVAT(country, no string) error {
	f, ok := vatFormats[country]
	if !ok || !f.MatchString(no) {
		return fmt.Errorf("%q has not the format of a VAT number of %s", no, country)
	}
	digits := no[2:]
	valid := true
	switch country {
	case "DE":
		valid = mod1110(digits)
	case "IT":
		valid = luhn(digits)
	case "FR":
		valid = luhn(digits[2:]) && atoi(digits[:2]) == (12+3*(atoi(digits[2:])%97))%97
	case "PL":
		valid = weighed(digits, []int{6, 5, 7, 2, 3, 4, 5, 6, 7})
	case "NL":
		valid = weighed(digits[:9], []int{9, 8, 7, 6, 5, 4, 3, 2})
	}
	if !valid {
		return fmt.Errorf("%q has a wrong check digit", no)
	}
	return nil
}

// mod1110 is ISO 7064 MOD 11,10.
func mod1110(s string) bool {
	p := 10
	for _, r := range s[:len(s)-1] {
		q := (int(r-'0') + p) % 10
		if q == 0 {
			q = 10
		}
		p = 2 * q % 11
	}
	return (11-p)%10 == int(s[len(s)-1]-'0')
}

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

func weighed(s string, weights []int) bool {
	sum := 0
	for i, w := range weights {
		sum += int(s[i]-'0') * w
	}
	return sum%11 == int(s[len(s)-1]-'0')
}

func atoi(s string) (n int) {
	for _, r := range s {
		n = n*10 + int(r-'0')
	}
	return n
}

var deaForm = regexp.MustCompile(`^[A-Z]{2}\d{7}$`)

// checkDEA: the last digit is that of (1st+3rd+5th) + 2×(2nd+4th+6th).
func checkDEA(no string) error {
	if !deaForm.MatchString(no) {
		return fmt.Errorf("%q has not the form of a DEA registration", no)
	}
	sum := 0
	for i := range 6 {
		sum += int(no[2+i]-'0') * (1 + i%2)
	}
	if sum%10 != int(no[8]-'0') {
		return fmt.Errorf("%q has a wrong check digit", no)
	}
	return nil
}

// checkIBAN is ISO 13616: the number read with the first four characters at the end is 1 modulo 97.
func checkIBAN(no string) error {
	if len(no) < 15 || len(no) > 34 {
		return fmt.Errorf("%q is no IBAN", no)
	}
	rest := 0
	for _, r := range no[4:] + no[:4] {
		switch {
		case r >= '0' && r <= '9':
			rest = (rest*10 + int(r-'0')) % 97
		case r >= 'A' && r <= 'Z':
			rest = (rest*100 + int(r-'A') + 10) % 97
		default:
			return fmt.Errorf("%q contains %q", no, r)
		}
	}
	if rest != 1 {
		return fmt.Errorf("%q has wrong check digits", no)
	}
	return nil
}
