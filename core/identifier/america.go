package identifier

import (
	"slices"
	"strings"
)

// america are the registers of the Americas.
var america = []Scheme{
	{"us.ein", "US", "Employer Identification Number", ein},
	{"ca.bn", "CA", "Business Number", canadian},
	{"br.cnpj", "BR", "CNPJ", cnpj},
	{"ar.cuit", "AR", "CUIT", begun(11, []string{"20", "23", "24", "27", "30", "33", "34", "50", "51", "55"}, cuit)},
	{"pe.ruc", "PE", "RUC", begun(11, []string{"10", "15", "16", "17", "20"}, ruc)},
}

// einUnused are the prefixes that no office of the IRS has given out.
const einUnused = "00 07 08 09 17 18 19 28 29 49 69 70 78 79 89 96 97"

// ein has no check digit, but its first two name the office.
func ein(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 9:
		return "", Length
	case !digits(s):
		return "", Format
	case strings.Contains(einUnused, s[:2]):
		return "", Component
	}
	return s[:2] + "-" + s[2:], ""
}

// canadian is nine digits, and behind them what the account is for.
func canadian(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 9 && len(s) != 15:
		return "", Length
	case !digits(s[:9]), len(s) == 15 && !digits(s[11:]):
		return "", Format
	case len(s) == 15 && !slices.Contains([]string{"RC", "RM", "RP", "RR", "RT", "RZ"}, s[9:11]):
		return "", Component
	case !luhn(s[:9]):
		return "", Checksum
	}
	return s, ""
}

// cnpj has held letters since July 2026, each worth its ASCII code less 48 (IN RFB
// 2.229/2024); the two check digits stay digits.
func cnpj(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 14:
		return "", Length
	case !within(s[:12], alnums) || !digits(s[12:]):
		return "", Format
	case s[:12] == "000000000000":
		return "", Component
	}
	for n := 12; n < 14; n++ {
		sum := 0
		for i := range n {
			sum += int(s[i]-'0') * (2 + (n-1-i)%8)
		}
		if (11-sum%11)%11%10*b2i(sum%11 > 1) != int(s[n]-'0') {
			return "", Checksum
		}
	}
	return s, ""
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

// begun is a number whose first two digits say whose it is.
func begun(n int, firsts []string, ok func(string) bool) check {
	return func(in string) (string, Reason) {
		s := compact(in)
		switch {
		case len(s) != n:
			return "", Length
		case !digits(s):
			return "", Format
		case !slices.Contains(firsts, s[:2]):
			return "", Component
		case !ok(s):
			return "", Checksum
		}
		return s, ""
	}
}

func cuit(s string) bool {
	c := (11 - weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11) % 11
	if c == 10 {
		c = 9
	}
	return c == last(s)
}

func ruc(s string) bool {
	return (11-weighted(s, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2)%11)%10 == last(s)
}
