package tenants

import (
	"fmt"
	"regexp"

	"github.com/kontorhq/kontor/core/identifier"
)

// checkRegistration also wants the spelling that is stored: a seed is looked up by it.
func checkRegistration(country, kind, no string) error {
	return spelt(no)(identifier.Company(country, kind, no))
}

func checkIBAN(no string) error { return spelt(no)(identifier.Check("iban", no)) }

func spelt(no string) func(string, error) error {
	return func(stored string, err error) error {
		if err == nil && stored != no {
			err = fmt.Errorf("%q must be written %q", no, stored)
		}
		if err != nil {
			return fmt.Errorf("%q: %w", no, err)
		}
		return nil
	}
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
