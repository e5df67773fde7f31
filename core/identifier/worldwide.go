package identifier

// worldwide are the numbers that no country gives out.
var worldwide = []Scheme{
	{"lei", "", "Legal Entity Identifier (ISO 17442)", lei},
	{"duns", "", "D-U-N-S Number", number(9, any9)}, // its check digit was given up in 2006
	{"luhn", "", "Any number with a Luhn check digit (ISO/IEC 7812-1)", luhnNumber},
}

// lei is eighteen characters and two check digits by ISO 7064 MOD 97-10.
func lei(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) != 20:
		return "", Length
	case !within(s, alnums) || !digits(s[18:]):
		return "", Format
	case mod97(s) != 1:
		return "", Checksum
	}
	return s, ""
}

func luhnNumber(in string) (string, Reason) {
	s := compact(in)
	switch {
	case len(s) < 2:
		return "", Length
	case !digits(s):
		return "", Format
	case !luhn(s):
		return "", Checksum
	}
	return s, ""
}
