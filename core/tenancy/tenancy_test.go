package tenancy_test

import (
	"errors"
	"testing"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/tenancy"
)

func TestHostsHaveOneSpelling(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"steel.localhost":      "steel.localhost",
		"STEEL.Localhost:8080": "steel.localhost",
		"steel.localhost.":     "steel.localhost",
		"钢.example":            "xn--r74a.example",
		"":                     "",
		"a b":                  "",
		"steel.localhost:80x":  "",
		"../etc":               "",
		"a..b":                 "",
		"[::1]:80":             "",
	} {
		if got := tenancy.CanonicalHost(in); got != want {
			t.Errorf("%q became %q, want %q", in, got, want)
		}
	}
}

func good() tenancy.Settings {
	return tenancy.Settings{Locales: []string{"en"}, DefaultLocale: "en", Currency: "EUR", TimeZone: "Europe/Berlin", Verticals: []string{"portal"}, TaxRateMicro: 190000}
}

func TestSettingsThatCannotWorkAreAllNamed(t *testing.T) {
	t.Parallel()
	if err := good().Validate([]string{"portal"}); err != nil {
		t.Fatal(err)
	}
	bad := good()
	bad.DefaultLocale, bad.Currency, bad.TimeZone, bad.Verticals, bad.TaxRateMicro, bad.ReleaseLimitMinor = "fr", "XXX", "Mars/North", []string{"pharmacy"}, -1, -1
	err := bad.Validate([]string{"portal"})
	if !errors.Is(err, tenancy.ErrSettings) || len(fault.From(err).Fields) != 6 {
		t.Errorf("got %+v", fault.From(err).Fields)
	}
}
