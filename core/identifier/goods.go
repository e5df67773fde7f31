package identifier

import (
	"regexp"
	"strings"
)

// goods are numbers of things: articles, containers, substances, devices.
var goods = []Scheme{
	{"ean", "", "Global Trade Item Number, 8 to 14 digits (GS1)", ean},
	{"gs1_128", "", "GS1-128 element string", gs1Elements},
	{"iso6346", "", "Freight container (ISO 6346)", container},
	{"casrn", "", "CAS Registry Number", cas},
	{"imei", "", "International Mobile Equipment Identity", imei},
	{"eu.ecnumber", "EU", "EC number of a substance", ecNumber},
	{"it.aic", "IT", "Italian marketing authorisation of a medicine (AIC)", aic},
}

func ean(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 8 && len(s) != 12 && len(s) != 13 && len(s) != 14:
		return "", Length
	case !digits(s):
		return "", Format
	case !gs1(s):
		return "", Checksum
	}
	return s, ""
}

// container is the owner's three letters, the category, six digits and a check digit:
// values by ISO 6346 leave out the multiples of eleven, weights are powers of two.
func container(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 11:
		return "", Length
	case !within(s[:3], capitals) || !strings.Contains("UJZR", s[3:4]) || !digits(s[4:]):
		return "", Format
	}
	sum := 0
	for i := range 10 {
		v := int(s[i] - '0')
		if i < 4 {
			v = int(s[i]-'A') + 10
			v += (v - 1) / 10 // A 10, B 12, K 21, L 23, U 32, V 34
		}
		sum += v << i
	}
	if sum%11%10 != last(s) {
		return "", Checksum
	}
	return s, ""
}

var casForm = regexp.MustCompile(`^[1-9]\d{1,6}-\d{2}-\d$`)

// cas weighs digits by their place from the right.
func cas(in string) (string, Reason) {
	s := strings.TrimSpace(in)
	if digits(s) && len(s) > 3 {
		s = s[:len(s)-3] + "-" + s[len(s)-3:len(s)-1] + "-" + s[len(s)-1:]
	}
	switch {
	case len(s) < 7 || len(s) > 12:
		return "", Length
	case !casForm.MatchString(s):
		return "", Format
	}
	plain, sum := compact(s), 0
	for i := range len(plain) - 1 {
		sum += int(plain[len(plain)-2-i]-'0') * (i + 1)
	}
	if sum%10 != last(plain) {
		return "", Checksum
	}
	return s, ""
}

// imei is fourteen digits, with a check digit or with two of the software's version.
func imei(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) < 14 || len(s) > 16:
		return "", Length
	case !digits(s):
		return "", Format
	case len(s) == 15 && !luhn(s):
		return "", Checksum
	}
	return s, ""
}

var ecForm = regexp.MustCompile(`^\d{3}-\d{3}-\d$`)

func ecNumber(in string) (string, Reason) {
	s := strings.TrimSpace(in)
	if digits(s) && len(s) == 7 {
		s = s[:3] + "-" + s[3:6] + "-" + s[6:]
	}
	switch {
	case len(s) != 9:
		return "", Length
	case !ecForm.MatchString(s):
		return "", Format
	case weighted(compact(s), 1, 2, 3, 4, 5, 6)%11 != last(s):
		return "", Checksum
	}
	return s, ""
}

// aicLetters write the nine digits of an AIC in six characters on the pack.
const aicLetters = "0123456789BCDFGHJKLMNPQRSTUVWXYZ"

func aic(in string) (string, Reason) {
	s := strings.ToUpper(strings.TrimSpace(in))
	switch {
	case len(s) == 6 && within(s, aicLetters):
		n := 0
		for i := range 6 {
			n = n*32 + strings.IndexByte(aicLetters, s[i])
		}
		s = pad(n, 9)
	case len(s) != 9 && len(s) != 6:
		return "", Length
	case !digits(s):
		return "", Format
	}
	switch {
	case len(s) != 9 || s[0] != '0':
		return "", Component
	case aicCheck(s) != last(s):
		return "", Checksum
	}
	return s, ""
}

func aicCheck(s string) int {
	sum := 0
	for i := range 8 {
		d := int(s[i] - '0')
		if i%2 == 1 {
			d = d*2/10 + d*2%10
		}
		sum += d
	}
	return sum % 10
}

// pad writes n with at least so many digits.
func pad(n, width int) string {
	var b []byte
	for ; n > 0 || len(b) < width; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}
