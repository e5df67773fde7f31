// Package console is what the consoles of sellers, operators and the platform have in
// common: how a screen is framed, how forms with many rows are read, how lists continue
// and how events are told in the reader's language.
package console

import (
	"bytes"
	"encoding/csv"
	"net/url"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Frame makes the frame of a screen: its console, the sidebar's entry, the title's key.
func Frame(console, active, title string, crumbs ...frame.Crumb) frame.Frame {
	return frame.Frame{TitleKey: title, Console: console, Active: active, Crumbs: crumbs, NoIndex: true}
}

// Named is Frame for a thing that has a name of its own.
func Named(console, active, title string, crumbs ...frame.Crumb) frame.Frame {
	return frame.Frame{Title: title, Console: console, Active: active, Crumbs: crumbs, NoIndex: true}
}

// Crumb is one step of the way, with a text's key.
func Crumb(key, url string) frame.Crumb { return frame.Crumb{Key: key, URL: url} }

// Here is the last step: the thing itself.
func Here(text string) frame.Crumb { return frame.Crumb{Text: text} }

// Words is the printer for a visit.
func Words(e *theme.Engine, v *web.Visit) *theme.Printer {
	return e.Printer(v.Site().Theme, v.Locale(), v.Site().TimeZone)
}

// ReadID reads an identifier of the path or of a form. What is none is not there.
func ReadID[N any](text string, into *id.ID[N], missing error) error {
	if err := into.UnmarshalText([]byte(text)); err != nil || into.IsZero() {
		return missing
	}
	return nil
}

// Today is the day that it is in a market's time zone, as a bare date.
func Today(now time.Time, zone string) time.Time {
	loc, err := time.LoadLocation(zone)
	if err != nil {
		loc = time.UTC
	}
	y, m, d := now.In(loc).Date()
	return time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
}

// Ask is the page asked for.
func Ask(v *web.Visit, size int) page.Request {
	return page.Request{After: v.Query("after"), Limit: size}
}

// Pager is what parts/pager needs.
type Pager struct{ Next, First string }

// Pages makes the addresses of the next and the first page out of the one asked for.
func Pages(v *web.Visit, next string) Pager {
	var p Pager
	if next != "" {
		p.Next = With(v, "after", next)
	}
	if v.Query("after") != "" {
		p.First = With(v, "after", "")
	}
	return p
}

// With is the visit's address with one value of the query set, or taken out when empty.
// Another filter is another list, so the cursor goes with any but itself.
func With(v *web.Visit, key, value string) string {
	q := url.Values{}
	for k, vs := range v.Queries() {
		q[k] = vs
	}
	if key != "after" {
		q.Del("after")
	}
	if q.Del(key); value != "" {
		q.Set(key, value)
	}
	path := v.URL().Path
	if e := q.Encode(); e != "" {
		return path + "?" + e
	}
	return path
}

// Tabs makes one tab for each value of a query's key; the empty value is all.
func Tabs(v *web.Visit, p *theme.Printer, key, prefix string, counts map[string]int, values ...string) []theme.Tab {
	out := make([]theme.Tab, len(values))
	for i, value := range values {
		text := p.T("common.all")
		if value != "" {
			text = State(p, prefix, value)
		}
		out[i] = theme.Tab{Text: text, URL: With(v, key, value), Count: counts[value], Current: v.Query(key) == value}
	}
	return out
}

// State is the word for a state: prefix and state, else the state's common word.
func State(p *theme.Printer, prefix, state string) string {
	if key := prefix + state; p.Has(key) {
		return p.T(key)
	}
	return p.T("state." + state)
}

// Choices are states with their words.
func Choices(p *theme.Printer, prefix string, states []string) []theme.Choice {
	out := make([]theme.Choice, len(states))
	for i, s := range states {
		out[i] = theme.Choice{Value: s, Label: State(p, prefix, s)}
	}
	return out
}

// OneOf keeps a value of a query that is known and drops any other.
func OneOf(value string, known ...string) string {
	for _, k := range known {
		if value == k {
			return value
		}
	}
	return ""
}

// CSV is a table as a file that spreadsheets read. A cell that a spreadsheet would run as
// a formula begins with an apostrophe.
func CSV(head []string, rows [][]string) ([]byte, error) {
	var b strings.Builder
	b.WriteString("\ufeff") // or Excel reads Chinese as Latin
	w := csv.NewWriter(&b)
	w.UseCRLF = true
	if err := w.Write(head); err != nil {
		return nil, err
	}
	for _, r := range rows {
		safe := make([]string, len(r))
		for i, c := range r {
			safe[i] = tame(c)
		}
		if err := w.Write(safe); err != nil {
			return nil, err
		}
	}
	w.Flush()
	return []byte(b.String()), w.Error()
}

// CSVFile is the table as a download.
func CSVFile(name string, head []string, rows [][]string) (web.Answer, error) {
	body, err := CSV(head, rows)
	return web.File(name, "text/csv; charset=utf-8", bytes.NewReader(body), int64(len(body))), err
}

func tame(cell string) string {
	if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
		return "'" + cell
	}
	return cell
}

// PluginState is how a plugin does, in the words that badges have: its own states are more
// than an operator needs to tell apart at a glance.
func PluginState(state string) string {
	switch state {
	case "ready":
		return "running"
	case "starting", "degraded":
		return state
	}
	return "down"
}

// Optional turns "there is none" into nothing.
func Optional[T any](v T, err error) (*T, error) {
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return nil, nil
		}
		return nil, err
	}
	return &v, nil
}
