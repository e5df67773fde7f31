package scim

import (
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Doc is a resource in one spelling: attributes by their proper names, of their proper types,
// without what is empty or unknown.
type Doc map[string]any

// Read reads a resource from JSON.
func (k kind) read(body []byte) (Doc, error) {
	var in map[string]any
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	return shape(k.attrs, k.schema, in)
}

func decode(body []byte, into any) error {
	if len(body) == 0 {
		return ErrSyntax.With("why", "it is empty")
	}
	if err := json.Unmarshal(body, into); err != nil {
		return ErrSyntax.With("why", "it is not JSON of the right form")
	}
	return nil
}

// shape brings an object into its one spelling.
func shape(attrs []Attribute, schema string, in map[string]any) (Doc, error) {
	out := Doc{}
	for name, v := range in {
		a, ok := find(attrs, strings.TrimPrefix(name, schema+":"))
		if !ok || a.ReadOnly {
			continue
		}
		got, err := proper(a, v)
		if err != nil {
			return nil, err
		}
		if got != nil {
			out[a.Name] = got
		}
	}
	return out, nil
}

// proper is a value as its attribute wants it, nil for none.
func proper(a Attribute, v any) (any, error) {
	if !a.Multi {
		return single(a, v)
	}
	vs, ok := v.([]any)
	if !ok {
		if vs = []any{v}; v == nil {
			return nil, nil
		}
	}
	most := maxValues
	if a.Name == "members" {
		most = maxMembers
	}
	if len(vs) > most {
		return nil, ErrTooMany.With("most", most)
	}
	var out []any
	primary := 0
	for _, v := range vs {
		got, err := single(a, v)
		if err != nil {
			return nil, err
		}
		if got == nil {
			continue
		}
		if m, ok := got.(map[string]any); ok && m["primary"] == true {
			primary++
		}
		out = append(out, got)
	}
	if primary > 1 {
		return nil, ErrValue.With("attribute", a.Name)
	}
	if len(out) == 0 {
		return nil, nil
	}
	return out, nil
}

func single(a Attribute, v any) (any, error) {
	bad := ErrValue.With("attribute", a.Name)
	switch t := v.(type) {
	case nil:
		return nil, nil
	case map[string]any:
		if a.Type != "complex" {
			return nil, bad
		}
		m, err := shape(a.Sub, "", t)
		if err != nil || len(m) == 0 {
			return nil, err
		}
		return map[string]any(m), nil
	case string:
		switch a.Type {
		case "boolean":
			if b, ok := truth(t); ok {
				return b, nil
			}
			if t == "" {
				return nil, nil
			}
			return nil, bad
		case "complex": // a bare value, or Entra's manager
			if _, ok := find(a.Sub, "value"); !ok {
				return nil, bad
			}
			return single(a, map[string]any{"value": t})
		}
		if len(t) > maxText || !utf8.ValidString(t) || strings.ContainsFunc(t, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }) {
			return nil, bad
		}
		if t == "" {
			return nil, nil
		}
		return t, nil
	case bool:
		if a.Type == "boolean" {
			return t, nil
		}
	}
	return nil, bad
}

// str is an attribute that is a text, or "".
func (d Doc) str(name string) string {
	s, _ := d[name].(string)
	return s
}

// values are the objects of a multi-valued attribute.
func (d Doc) values(name string) (out []map[string]any) {
	vs, _ := d[name].([]any)
	for _, v := range vs {
		if m, ok := v.(map[string]any); ok {
			out = append(out, m)
		}
	}
	return out
}
