package theme

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strings"
	"unicode"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// PseudoLocale shows which texts are not in a catalogue and which layouts break when
// words grow: English with accents, 1.6 times as long.
const PseudoLocale = "en-XA"

// catalogue is one locale's messages, by key.
type catalogue struct {
	tag  language.Tag
	msgs map[string]message
	file map[string]string // where each key was read, for the complaint about doubles
}

// message is text cut at its {placeholders}: parts[0] names[0] parts[1] ….
type message struct {
	parts []string
	names []string
}

func newCatalogue(locale string) (*catalogue, error) {
	tag, err := language.Parse(locale)
	if err != nil {
		return nil, fmt.Errorf("locale %q: %w", locale, err)
	}
	return &catalogue{tag: tag, msgs: map[string]message{}, file: map[string]string{}}, nil
}

func (c *catalogue) clone() *catalogue {
	return &catalogue{tag: c.tag, msgs: maps.Clone(c.msgs), file: map[string]string{}}
}

// readTexts takes in locales/<locale>/<area>.json. A theme may say over again what its
// parent says; one theme may not say a thing twice.
func (t *theme) readTexts(files fs.FS, file, rest string) error {
	locale, _, ok := strings.Cut(rest, "/")
	if !ok {
		return nil
	}
	b, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	var flat map[string]string
	if err := json.Unmarshal(b, &flat); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	c := t.texts[locale]
	if c == nil {
		if c, err = newCatalogue(locale); err != nil {
			return err
		}
		t.texts[locale] = c
	}
	for k, v := range flat {
		if other := c.file[k]; other != "" {
			return fmt.Errorf("%s: %q is already in %s", file, k, other)
		}
		c.msgs[k], c.file[k] = cut(v), file
	}
	return nil
}

// cut finds the placeholders. A brace that closes nothing is plain text.
func cut(s string) message {
	var m message
	for {
		open := strings.IndexByte(s, '{')
		if open < 0 {
			break
		}
		end := strings.IndexByte(s[open:], '}')
		if end < 0 {
			break
		}
		m.parts = append(m.parts, s[:open])
		m.names = append(m.names, s[open+1:open+end])
		s = s[open+end+1:]
	}
	m.parts = append(m.parts, s)
	return m
}

// fill puts values in. args are name, value, name, value …; what has no value keeps its
// braces, so that the gap is seen.
func (m message) fill(value func(name string) (string, bool)) string {
	if len(m.names) == 0 {
		return m.parts[0]
	}
	var b strings.Builder
	for i, n := range m.names {
		b.WriteString(m.parts[i])
		if v, ok := value(n); ok {
			b.WriteString(v)
		} else {
			b.WriteString("{" + n + "}")
		}
	}
	b.WriteString(m.parts[len(m.names)])
	return b.String()
}

// form is the CLDR plural category of a whole number in the catalogue's language.
func (c *catalogue) form(n int64) string {
	if n < 0 {
		n = -n
	}
	switch plural.Cardinal.MatchPlural(c.tag, int(n%10_000_000), 0, 0, 0, 0) {
	case plural.Zero:
		return "zero"
	case plural.One:
		return "one"
	case plural.Two:
		return "two"
	case plural.Few:
		return "few"
	case plural.Many:
		return "many"
	}
	return "other"
}

// accents keep a pseudo-text readable.
var accents = strings.NewReplacer("a", "á", "e", "é", "i", "í", "o", "ó", "u", "ú", "c", "ç", "n", "ñ", "A", "Å", "E", "É", "O", "Ö", "U", "Û", "S", "Š")

// pseudo is the catalogue accented, stretched and bracketed.
func (c *catalogue) pseudo() *catalogue {
	out := &catalogue{tag: c.tag, msgs: make(map[string]message, len(c.msgs)), file: map[string]string{}}
	for k, m := range c.msgs {
		p := message{names: m.names, parts: make([]string, len(m.parts))}
		letters := 0
		for i, s := range m.parts {
			p.parts[i] = accents.Replace(s)
			letters += strings.Count(strings.Map(keepLetters, s), "") - 1
		}
		last := len(p.parts) - 1
		p.parts[0] = "⟦" + p.parts[0]
		p.parts[last] += strings.Repeat("·", letters*6/10) + "⟧"
		out.msgs[k] = p
	}
	return out
}

func keepLetters(r rune) rune {
	if unicode.IsLetter(r) {
		return r
	}
	return -1
}
