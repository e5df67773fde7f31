// Package search turns what people write into what PostgreSQL can find: a weighted
// tsvector for a text and a safe tsquery for a query. Chinese has no spaces, so a run of
// Han characters becomes its single characters and its pairs; a word of letters and
// digits becomes itself and its tail from every border between the two ("hw200x200"
// also answers to "200x200"), because people type any half of a designation.
//
// Nothing typed can break a query: only letters, digits and a decimal point survive
// into a lexeme, and every lexeme is quoted.
package search

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// Limits of one query and of one indexed text.
const (
	maxQueryRunes  = 200
	maxQueryTerms  = 24
	maxTextRunes   = 4_000
	maxLexemeRunes = 64
)

type kind uint8

const (
	other kind = iota
	han
	latin // any letter that is not Han
	digit
)

func kindOf(r rune) kind {
	switch {
	case unicode.Is(unicode.Han, r), r == '々', r == '〇':
		return han
	case unicode.IsDigit(r):
		return digit
	case unicode.IsLetter(r):
		return latin
	}
	return other
}

// fold makes spellings that look alike the same: compatibility forms (NFKC), case,
// invisible characters, and the many signs for "times" between two dimensions.
func fold(s string, limit int) []rune {
	if len(s) > limit*8 { // a rune has at most four bytes; the rest is for marks that vanish
		s = s[:limit*8]
	}
	in := []rune(norm.NFKC.String(strings.ToValidUTF8(s, " ")))
	out := make([]rune, 0, min(len(in), limit))
	for i, r := range in {
		if len(out) == limit {
			break
		}
		switch {
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r): // zero-width, direction and accent marks
			continue
		case isTimes(r) && i > 0 && i+1 < len(in) && unicode.IsDigit(in[i-1]) && unicode.IsDigit(in[i+1]):
			out = append(out, 'x')
		default:
			out = append(out, unicode.ToLower(r))
		}
	}
	return out
}

func isTimes(r rune) bool {
	return r == '*' || r == '×' || r == '✕' || r == '⨯' || r == 'X' || r == 'x'
}

// run is a stretch of one kind of character; glued runs follow each other without a gap.
type run struct {
	text  []rune
	kind  kind
	glued bool // no space or sign before it
}

func runs(rs []rune) []run {
	var out []run
	glued := false
	for i := 0; i < len(rs); {
		k := kindOf(rs[i])
		j := i + 1
		for j < len(rs) && (kindOf(rs[j]) == k || decimalPoint(rs, j, k)) {
			j++
		}
		if k != other {
			out = append(out, run{rs[i:j], k, glued})
		}
		glued = k != other
		i = j
	}
	return out
}

// decimalPoint keeps 6.5 one number.
func decimalPoint(rs []rune, i int, k kind) bool {
	return k == digit && rs[i] == '.' && i+1 < len(rs) && unicode.IsDigit(rs[i+1])
}

// word is glued letters and digits, with where each of its runs starts.
type word struct {
	text   []rune
	starts []int
	next   rune // the Han character right behind it, or 0
}

// words gathers letter and digit runs into words and returns the Han runs apart.
func words(rs []run) (ws []word, hans [][]rune) {
	for i := 0; i < len(rs); i++ {
		if rs[i].kind == han {
			hans = append(hans, rs[i].text)
			continue
		}
		w := word{text: append([]rune(nil), rs[i].text...), starts: []int{0}}
		for i+1 < len(rs) && rs[i+1].glued && rs[i+1].kind != han {
			i++
			w.starts = append(w.starts, len(w.text))
			w.text = append(w.text, rs[i].text...)
		}
		if i+1 < len(rs) && rs[i+1].glued && rs[i+1].kind == han {
			w.next = rs[i+1].text[0]
		}
		ws = append(ws, w)
	}
	return ws, hans
}

func lexeme(rs []rune) string {
	if len(rs) > maxLexemeRunes {
		rs = rs[:maxLexemeRunes]
	}
	return string(rs)
}
