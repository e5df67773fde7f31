package quantity_test

import (
	"encoding/json"
	"testing"

	"github.com/kontorhq/kontor/core/quantity"
)

func TestWireReadsTheHousesOwnSpellingAlone(t *testing.T) {
	t.Parallel()
	v, ok := quantity.Wire([]byte(`{"value":"12.5","unit":"TNE"}`), "value", "unit")
	if !ok || v != [3]string{"12.5", "TNE"} {
		t.Fatalf("%q %v", v, ok)
	}
	for _, other := range []string{
		``, `{`, `{}`, `null`, `{"value":"12.5"}`, `{"value":"12.5","unit":"TNE"`, `{"value":"12.5","unit":"TNE"} `, `{"value": "12.5","unit":"TNE"}`,
		`{"unit":"TNE","value":"12.5"}`, `{"value":"12.5","unit":"TNE","x":"y"}`, `{"value":"1\u0032","unit":"TNE"}`, `{"value":"12.5,"unit":"TNE"}`,
		`{"value":12.5,"unit":"TNE"}`, `{"value":"吨","unit":"TNE"}`, `{"value":"1` + "\n" + `2","unit":"TNE"}`, `{"value":"12.5""unit":"TNE"}`,
	} {
		if v, ok := quantity.Wire([]byte(other), "value", "unit"); ok {
			t.Errorf("%s was read as %q", other, v)
		}
	}
}

// Whatever a decoder makes of a text, the short way makes the same of it.
func FuzzWire(f *testing.F) {
	f.Add([]byte(`{"value":"12.5","unit":"TNE"}`))
	f.Add([]byte(`{"value":"","unit":""}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		v, ok := quantity.Wire(b, "value", "unit")
		if !ok {
			return
		}
		var w struct {
			Value string `json:"value"`
			Unit  string `json:"unit"`
		}
		if err := json.Unmarshal(b, &w); err != nil || w.Value != v[0] || w.Unit != v[1] {
			t.Fatalf("%s: %q, a decoder says %+v %v", b, v, w, err)
		}
	})
}
