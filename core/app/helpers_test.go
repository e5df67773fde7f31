package app_test

import (
	"bytes"
	"compress/zlib"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/kontorhq/kontor/core/money"
	kontor "github.com/kontorhq/kontor/deploy/clients/go"
)

// pretty lays JSON out line by line, so that a difference can be read.
func pretty(t *testing.T, doc []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := json.Indent(&b, doc, "", " "); err != nil {
		t.Fatal(err)
	}
	b.WriteByte('\n')
	return b.Bytes()
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(have, want []byte) string {
	h, w := bytes.Split(have, []byte("\n")), bytes.Split(want, []byte("\n"))
	for i := range max(len(h), len(w)) {
		a, b := []byte("(nothing)"), []byte("(nothing)")
		if i < len(h) {
			a = h[i]
		}
		if i < len(w) {
			b = w[i]
		}
		if !bytes.Equal(a, b) {
			return fmt.Sprintf("line %d: committed %q, now %q", i+1, a, b)
		}
	}
	return ""
}

// cents is a decimal with two places as a whole number.
func cents(t *testing.T, decimal string) int64 {
	t.Helper()
	m, err := money.Parse(decimal, "CNY")
	if err != nil {
		t.Fatal(err)
	}
	return m.Minor
}

// minor is an amount of the API in minor units; all currencies here have two places.
func minor(t *testing.T, m kontor.Money) int64 {
	t.Helper()
	return cents(t, m.Amount)
}

func sum(t *testing.T, ms ...kontor.Money) int64 {
	t.Helper()
	var n int64
	for _, m := range ms {
		n += minor(t, m)
	}
	return n
}

// readPDF is a small reader of the text that our own printer writes: it unpacks the
// content streams, and maps glyphs back through the fonts' ToUnicode tables.
func readPDF(t *testing.T, body []byte) string {
	t.Helper()
	var streams [][]byte
	for rest := body; ; {
		i := bytes.Index(rest, []byte("stream\n"))
		if i < 0 {
			break
		}
		rest = rest[i+7:]
		j := bytes.Index(rest, []byte("\nendstream"))
		if j < 0 {
			break
		}
		raw := rest[:j]
		if z, err := zlib.NewReader(bytes.NewReader(raw)); err == nil {
			if plain, err := io.ReadAll(z); err == nil {
				raw = plain
			}
		}
		streams, rest = append(streams, raw), rest[j:]
	}
	var out strings.Builder
	for _, s := range streams {
		for _, m := range shown.FindAllSubmatch(s, -1) {
			out.WriteString(utf16BE(unescape(m[1])))
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// shown is a string that a page shows: (…) Tj, with UTF-16 inside for the fonts we embed.
var shown = regexp.MustCompile(`(?s)\(((?:[^()\\]|\\.)*)\) ?Tj`)

func unescape(b []byte) []byte {
	var out []byte
	for i := 0; i < len(b); i++ {
		if b[i] == '\\' && i+1 < len(b) {
			i++
			if c, ok := map[byte]byte{'n': '\n', 'r': '\r', 't': '\t'}[b[i]]; ok {
				out = append(out, c)
				continue
			}
		}
		out = append(out, b[i])
	}
	return out
}

func utf16BE(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for i := 0; i+1 < len(b); i += 2 {
		u = append(u, uint16(b[i])<<8|uint16(b[i+1]))
	}
	return string(utf16.Decode(u))
}
