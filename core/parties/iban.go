package parties

import (
	"strings"

	"github.com/kontorhq/kontor/core/fault"
)

// IBAN checks an account number (ISO 13616): the country's structure, the check digits,
// and the national ones where banks transpose digits most. It answers the spelling
// without blanks.
func IBAN(no string) (string, error) {
	s := squeeze(no)
	if len(s) < 5 || !digits(s[2:4]) || !ibanForm(s[4:], ibanForms[s[:2]]) || mod97(s[4:]+s[:4]) != 1 || !national(s) {
		return "", ErrNumber.At(fault.Field{Path: "iban", Reason: "checksum"})
	}
	return s, nil
}

// ibanForm walks "4n16c" along the number.
func ibanForm(bban, form string) bool {
	for form != "" {
		n := 0
		for form[0] >= '0' && form[0] <= '9' {
			n, form = n*10+int(form[0]-'0'), form[1:]
		}
		set := map[byte]string{'n': "0123456789", 'a': "ABCDEFGHIJKLMNOPQRSTUVWXYZ", 'c': "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"}[form[0]]
		if len(bban) < n || strings.Trim(bban[:n], set) != "" {
			return false
		}
		bban, form = bban[n:], form[1:]
		if form == "" {
			return bban == ""
		}
	}
	return false
}

// national checks the digits that some countries had before there were IBANs.
func national(s string) bool {
	b := s[4:]
	switch s[:2] {
	case "BE": // the last two are the rest of the first ten, 97 for none
		rest := mod97(b[:10])
		if rest == 0 {
			rest = 97
		}
		return rest == int(b[10]-'0')*10+int(b[11]-'0')
	case "CZ", "SK": // prefix and account, each a multiple of eleven
		return weighted(b[4:10], 10, 5, 8, 4, 2, 1)%11 == 0 && weighted(b[10:], 6, 3, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0
	}
	return true
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
