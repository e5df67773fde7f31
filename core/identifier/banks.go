package identifier

import (
	"strings"
)

// banks are numbers of banks and accounts.
var banks = []Scheme{
	{"iban", "", "International Bank Account Number (ISO 13616)", iban},
	{"bic", "", "Business Identifier Code (ISO 9362)", bic},
}

// iban checks the country's structure, the check digits, and the national ones where
// banks transpose digits most.
func iban(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) < 2:
		return "", Length
	case ibanForms[s[:2]] == "":
		return "", Component
	case len(s) != 4+formLength(ibanForms[s[:2]]):
		return "", Length
	case !digits(s[2:4]) || !ibanForm(s[4:], ibanForms[s[:2]]):
		return "", Format
	case mod97(s[4:]+s[:4]) != 1 || !national(s):
		return "", Checksum
	}
	return s, ""
}

func formLength(form string) (n int) {
	part := 0
	for i := range len(form) {
		if form[i] < '0' || form[i] > '9' {
			n, part = n+part, 0
			continue
		}
		part = part*10 + int(form[i]-'0')
	}
	return n
}

// ibanForm walks "4n16c" along the number.
func ibanForm(bban, form string) bool {
	for form != "" {
		n := 0
		for form[0] >= '0' && form[0] <= '9' {
			n, form = n*10+int(form[0]-'0'), form[1:]
		}
		set := map[byte]string{'n': "0123456789", 'a': capitals, 'c': alnums}[form[0]]
		if len(bban) < n || !within(bban[:n], set) {
			return false
		}
		bban, form = bban[n:], form[1:]
	}
	return bban == ""
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
		return rest == atoi(b[10:])
	case "CZ", "SK": // prefix and account, each a multiple of eleven
		return weighted(b[4:10], 10, 5, 8, 4, 2, 1)%11 == 0 && weighted(b[10:], 6, 3, 7, 9, 10, 5, 8, 4, 2, 1)%11 == 0
	}
	return true
}

// bic has no check digit; what can be checked is that its country exists.
func bic(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 8 && len(s) != 11:
		return "", Length
	case !within(s[:4], alnums) || !within(s[4:6], capitals) || !within(s[6:], alnums):
		return "", Format
	case !Country(s[4:6]):
		return "", Component
	}
	return s, ""
}

// Country reports whether a code is one of ISO 3166-1 alpha-2, or Kosovo's XK.
func Country(code string) bool {
	return len(code) == 2 && within(code, capitals) && strings.Contains(countries, " "+code+" ")
}

const countries = " AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ" +
	" DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP" +
	" KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM" +
	" PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV TW TZ" +
	" UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW "
