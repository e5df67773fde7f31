package web

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// resolve follows a reference.
func resolve(reg huma.Registry, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return reg.SchemaFromRef(s.Ref)
	}
	return s
}

func refName(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]
	case s.Items != nil:
		return refName(s.Items)
	}
	return ""
}

// typeOf says a schema's type in a word.
func typeOf(s *huma.Schema) string {
	switch {
	case s == nil:
		return ""
	case s.Ref != "":
		return refName(s)
	case s.Type == huma.TypeArray:
		return typeOf(s.Items) + "[]"
	case s.Format != "":
		return s.Type + " (" + s.Format + ")"
	case s.Type == "":
		return "any"
	}
	return s.Type
}

// note gathers what a schema asks of its value.
func note(s *huma.Schema, description string) string {
	var out []string
	if description != "" {
		out = append(out, description)
	}
	if s == nil {
		return strings.Join(out, " ")
	}
	if s.Description != "" && s.Description != description {
		out = append(out, s.Description)
	}
	for _, b := range []struct {
		sign string
		n    *float64
	}{{"≥ ", s.Minimum}, {"> ", s.ExclusiveMinimum}, {"≤ ", s.Maximum}, {"< ", s.ExclusiveMaximum}} {
		if b.n != nil {
			out = append(out, b.sign+strconv.FormatFloat(*b.n, 'f', -1, 64))
		}
	}
	for _, b := range []struct {
		words string
		n     *int
	}{{"length ≥ %d", s.MinLength}, {"length ≤ %d", s.MaxLength}, {"count ≥ %d", s.MinItems}, {"count ≤ %d", s.MaxItems}} {
		if b.n != nil {
			out = append(out, fmt.Sprintf(b.words, *b.n))
		}
	}
	if len(s.Enum) > 0 {
		var words []string
		for _, e := range s.Enum {
			words = append(words, fmt.Sprint(e))
		}
		out = append(out, strings.Join(words, " | "))
	}
	if s.Default != nil {
		out = append(out, fmt.Sprintf("= %v", s.Default))
	}
	return strings.Join(out, ", ")
}

func properties(s *huma.Schema) []docProperty {
	if s == nil {
		return nil
	}
	var out []docProperty
	for name, p := range s.Properties {
		out = append(out, docProperty{Name: name, Type: typeOf(p), Ref: refName(p), Note: note(p, ""), Required: slices.Contains(s.Required, name)})
	}
	slices.SortFunc(out, func(a, b docProperty) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// sample makes a value that a schema would take, for examples.
func sample(reg huma.Registry, s *huma.Schema, depth int) any {
	if s = resolve(reg, s); s == nil || depth > 6 {
		return nil
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case len(s.Enum) > 0:
		return s.Enum[0]
	}
	switch s.Type {
	case huma.TypeObject:
		out := map[string]any{}
		for name, p := range s.Properties {
			if slices.Contains(s.Required, name) {
				out[name] = sample(reg, p, depth+1)
			}
		}
		return out
	case huma.TypeArray:
		return []any{sample(reg, s.Items, depth+1)}
	case huma.TypeInteger, huma.TypeNumber:
		if s.Minimum != nil && *s.Minimum > 0 {
			return *s.Minimum
		}
		return 1
	case huma.TypeBoolean:
		return true
	case huma.TypeString:
		switch s.Format {
		case "date-time":
			return "2026-12-01T08:00:00Z"
		case "date":
			return "2026-12-01"
		}
		return "…"
	}
	return nil
}
