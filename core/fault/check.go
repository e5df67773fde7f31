package fault

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Check collects every problem of one input, so that a person hears of all of them at
// once and not of the next one after each correction.
type Check struct{ fields []Field }

// Add notes a problem at a JSON path; reason is a stable word, detail is for a person.
func (c *Check) Add(path, reason, detail string) {
	c.fields = append(c.fields, Field{Path: path, Reason: reason, Detail: detail})
}

// If notes a problem when bad is true.
func (c *Check) If(bad bool, path, reason, detail string) {
	if bad {
		c.Add(path, reason, detail)
	}
}

// Text checks something a person typed: its length in characters, that it is UTF-8, and
// that it holds no control characters other than line breaks and tabs (a NUL would be
// refused by the database, and others are never meant).
func (c *Check) Text(path, s string, least, most int) {
	if !utf8.ValidString(s) || strings.ContainsFunc(s, unprintable) {
		c.Add(path, "malformed", "This text holds characters that cannot be stored.")
		return
	}
	n := utf8.RuneCountInString(strings.TrimSpace(s))
	switch {
	case n == 0 && least > 0:
		c.Add(path, "required", "")
	case n < least:
		c.Add(path, "too_short", "")
	case n > most:
		c.Add(path, "too_long", "")
	}
}

func unprintable(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\r' && r != '\t' }

// Or is nil when nothing was found, and otherwise e with all of it.
func (c *Check) Or(e *Error) error {
	if len(c.fields) == 0 {
		return nil
	}
	return e.At(c.fields...)
}
