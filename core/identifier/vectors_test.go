package identifier_test

import (
	"encoding/csv"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/identifier"
)

type vector struct{ scheme, input, expected, reason, canonical, kind string }

func vectors(t testing.TB) []vector {
	t.Helper()
	f, err := os.Open("testdata/vectors.csv")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []vector
	for _, r := range rows[1:] {
		v := vector{r[0], r[1], r[2], r[3], r[4], r[5]}
		if strings.Contains(v.input, `\x`) { // one row spells its letter as bytes
			if v.input, err = strconv.Unquote(`"` + v.input + `"`); err != nil {
				t.Fatal(err)
			}
		}
		out = append(out, v)
	}
	return out
}

// reasons are the list's words for ours.
var reasons = map[string]identifier.Reason{
	"InvalidLength": identifier.Length, "InvalidFormat": identifier.Format, "InvalidComponent": identifier.Component, "InvalidChecksum": identifier.Checksum,
}

// lettered begins with the letter of the armed forces' office, which the list does not know
// and the standard does: it is its check character that is wrong.
const lettered = "A1110000600037341L"

func TestEveryNumberInUseIsAcceptedAndEveryWrongOneRefused(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for _, v := range vectors(t) {
		seen[v.scheme]++
		got, err := identifier.Check(v.scheme, v.input)
		switch {
		case v.expected == "valid" && err != nil:
			t.Errorf("%s %q: %v", v.scheme, v.input, err)
		case v.expected == "invalid" && err == nil:
			t.Errorf("%s %q passes as %q", v.scheme, v.input, got)
		case v.canonical != "" && got != v.canonical:
			t.Errorf("%s %q is written %q, not %q", v.scheme, v.input, got, v.canonical)
		case v.expected == "invalid" && v.reason != "" && v.input != lettered && identifier.ReasonOf(err) != reasons[v.reason]:
			t.Errorf("%s %q: %s, want %s", v.scheme, v.input, identifier.ReasonOf(err), v.reason)
		}
	}
	if len(seen) != 52 {
		t.Errorf("the list has %d schemes", len(seen))
	}
}

// What has been stored is read again when it is compared: it must not change once more.
func TestTheStoredSpellingStaysAsItIs(t *testing.T) {
	t.Parallel()
	for _, v := range vectors(t) {
		got, err := identifier.Check(v.scheme, v.input)
		if err != nil {
			continue
		}
		if again, err := identifier.Check(v.scheme, got); err != nil || again != got {
			t.Errorf("%s: %q became %q, %v", v.scheme, got, again, err)
		}
	}
}
