package fault

import "testing"

// Faults made while requests run may carry somebody's words; the public list must not.
func TestOnlyDeclaredFaultsAreListed(t *testing.T) {
	list := Declared()
	New(NotFound, "late.one", "Made later.")
	Unclassified.Then("Call Anna.")
	found := false
	for _, e := range Declared() {
		switch {
		case e.Code == "late.one":
			t.Error("a fault made while running is listed")
		case e.Code == Unclassified.Code:
			found = true
			if e.Next != Unclassified.Next {
				t.Errorf("next step %q", e.Next)
			}
		}
	}
	if !found || len(list) == 0 {
		t.Error("a declared fault is missing")
	}
}
