package dialect

import (
	"encoding/json"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
)

// Field is one thing to fill in. Name is its path with dots: the name of the input.
type Field struct {
	Name        string
	Label, Help string
	Group       string // its heading; fields of one group stand together
	Kind        string // text textarea select radios combobox number checkbox date datetime url secret list
	Value       string
	Options     []Option
	Required    bool
	When        bool // required under a condition
	Unit        string
	Currency    string
	Min, Max    string
	MaxLength   int
	Pattern     string
	Set         bool // of a secret: there is one
	Derived     bool // counted, not typed
}

// Option is one value of a closed list.
type Option struct{ Value, Label string }

// Fields lays a form out, with the values that are there. Lists of simple values are one
// field with a value on each line; lists of objects are not drawn, and left as they are.
func (s *Schema) Fields(value []byte, locale string) []Field {
	v := object(value)
	var out []Field
	draw(s.root, "", v, v == nil, locale, "", &out)
	// What has no heading comes first, then each heading where it was first used.
	first := map[string]int{"": -1}
	for i, f := range out {
		if _, ok := first[f.Group]; !ok {
			first[f.Group] = i
		}
	}
	slices.SortStableFunc(out, func(a, b Field) int { return first[a.Group] - first[b.Group] })
	return out
}

func object(raw []byte) map[string]any {
	var v map[string]any
	if len(raw) == 0 || decode(raw, &v) != nil {
		return nil
	}
	return v
}

func draw(n *node, under string, v map[string]any, fresh bool, locale, group string, out *[]Field) {
	for _, p := range n.props {
		name := strings.TrimPrefix(under+"."+p.name, ".")
		if p.node.kind == "object" {
			inner, _ := v[p.name].(map[string]any)
			heading := p.node.label(p.name, locale)
			draw(p.node, name, inner, fresh, locale, heading, out)
			continue
		}
		if p.node.kind == "array" && p.node.items != nil && p.node.items.kind == "object" {
			continue
		}
		f := p.node.field(p.name, locale)
		f.Name, f.Required = name, slices.Contains(n.required, p.name)
		if f.Group == "" {
			f.Group = group
		}
		have, there := v[p.name]
		if !there && fresh && p.node.initial != nil {
			_ = decode(p.node.initial, &have)
		}
		if f.Kind == "secret" {
			f.Set = there && have != ""
		} else {
			f.Value = written(have)
		}
		*out = append(*out, f)
	}
}

func (n *node) label(name, locale string) string {
	if t := n.hints.Texts[locale].Title; t != "" {
		return t
	}
	if n.title != "" {
		return n.title
	}
	words := strings.ReplaceAll(name, "_", " ")
	return strings.ToUpper(words[:1]) + words[1:]
}

func (n *node) field(name, locale string) Field {
	t := n.hints.Texts[locale]
	f := Field{
		Label: n.label(name, locale), Help: n.help, Group: n.hints.Group, When: n.when, Unit: n.hints.Unit, Currency: n.hints.Money,
		Min: n.least, Max: n.most, MaxLength: n.lenMost, Pattern: n.pattern, Derived: n.hints.Derived, Kind: n.control(),
	}
	if t.Description != "" {
		f.Help = t.Description
	}
	if t.Group != "" {
		f.Group = t.Group
	}
	options := n.options
	if n.kind == "array" && n.items != nil {
		options = n.items.options
	}
	for _, o := range options {
		v := written(o)
		label := t.Enum[v]
		if label == "" {
			label = v
		}
		f.Options = append(f.Options, Option{v, label})
	}
	return f
}

// control is what a value is typed into.
func (n *node) control() string {
	switch {
	case n.hints.Secret:
		return "secret"
	case n.kind == "boolean":
		return "checkbox"
	case n.kind == "array":
		return "list"
	case n.hints.Widget != "" && n.hints.Widget != "date":
		return n.hints.Widget
	case len(n.options) > 0:
		return "select"
	case n.kind == "number", n.kind == "integer":
		return "number"
	case n.format == "date", n.hints.Widget == "date":
		return "date"
	case n.format == "date-time":
		return "datetime"
	case n.format == "uri":
		return "url"
	}
	return "text"
}

