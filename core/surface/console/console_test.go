package console

import (
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/fault"
)

func TestRowsAreReadInOrderAndBadNamesAreLeftOut(t *testing.T) {
	t.Parallel()
	form := url.Values{"lines[2].price": {"3"}, "lines[0].price": {" 1 "}, "lines[0].qty": {"5"}, "lines[-1].price": {"x"}, "lines[999999].price": {"x"}, "lines[a].price": {"x"}, "lines[1]": {"x"}, "other[0].price": {"x"}}
	rows := Rows(form, "lines")
	if len(rows) != 2 || rows[0].At != 0 || rows[1].At != 2 || rows[0].Get("price") != "1" || rows[0].Get("qty") != "5" || rows[1].Get("qty") != "" {
		t.Fatalf("%+v", rows)
	}
	if rows[0].Blank("price") || !rows[1].Blank("price") {
		t.Error("a row with a quantity counts as blank, or one with a price alone does not")
	}
}

func TestAComplaintFindsTheRowThatAPersonSees(t *testing.T) {
	t.Parallel()
	given := []Row{{At: 1}, {At: 4}}
	bad := fault.New(fault.Invalid, "console_test.bad", "Bad.").At(fault.Field{Path: "lines[1].price", Reason: "malformed"}, fault.Field{Path: "freight", Reason: "malformed"}, fault.Field{Path: "lines[9].qty", Reason: "x"})
	got := fault.From(Aimed(bad, "lines", given))
	want := []fault.Field{{Path: "lines[4].price", Reason: "malformed"}, {Path: "freight", Reason: "malformed"}, {Path: "lines[9].qty", Reason: "x"}}
	if d := cmp.Diff(want, got.Fields); d != "" {
		t.Error(d)
	}
	if bad.Fields[0].Path != "lines[1].price" {
		t.Error("the fault that was given is changed")
	}
	if Aimed(nil, "lines", given) != nil {
		t.Error("nothing wrong became something")
	}
}

func TestASpreadsheetRunsNothing(t *testing.T) {
	t.Parallel()
	b, err := CSV([]string{"a"}, [][]string{{"=1+1"}, {"+49"}, {"-5"}, {"@x"}, {"\tx"}, {"plain"}, {"钢"}})
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range strings.Split(string(b), "\r\n")[1:] {
		if line != "" && strings.ContainsAny(line[:1], "=+-@\t") {
			t.Errorf("a cell begins with %q", line[:1])
		}
	}
	if !strings.HasPrefix(string(b), "\ufeff") || !strings.Contains(string(b), "plain") || !strings.Contains(string(b), "钢") {
		t.Errorf("%q", b)
	}
}
