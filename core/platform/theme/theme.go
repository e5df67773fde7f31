// Package theme renders pages: html/template files in a chain of themes (base, then one
// that extends it), with texts, numbers and dates in the reader's language, icons, drawings
// and hashed assets. It takes its files as an fs.FS and knows no screen.
package theme

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"html"
	"html/template"
	"io"
	"io/fs"
	"sync"
	"time"
)

// Engine holds parsed themes and renders from them. It is safe for concurrent use.
type Engine struct {
	themes map[string]*theme
	now    func() time.Time
	pseudo bool
	csrf   string // stands in the output where the token goes
	idem   string
	mu     sync.RWMutex
	sets   map[setKey]*template.Template
	bufs   sync.Pool
}

// setKey names one bound set of templates: functions answer for one locale and time zone.
type setKey struct{ theme, locale, zone string }

// maxSets bounds memory when many time zones are in use.
const maxSets = 96

// ErrUnknown answers a theme or template that does not exist.
var ErrUnknown = errors.New("theme: no such template")

// Option changes how an Engine works.
type Option func(*Engine)

// Clock replaces the system clock, for "3 hours ago".
func Clock(now func() time.Time) Option { return func(e *Engine) { e.now = now } }

// Pseudo adds the locale en-XA, whose texts are accented and longer, for tests.
func Pseudo() Option { return func(e *Engine) { e.pseudo = true } }

// New parses every theme under files (one folder each). What is broken is said here, not
// to the first visitor.
func New(files fs.FS, opts ...Option) (*Engine, error) {
	e := &Engine{now: time.Now, sets: map[setKey]*template.Template{}, csrf: marker(), idem: marker()}
	e.bufs.New = func() any { return bytes.NewBuffer(make([]byte, 0, 64<<10)) }
	for _, o := range opts {
		o(e)
	}
	var err error
	if e.themes, err = load(files, e.funcNames(), e.pseudo); err != nil {
		return nil, fmt.Errorf("theme: %w", err)
	}
	return e, nil
}

// marker is a word that nobody outside this process can write into a page.
func marker() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails: crypto/rand aborts the process instead
	return "kontor-" + hex.EncodeToString(b[:])
}

// Themes lists the themes' names in order.
func (e *Engine) Themes() []string { return sortedKeys(e.themes) }

// Names lists the templates of a theme that begin with prefix.
func (e *Engine) Names(themeName, prefix string) []string {
	t := e.themes[themeName]
	if t == nil {
		return nil
	}
	return t.names(prefix)
}

// Has reports whether the theme can render name.
func (e *Engine) Has(themeName, name string) bool {
	t := e.themes[themeName]
	return t != nil && t.trees[name] != nil
}

// Render writes a whole page: the content first, then the layout around it, so that a
// fault in either leaves nothing half written.
func (e *Engine) Render(w io.Writer, themeName, name string, p Page) error {
	set, t, err := e.set(themeName, p)
	if err != nil {
		return err
	}
	content, out := e.buffer(), e.buffer()
	defer e.release(content)
	defer e.release(out)
	if err := execute(set, content, name, p); err != nil {
		return err
	}
	view := framed{Page: p, Content: template.HTML(content.String()), Name: name} //nolint:gosec // made by html/template just above
	layout := t.layoutOf(name)
	if p.Layout != "" {
		layout = "layouts/" + p.Layout
	}
	if err := execute(set, out, layout, view); err != nil {
		return err
	}
	return e.flush(w, out, p)
}

// RenderPart writes one template without a layout; its dot is p.Data. It serves htmx
// fragments, mails and documents.
func (e *Engine) RenderPart(w io.Writer, themeName, name string, p Page) error {
	set, _, err := e.set(themeName, p)
	if err != nil {
		return err
	}
	out := e.buffer()
	defer e.release(out)
	if err := execute(set, out, name, p.Data); err != nil {
		return err
	}
	return e.flush(w, out, p)
}

// RenderContent writes a page's content without its layout; its dot is the page.
func (e *Engine) RenderContent(w io.Writer, themeName, name string, p Page) error {
	set, _, err := e.set(themeName, p)
	if err != nil {
		return err
	}
	out := e.buffer()
	defer e.release(out)
	if err := execute(set, out, name, p); err != nil {
		return err
	}
	return e.flush(w, out, p)
}

// framed is what a layout sees.
type framed struct {
	Page
	Content template.HTML
	Name    string
}

func execute(set *template.Template, w io.Writer, name string, data any) error {
	t := set.Lookup(name)
	if t == nil {
		return fmt.Errorf("%w: %q", ErrUnknown, name)
	}
	if err := t.Execute(w, data); err != nil {
		return fmt.Errorf("theme: %w", err)
	}
	return nil
}

// flush fills in what belongs to one request only, so that sets can be shared by all.
func (e *Engine) flush(w io.Writer, out *bytes.Buffer, p Page) error {
	b := out.Bytes()
	if bytes.Contains(b, []byte(e.csrf)) {
		b = bytes.ReplaceAll(b, []byte(e.csrf), []byte(html.EscapeString(p.CSRF)))
	}
	if bytes.Contains(b, []byte(e.idem)) {
		b = bytes.ReplaceAll(b, []byte(e.idem), []byte(html.EscapeString(p.Idem)))
	}
	_, err := w.Write(b)
	return err
}

func (e *Engine) buffer() *bytes.Buffer {
	b := e.bufs.Get().(*bytes.Buffer)
	b.Reset()
	return b
}

func (e *Engine) release(b *bytes.Buffer) {
	if b.Cap() < 1<<20 { // one huge page must not stay in memory for good
		e.bufs.Put(b)
	}
}

// set is the theme's templates with functions bound to the page's locale and time zone.
func (e *Engine) set(themeName string, p Page) (*template.Template, *theme, error) {
	t := e.themes[themeName]
	if t == nil {
		return nil, nil, fmt.Errorf("%w: theme %q", ErrUnknown, themeName)
	}
	k := setKey{themeName, t.locale(p.Locale, p.Site.Locale), p.Site.TimeZone}
	e.mu.RLock()
	set := e.sets[k]
	e.mu.RUnlock()
	if set != nil {
		return set, t, nil
	}
	set, err := t.bind(e.funcs(e.printer(t, k.locale, k.zone), t))
	if err != nil {
		return nil, nil, fmt.Errorf("theme %s: %w", themeName, err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if first := e.sets[k]; first != nil {
		return first, t, nil
	}
	if len(e.sets) >= maxSets {
		clear(e.sets)
	}
	e.sets[k] = set
	return set, t, nil
}
