package search

import (
	"slices"
	"strings"
)

// Lexicon is a tenant's own vocabulary of Chinese words (categories, brands, grades). It
// splits words that were typed without a space between them: 不锈钢轴承.
type Lexicon map[string]struct{}

// longest is the length of the longest word worth trying.
const longest = 8

// Learn adds the Han words of a text.
func (l Lexicon) Learn(text string) {
	_, hans := words(runs(fold(text, maxTextRunes)))
	for _, h := range hans {
		if len(h) >= 2 && len(h) <= longest {
			l[string(h)] = struct{}{}
		}
	}
}

// split cuts a run at the words it knows, longest first; what lies between stays together.
func (l Lexicon) split(h []rune) [][]rune {
	var out [][]rune
	from := 0
	for i := 0; i < len(h); {
		n := 0
		for k := min(longest, len(h)-i); k >= 2; k-- {
			if _, ok := l[string(h[i:i+k])]; ok {
				n = k
				break
			}
		}
		if n == 0 {
			i++
			continue
		}
		if from < i {
			out = append(out, h[from:i])
		}
		out = append(out, h[i:i+n])
		i += n
		from = i
	}
	if from < len(h) {
		out = append(out, h[from:])
	}
	return out
}

// Query is what was typed, ready to be asked in several ways. Its zero value asks nothing.
type Query struct {
	terms []string // quoted tsquery operands
}

// Parse reads a typed query. Words, quotes, operators and emoji are all just text.
func Parse(typed string, lex Lexicon) Query {
	var q Query
	rs := runs(fold(typed, maxQueryRunes))
	ws, hans := words(rs)
	for _, w := range ws {
		switch {
		case w.next != 0 && len(w.text) == 1: // H型钢: the letter belongs to the character behind it
			q.add(string(w.text)+string(w.next), false)
		case len(w.text) == 1 && w.text[0] == 'x' && len(ws) > 2: // "200 x 200"
		default:
			q.add(lexeme(w.text), true)
		}
	}
	for _, h := range hans {
		for _, part := range lex.split(h) {
			q.addHan(part)
		}
	}
	return q
}

func (q *Query) addHan(h []rune) {
	if len(h) == 1 {
		q.add(string(h), false)
	}
	for i := 0; i+1 < len(h); i++ {
		q.add(string(h[i:i+2]), false)
	}
}

func (q *Query) add(lex string, prefix bool) {
	var b strings.Builder
	quote(&b, lex)
	if prefix {
		b.WriteString(":*")
	}
	if t := b.String(); len(q.terms) < maxQueryTerms && !slices.Contains(q.terms, t) {
		q.terms = append(q.terms, t)
	}
}

// Empty reports whether nothing searchable was typed.
func (q Query) Empty() bool { return len(q.terms) == 0 }

// All is the tsquery that wants every term.
func (q Query) All() string { return strings.Join(q.terms, " & ") }

// Any is the tsquery that wants at least one, for when All finds nothing.
func (q Query) Any() string { return strings.Join(q.terms, " | ") }

// Weighted is All, but each term in a field of one of the weights, such as "A" or "AB".
func (q Query) Weighted(weights string) string {
	out := make([]string, len(q.terms))
	for i, t := range q.terms {
		if rest, ok := strings.CutSuffix(t, ":*"); ok {
			out[i] = rest + ":*" + weights
		} else {
			out[i] = t + ":" + weights
		}
	}
	return strings.Join(out, " & ")
}

// Terms is how many terms the query has.
func (q Query) Terms() int { return len(q.terms) }

// And narrows a tsquery by exact terms, each group an OR: And(q, {a}, {b, c}) is q & a & (b | c).
func And(tsquery string, groups ...[]string) string {
	parts := make([]string, 0, len(groups)+1)
	if tsquery != "" {
		parts = append(parts, "("+tsquery+")")
	}
	for _, g := range groups {
		if len(g) == 0 {
			continue
		}
		quoted := make([]string, len(g))
		for i, t := range g {
			var b strings.Builder
			quote(&b, t)
			quoted[i] = b.String()
		}
		parts = append(parts, "("+strings.Join(quoted, " | ")+")")
	}
	return strings.Join(parts, " & ")
}