func written(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	case []any:
		var lines []string
		for _, one := range v {
			lines = append(lines, written(one))
		}
		return strings.Join(lines, "\n")
	}
	b, _ := json.Marshal(v)
	return string(b)
}

// Read makes a value of what was typed into the form. An empty field is left out; an empty
// secret stays what it was, and "-clear" beside its name takes it away. What the form does
// not draw stays too. The problems are those of the whole value.
func (s *Schema) Read(form url.Values, old []byte) ([]byte, []fault.Field) {
	v, bad := read(s.root, "", form, object(old), false)
	b, err := json.Marshal(v)
	if err != nil {
		return nil, []fault.Field{{Reason: "malformed"}}
	}
	for _, f := range s.Check(b) {
		if !slices.ContainsFunc(bad, func(have fault.Field) bool { return have.Path == f.Path }) {
			bad = append(bad, f)
		}
	}
	return b, bad
}

// Typed is Read for whoever keeps the secrets elsewhere and does not show them: one that is
// taken away is null, one that is left alone is left out, and only what cannot be read at
// all is a problem yet.
func (s *Schema) Typed(form url.Values, old []byte) ([]byte, error) {
	v, bad := read(s.root, "", form, object(old), true)
	if len(bad) > 0 {
		return nil, ErrValue.At(bad...)
	}
	return json.Marshal(v)
}

func read(n *node, under string, form url.Values, was map[string]any, elsewhere bool) (map[string]any, []fault.Field) {
	out, bad := map[string]any{}, []fault.Field(nil)
	for _, p := range n.props {
		name := strings.TrimPrefix(under+"."+p.name, ".")
		typed := form.Get(name)
		if p.node.control() != "textarea" && !p.node.hints.Secret {
			typed = strings.TrimSpace(typed)
		}
		had, there := was[p.name]
		switch k := p.node; {
		case k.kind == "object":
			inner, _ := had.(map[string]any)
			v, worse := read(k, name, form, inner, elsewhere)
			bad = append(bad, worse...)
			if len(v) > 0 || slices.Contains(n.required, p.name) {
				out[p.name] = v
			}
		case k.kind == "array" && k.items != nil && k.items.kind == "object", k.hints.Derived:
			if there {
				out[p.name] = had
			}
		case k.hints.Secret && typed == "":
			switch clear := form.Get(name+"-clear") != ""; {
			case clear && elsewhere:
				out[p.name] = nil
			case there && !clear:
				out[p.name] = had
			}
		case k.kind == "boolean":
			out[p.name] = typed != "" && typed != "false"
		case k.kind == "array":
			var list []any
			for _, line := range form[name] {
				for _, one := range strings.Split(line, "\n") {
					if one = strings.TrimSpace(one); one != "" {
						list = append(list, k.items.typed(one))
					}
				}
			}
			if len(list) > 0 {
				out[p.name] = list
			}
		case typed != "":
			v := k.typed(typed)
			if _, text := v.(string); text && (k.kind == "number" || k.kind == "integer") {
				bad = append(bad, fault.Field{Path: name, Reason: ofKind([]string{k.kind})})
			}
			out[p.name] = v
		}
	}
	return out, bad
}

// typed is what was typed as the schema's kind of value; if it is none, it stays text, and
// the check says so.
func (n *node) typed(s string) any {
	if n == nil || n.kind != "number" && n.kind != "integer" {
		return s
	}
	if !numeral(s) {
		return s
	}
	return json.Number(s)
}

// numeral is a plain decimal numeral of JSON.
func numeral(s string) bool {
	d := strings.TrimPrefix(s, "-")
	whole, frac, dot := strings.Cut(d, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	return digits(whole) && (len(whole) == 1 || whole[0] != '0') && (!dot || digits(frac))
}

func index(i int) string { return strconv.Itoa(i) }
