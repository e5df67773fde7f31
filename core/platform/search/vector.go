package search

import (
	"strconv"
	"strings"
)

// Weight says where a word was found; a hit in a name counts more than one in an attribute.
type Weight byte

// The weights that listings use.
const (
	InName     Weight = 'A'
	InCode     Weight = 'B' // part numbers and brands
	InProperty Weight = 'C'
	InCategory Weight = 'D'
)

// Field is a text to be found by, and its weight.
type Field struct {
	Text   string
	Weight Weight
}

// Tokens are the lexemes that text can be found by, in order, each once.
func Tokens(text string) []string {
	var out []string
	seen := map[string]bool{}
	add := func(s string) {
		if s != "" && !seen[s] {
			seen[s] = true
			out = append(out, s)
		}
	}
	rs := runs(fold(text, maxTextRunes))
	ws, hans := words(rs)
	for _, w := range ws {
		for _, from := range w.starts {
			add(lexeme(w.text[from:]))
		}
		if len(w.starts) > 1 { // "hw" of "hw200x200", whole: a short code is looked up often
			add(lexeme(w.text[:w.starts[1]]))
		}
		if w.next != 0 && len(w.text) == 1 {
			add(string(w.text) + string(w.next))
		}
	}
	for _, h := range hans {
		for _, c := range h {
			add(string(c))
		}
		for i := 0; i+1 < len(h); i++ {
			add(string(h[i : i+2]))
		}
	}
	for _, j := range joins(rs) {
		add(j)
	}
	return out
}

// joins are words written with a sign inside ("6204-2RS") as they are without it.
func joins(rs []run) []string {
	var out []string
	for i := 0; i+1 < len(rs); i++ {
		a, b := rs[i], rs[i+1]
		if a.kind == han || b.kind == han || b.glued || (a.kind == latin && b.kind == latin) {
			continue // two plain words are never written as one
		}
		tail := append(append([]rune(nil), a.text...), b.text...)
		for k := i + 2; k < len(rs) && rs[k].glued && rs[k].kind != han; k++ {
			tail = append(tail, rs[k].text...)
		}
		if len(tail) <= 16 {
			out = append(out, lexeme(tail))
		}
	}
	return out
}

// Term is a lexeme that no typed word can be: the exact value of a facet, a category.
func Term(key, value string) string { return "=" + key + ":" + value }

// Vector is the text form of a tsvector over the fields, plus exact terms. Where a word
// stands in several fields, each weight is kept.
func Vector(fields []Field, terms ...string) string {
	var b strings.Builder
	weights := map[string][]byte{}
	var order []string
	for _, f := range fields {
		for _, t := range Tokens(f.Text) {
			w := weights[t]
			if w == nil {
				order = append(order, t)
			}
			if !strings.Contains(string(w), string(f.Weight)) {
				weights[t] = append(w, byte(f.Weight))
			}
		}
	}
	for _, t := range order {
		quote(&b, t)
		for i, w := range weights[t] {
			b.WriteByte(":,"[min(i, 1)])
			b.WriteString(strconv.Itoa(i + 1))
			b.WriteByte(w)
		}
		b.WriteByte(' ')
	}
	for _, t := range terms {
		quote(&b, t)
		b.WriteByte(' ')
	}
	return strings.TrimSpace(b.String())
}

// quote writes a lexeme as tsvector and tsquery input take it, whatever is in it.
func quote(b *strings.Builder, s string) {
	if len(s) > 1_000 { // PostgreSQL's own limit is 2,046 bytes
		s = strings.ToValidUTF8(s[:1_000], "")
	}
	b.WriteByte('\'')
	for _, r := range s {
		switch r {
		case '\'', '\\':
			b.WriteRune(r)
		case 0:
			continue
		}
		b.WriteRune(r)
	}
	b.WriteByte('\'')
}
