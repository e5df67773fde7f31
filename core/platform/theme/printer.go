package theme

import (
	"fmt"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/kontorhq/kontor/core/fault"
)

// Printer says things in one language and time zone: texts, amounts, dates. Pages have one
// through their functions; mails, documents and problems take theirs from Engine.Printer.
type Printer struct {
	locale string
	tag    language.Tag
	texts  *catalogue
	base   *catalogue // English, for what only Go code says
	loc    *time.Location
	now    func() time.Time
	zh     bool
	dash   string
}

// Printer speaks the theme's words in a locale; unknown ones fall back to base and English.
func (e *Engine) Printer(themeName, locale, zone string) *Printer {
	t := e.themes[themeName]
	if t == nil {
		t = e.themes["base"]
	}
	return e.printer(t, t.locale(locale, ""), zone)
}

func (e *Engine) printer(t *theme, locale, zone string) *Printer {
	c := t.texts[locale]
	if c == nil {
		c = &catalogue{tag: language.English}
	}
	return &Printer{locale: locale, tag: c.tag, texts: c, base: t.texts["en"], loc: location(zone), now: e.now, zh: strings.HasPrefix(locale, "zh"), dash: "—"}
}

// Locale is the language spoken.
func (p *Printer) Locale() string { return p.locale }

// T is the text of key with args as name, value pairs. A key in no catalogue is shown in
// brackets: a gap must be seen.
func (p *Printer) T(key string, args ...any) string {
	m, ok := p.texts.msgs[key]
	if !ok {
		return "⟦" + key + "⟧"
	}
	return m.fill(pairs(args))
}

// Has reports whether there is a text for key.
func (p *Printer) Has(key string) bool { _, ok := p.texts.msgs[key]; return ok }

// N is the text of key for a number of things: key.one, key.other … with {n} filled.
func (p *Printer) N(key string, n any, args ...any) string {
	count := whole(n)
	m, ok := p.texts.msgs[key+"."+p.texts.form(count)]
	if !ok {
		if m, ok = p.texts.msgs[key+".other"]; !ok {
			return "⟦" + key + "⟧"
		}
	}
	given := pairs(args)
	return m.fill(func(name string) (string, bool) {
		if v, ok := given(name); ok || name != "n" {
			return v, ok
		}
		return group(fmt.Sprint(count)), true
	})
}

// Fault is a fault's sentence in the reader's language; English is where it was declared.
func (p *Printer) Fault(f *fault.Error) string { return p.faultText("fault."+f.Code, f.Detail, f) }

// Next is what a fault says the person can do.
func (p *Printer) Next(f *fault.Error) string {
	if f.Next == "" {
		return ""
	}
	return p.faultText("fault."+f.Code+".next", f.Next, f)
}

func (p *Printer) faultText(key, english string, f *fault.Error) string {
	m, ok := p.texts.msgs[key]
	if !ok {
		m = cut(english)
	}
	return m.fill(func(name string) (string, bool) { v, ok := f.Args[name]; return v, ok })
}

// Reason is the sentence for why an input is at fault.
func (p *Printer) Reason(f fault.Field) string {
	if m, ok := p.texts.msgs["field."+f.Reason]; ok && (f.Detail == "" || p.zh) {
		return m.fill(pairs(nil))
	}
	if f.Detail != "" {
		return f.Detail
	}
	return f.Reason
}

// Name picks the reader's language from a map of names: his own, its base language,
// English, then any, in order.
func (p *Printer) Name(names any) string {
	get, all := nameMap(names)
	for _, l := range []string{p.locale, p.locale[:min(2, len(p.locale))], "en", "zh-CN", "zh"} {
		if v := get(l); v != "" {
			return v
		}
	}
	for _, l := range all {
		if v := get(l); v != "" {
			return v
		}
	}
	return ""
}

func nameMap(names any) (func(string) string, []string) {
	switch m := names.(type) {
	case map[string]string:
		return func(l string) string { return m[l] }, sortedKeys(m)
	case map[string]any:
		return func(l string) string { s, _ := m[l].(string); return s }, sortedKeys(m)
	case string:
		return func(string) string { return m }, nil
	}
	return func(string) string { return "" }, nil
}

func pairs(args []any) func(string) (string, bool) {
	return func(name string) (string, bool) {
		for i := 0; i+1 < len(args); i += 2 {
			if args[i] == name {
				return fmt.Sprint(args[i+1]), true
			}
		}
		return "", false
	}
}

func whole(n any) int64 {
	switch v := n.(type) {
	case int:
		return int64(v)
	case int64:
		return v
	case int32:
		return int64(v)
	case uint:
		return int64(v) //nolint:gosec // counts of things on a page
	}
	return 0
}
