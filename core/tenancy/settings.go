package tenancy

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/quantity"
)

// Validate collects everything that would make a marketplace with these settings fail
// later. verticals are the rule packs that exist.
func (s Settings) Validate(verticals []string) error {
	var bad []fault.Field
	add := func(path, reason, detail string, args ...any) {
		bad = append(bad, fault.Field{Path: "settings." + path, Reason: reason, Detail: fmt.Sprintf(detail, args...)})
	}
	if len(s.Locales) == 0 || !slices.Contains(s.Locales, s.DefaultLocale) {
		add("default_locale", "unknown", "%q is none of the locales", s.DefaultLocale)
	}
	if !s.Currency.Known() {
		add("currency", "unknown", "%q is not traded here", s.Currency)
	}
	if _, err := time.LoadLocation(s.TimeZone); err != nil || s.TimeZone == "" {
		add("time_zone", "unknown", "%q is no time zone", s.TimeZone)
	}
	for path, rate := range map[string]int64{"commission_rate_micro": s.CommissionRateMicro, "tax_rate_micro": s.TaxRateMicro} {
		if rate < 0 || rate > quantity.Scale {
			add(path, "out_of_range", "%d is no share of one", rate)
		}
	}
	if !slices.Contains([]string{"", FactorStaff, FactorAdmins, FactorOptional}, s.SecondFactor) {
		add("second_factor", "unknown", "%q is none of staff, admins, optional", s.SecondFactor)
	}
	if s.ReleaseLimitMinor < 0 {
		add("release_limit_minor", "out_of_range", "a limit is not negative")
	}
	for _, v := range s.Verticals {
		if !slices.Contains(verticals, v) {
			add("verticals", "unknown", "there are no rules for %q, only for %s", v, strings.Join(verticals, ", "))
		}
	}
	if len(bad) == 0 {
		return nil
	}
	slices.SortFunc(bad, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	return ErrSettings.At(bad...)
}
