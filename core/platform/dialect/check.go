package dialect

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"

	"github.com/kontorhq/kontor/core/fault"
)

// Check compares a value with the schema. Paths are names with dots between, as forms and
// problems have them: "lines.0.mass".
func (s *Schema) Check(value []byte) []fault.Field {
	if len(value) > MostBytes {
		return []fault.Field{{Reason: "too_long"}}
	}
	var v any
	if err := decode(value, &v); err != nil {
		return []fault.Field{{Reason: "malformed"}}
	}
	if at, ok := endless(v, nil); ok {
		return []fault.Field{{Path: at, Reason: "out_of_range"}}
	}
	err := s.compiled.Validate(v)
	var bad *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &bad):
		return []fault.Field{{Reason: "malformed"}}
	}
	var out []fault.Field
	leaves(bad, func(e *jsonschema.ValidationError) {
		for _, f := range s.fields(e) {
			if !slices.Contains(out, f) {
				out = append(out, f)
			}
		}
	})
	slices.SortStableFunc(out, func(a, b fault.Field) int { return strings.Compare(a.Path, b.Path) })
	return out
}

// Refuse is Check as a fault.
func (s *Schema) Refuse(value []byte) error {
	if f := s.Check(value); len(f) > 0 {
		return ErrValue.At(f...)
	}
	return nil
}

func leaves(e *jsonschema.ValidationError, f func(*jsonschema.ValidationError)) {
	if len(e.Causes) == 0 {
		f(e)
		return
	}
	for _, c := range e.Causes {
		leaves(c, f)
	}
}

// endless finds a number that is longer than any amount or measure.
func endless(v any, at []string) (string, bool) {
	switch v := v.(type) {
	case json.Number:
		return strings.Join(at, "."), len(v) > mostDigit || strings.ContainsAny(string(v), "eE")
	case map[string]any:
		for k, one := range v {
			if p, bad := endless(one, append(slices.Clone(at), k)); bad {
				return p, true
			}
		}
	case []any:
		for i, one := range v {
			if p, bad := endless(one, append(slices.Clone(at), index(i))); bad {
				return p, true
			}
		}
	}
	return "", false
}

func (s *Schema) fields(e *jsonschema.ValidationError) []fault.Field {
	at := strings.Join(e.InstanceLocation, ".")
	under := func(names []string, reason string) (out []fault.Field) {
		for _, n := range names {
			out = append(out, fault.Field{Path: strings.TrimPrefix(at+"."+n, "."), Reason: reason})
		}
		return out
	}
	one := func(reason string) []fault.Field { return []fault.Field{{Path: at, Reason: reason}} }
	switch k := e.ErrorKind.(type) {
	case *kind.Required:
		return under(k.Missing, "required")
	case *kind.AdditionalProperties:
		return under(k.Properties, "unknown")
	case *kind.Type:
		return one(ofKind(k.Want))
	case *kind.Enum, *kind.Const:
		return one("not_an_option")
	case *kind.Minimum, *kind.ExclusiveMinimum:
		return one("too_small")
	case *kind.Maximum, *kind.ExclusiveMaximum:
		return one("too_large")
	case *kind.MinLength:
		if k.Got == 0 {
			return one("required")
		}
		return one("too_short")
	case *kind.MaxLength:
		return one("too_long")
	case *kind.MinItems:
		return one("too_few")
	case *kind.MaxItems:
		return one("too_many")
	case *kind.Format:
		if k.Want == "date" {
			return one("not_a_date")
		}
	}
	return one("malformed")
}

func ofKind(want []string) string {
	switch {
	case slices.Contains(want, "integer"):
		return "not_a_whole_number"
	case slices.Contains(want, "number"):
		return "not_a_number"
	case slices.Contains(want, "boolean"):
		return "not_true_or_false"
	}
	return "wrong_type"
}
