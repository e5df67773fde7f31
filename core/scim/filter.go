package scim

import (
	"encoding/json"
	"strings"
)

// Term is one comparison by eq. A filter is terms that all hold.
type Term struct {
	Path  string // as written
	Value any    // string, bool, float64 or nil
}

// ParseFilter reads what is answered of RFC 7644 section 3.4.2.2: comparisons by eq, joined
// by and. All else is refused by name, not misread.
func ParseFilter(text string) ([]Term, error) {
	if len(text) > maxFilter {
		return nil, ErrFilter.With("why", "it is too long")
	}
	l := lexer{rest: strings.TrimSpace(text)}
	var out []Term
	for {
		t, err := l.term()
		if err != nil {
			return nil, err
		}
		if out = append(out, t); len(out) > 10 {
			return nil, ErrFilter.With("why", "it has too many comparisons")
		}
		if l.rest == "" {
			return out, nil
		}
		if w := l.word(); !strings.EqualFold(w, "and") {
			return nil, ErrFilter.With("why", "only and joins comparisons, not "+quoted(w))
		}
	}
}

type lexer struct{ rest string }

// word takes up to the next space.
func (l *lexer) word() string {
	w, rest, _ := strings.Cut(l.rest, " ")
	l.rest = strings.TrimLeft(rest, " ")
	return w
}

func (l *lexer) term() (Term, error) {
	path := l.word()
	if path == "" || strings.Trim(strings.ToLower(path), "abcdefghijklmnopqrstuvwxyz0123456789.:_-$") != "" {
		return Term{}, ErrFilter.With("why", "there is no attribute at "+quoted(path))
	}
	if op := l.word(); !strings.EqualFold(op, "eq") {
		return Term{}, ErrFilter.With("why", "attributes are compared by eq, not by "+quoted(op))
	}
	v, err := l.value()
	return Term{path, v}, err
}

// value takes a value of JSON. Some clients write True and False.
func (l *lexer) value() (any, error) {
	end := strings.IndexByte(l.rest, ' ')
	if strings.HasPrefix(l.rest, `"`) {
		end = closing(l.rest)
		if end < 0 {
			return nil, ErrFilter.With("why", "a text does not end")
		}
	}
	if end < 0 {
		end = len(l.rest)
	}
	raw := l.rest[:end]
	if end < len(l.rest) && l.rest[end] != ' ' {
		return nil, ErrFilter.With("why", "a space is missing after "+quoted(raw))
	}
	l.rest = strings.TrimLeft(l.rest[end:], " ")
	switch strings.ToLower(raw) {
	case "true", "false":
		raw = strings.ToLower(raw)
	}
	var v any
	if err := json.Unmarshal([]byte(raw), &v); err != nil {
		return nil, ErrFilter.With("why", quoted(raw)+" is no value")
	}
	switch v.(type) {
	case map[string]any, []any:
		return nil, ErrFilter.With("why", "a comparison wants one value")
	}
	return v, nil
}

// closing is just past the quote that ends a text, or -1.
func closing(s string) int {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return i + 1
		}
	}
	return -1
}

func quoted(s string) string {
	b, err := json.Marshal(clip(s))
	if err != nil {
		return "?"
	}
	return string(b)
}

// bare is an attribute's path without the schema's name, in small letters.
func bare(path, schema string) string {
	path = strings.ToLower(path)
	return strings.TrimPrefix(path, strings.ToLower(schema)+":")
}

// wanted are the terms of a filter in the words of a kind of resource, or ErrFilter for what
// it has not.
func wanted(text, schema string, words map[string]string) ([]Term, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	ts, err := ParseFilter(text)
	if err != nil {
		return nil, err
	}
	for i, t := range ts {
		w, ok := words[bare(t.Path, schema)]
		if !ok {
			return nil, ErrFilter.With("why", quoted(t.Path)+" is not searched")
		}
		if w == "active" {
			b, ok := truth(t.Value)
			if !ok {
				return nil, ErrFilter.With("why", "active is true or false")
			}
			ts[i] = Term{w, b}
			continue
		}
		v, ok := t.Value.(string)
		if !ok {
			return nil, ErrFilter.With("why", quoted(t.Path)+" is compared with a text")
		}
		ts[i] = Term{w, v}
	}
	return ts, nil
}

// truth reads a boolean, also as the text that Entra writes.
func truth(v any) (is, ok bool) {
	switch b := v.(type) {
	case bool:
		return b, true
	case string:
		return strings.EqualFold(b, "true"), strings.EqualFold(b, "true") || strings.EqualFold(b, "false")
	}
	return false, false
}
