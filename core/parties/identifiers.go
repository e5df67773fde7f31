package parties

import (
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/identifier"
)

// Registration checks a company's number against the rules of its register and answers
// the spelling that is stored and compared. Check characters catch a slip of the pen; that
// the company exists is for the operator to see.
func Registration(country, kind, no string) (string, error) {
	country = strings.ToUpper(country)
	if !identifier.Known(country, kind) {
		return "", ErrNumber.At(fault.Field{Path: "reg_kind", Reason: "unknown"})
	}
	out, err := identifier.Company(country, kind, no)
	if err != nil {
		return "", ErrNumber.At(wrongNumber("reg_no", err))
	}
	return out, nil
}

// wrongNumber says at a field why its number cannot be right.
func wrongNumber(path string, err error) fault.Field {
	return fault.Field{Path: path, Reason: "number_" + string(identifier.ReasonOf(err))}
}

// IBAN checks an account number and answers the spelling without blanks.
func IBAN(no string) (string, error) {
	out, err := identifier.Check("iban", no)
	if err != nil {
		return "", ErrNumber.At(wrongNumber("iban", err))
	}
	return out, nil
}
