package archive

import (
	"strings"
	"testing"
)

// TestAnAnonymisedRowHasNoTelephoneNumber looks in each place that keeps one, in a column or
// inside another.
func TestAnAnonymisedRowHasNoTelephoneNumber(t *testing.T) {
	const canary = "+49 40 5550 7741"
	m := NewMask()
	for table, row := range map[string]string{
		"parties_addresses": `{"phone":"` + canary + `"}`,
		"contact_phones":    `{"phone":"` + canary + `"}`,
		"ordering_orders":   `{"ship_to":{"city":"Hamburg","phone":"` + canary + `"}}`,
		"sourcing_rfqs":     `{"ship_to":{"city":"Hamburg","phone":"` + canary + `"}}`,
	} {
		got, err := m.Row(table, []byte(row))
		if err != nil || strings.Contains(string(got), canary) || !strings.Contains(string(got), `"phone":"+00 `) {
			t.Errorf("%s: %s, %v", table, got, err)
		}
	}
}
