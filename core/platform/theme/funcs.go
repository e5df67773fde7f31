package theme

import (
	"encoding/json"
	"fmt"
	"html/template"
	"net/url"
	"strings"
	"time"
)

// funcNames is every function a template may call, for the parser.
func (e *Engine) funcNames() map[string]any {
	p := &Printer{locale: "en", texts: &catalogue{msgs: map[string]message{}}, loc: time.UTC, now: e.now}
	out := map[string]any{}
	for k, v := range e.funcs(p, &theme{assets: newAssets()}) {
		out[k] = v
	}
	return out
}

// funcs are the template functions for one reader. PARTS.md in themes/base lists them.
func (e *Engine) funcs(p *Printer, t *theme) template.FuncMap {
	icons := iconMaker(t.assets)
	f := template.FuncMap{
		"t": p.T, "tn": p.N, "has": p.Has, "money": p.Money, "price": p.Price, "qty": p.Qty, "unitname": p.Unit, "service": p.Service, "num": p.Number, "micro": p.Micro,
		"pct": p.Percent, "date": p.Date, "datetime": p.DateTime, "name": p.Name, "ago": p.agoTag, "until": p.agoTag, "iso": isoTime,
		"spec": p.Spec, "reason": p.reasonWord, "locale": p.Locale,
		"icon": icons, "asset": func(name string) string { return t.assets.urls[name] },
		"csrf": func() template.HTML { return hidden("_csrf", e.csrf) }, "idem": func() template.HTML { return hidden("_key", e.idem) },
		"csrftoken": func() string { return e.csrf },
		"state":     p.stateBadge(icons), "tone": Tone,
		"draw": Draw, "picture": func(src string, attrs any, alt string) template.HTML { return picture(src, attrs, alt) },
		"sparkline": p.sparkline, "bar": bar, "donut": p.donut, "steps": p.tierSteps, "bars": p.bars, "histogram": histogram,
	}
	for k, v := range plain {
		f[k] = v
	}
	return f
}

// plain functions know nothing of language or theme.
var plain = template.FuncMap{
	"dict": dict, "list": func(v ...any) []any { return v }, "seq": seq, "merge": merge, "safeURL": safeURL, "json": toJSON,
	"default": func(d, v any) any {
		if truth, _ := template.IsTrue(v); truth {
			return v
		}
		return d
	},
	"add": func(a, b int) int { return a + b }, "sub": func(a, b int) int { return a - b },
	"lower": strings.ToLower, "upper": strings.ToUpper, "join": strings.Join, "split": strings.Split,
	"hasPrefix": strings.HasPrefix, "contains": strings.Contains, "trim": strings.TrimSpace,
	"initials": initials, "query": setQuery, "strs": func(v ...string) []string { return v },
	"id": domID,
}

// dict makes a part's parameters out of name, value pairs.
func dict(kv ...any) (map[string]any, error) {
	if len(kv)%2 != 0 {
		return nil, fmt.Errorf("dict: a name has no value among %d arguments", len(kv))
	}
	m := make(map[string]any, len(kv)/2)
	for i := 0; i < len(kv); i += 2 {
		k, ok := kv[i].(string)
		if !ok {
			return nil, fmt.Errorf("dict: argument %d is no name", i)
		}
		m[k] = kv[i+1]
	}
	return m, nil
}

// merge is base with more pairs over it; base stays as it is.
func merge(base map[string]any, kv ...any) (map[string]any, error) {
	over, err := dict(kv...)
	if err != nil {
		return nil, err
	}
	out := make(map[string]any, len(base)+len(over))
	for k, v := range base {
		out[k] = v
	}
	for k, v := range over {
		out[k] = v
	}
	return out, nil
}

// seq is 0 … n−1, at most a thousand.
func seq(n int) []int {
	out := make([]int, 0, max(0, min(n, 1000)))
	for i := range cap(out) {
		out = append(out, i)
	}
	return out
}

// safeURL lets addresses of this site and the web through and nothing that runs.
func safeURL(s string) template.URL {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "" && u.Scheme != "https" && u.Scheme != "http" && u.Scheme != "mailto" && u.Scheme != "tel") {
		return "#"
	}
	return template.URL(s) //nolint:gosec // scheme checked above
}

// setQuery is address with one query value set; an empty value removes it. Cursors fall
// away: another filter is another list.
func setQuery(address, key string, value any) string {
	u, err := url.Parse(address)
	if err != nil {
		return "?"
	}
	q := u.Query()
	if key != "after" {
		q.Del("after")
	}
	if s := fmt.Sprint(value); s == "" {
		q.Del(key)
	} else {
		q.Set(key, s)
	}
	u.RawQuery = q.Encode()
	if u.RawQuery == "" {
		return u.Path
	}
	return u.Path + "?" + u.RawQuery
}

func toJSON(v any) (string, error) {
	b, err := json.MarshalIndent(v, "", "  ")
	return string(b), err
}

// initials are for an avatar: first letters of two words, or one Chinese character.
func initials(name string) string {
	words := strings.Fields(name)
	out := ""
	for _, w := range words {
		r := []rune(w)
		out += string(r[:1])
		if r[0] > 0x2e80 || len([]rune(out)) == 2 {
			break
		}
	}
	return strings.ToUpper(out)
}

// domID makes a form name fit for an id attribute: "lines.0.qty" → "f-lines-0-qty".
func domID(name string) string {
	return "f-" + strings.Map(func(r rune) rune {
		if r == '-' || r == '_' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return '-'
	}, name)
}

func hidden(name, value string) template.HTML {
	return template.HTML(`<input type="hidden" name="` + name + `" value="` + value + `">`) //nolint:gosec // both are ours
}

// iconMaker draws from the sprite. Without a label an icon is decoration.
func iconMaker(a *Assets) func(name string, label ...string) template.HTML {
	url := a.urls["icons.svg"]
	plain := map[string]template.HTML{} // icons without a label are most of them
	for path := range a.raw {
		if name, ok := strings.CutSuffix(strings.TrimPrefix(path, "icons/"), ".svg"); ok && strings.HasPrefix(path, "icons/") {
			plain[name] = template.HTML(`<svg class="i" aria-hidden="true" width="20" height="20"><use href="` + url + `#` + name + `"/></svg>`) //nolint:gosec // a file's name
		}
	}
	return func(name string, label ...string) template.HTML {
		if len(label) == 0 {
			if svg, ok := plain[name]; ok {
				return svg
			}
		}
		aria := ` aria-hidden="true"`
		if len(label) > 0 && label[0] != "" {
			aria = ` role="img" aria-label="` + template.HTMLEscapeString(label[0]) + `"`
		}
		return template.HTML(`<svg class="i"` + aria + ` width="20" height="20"><use href="` + url + `#` + template.HTMLEscapeString(name) + `"/></svg>`) //nolint:gosec // escaped
	}
}

// agoTag is the distance in words with the exact moment behind it.
func (p *Printer) agoTag(v any) template.HTML {
	t, ok := moment(v)
	if !ok {
		return template.HTML(p.dash) //nolint:gosec // a dash
	}
	return template.HTML(`<time datetime="` + t.UTC().Format(time.RFC3339) + `" title="` + template.HTMLEscapeString(p.DateTime(t)) + `">` + template.HTMLEscapeString(p.Ago(t)) + `</time>`) //nolint:gosec // escaped
}

func isoTime(v any) string {
	if t, ok := moment(v); ok {
		return t.UTC().Format(time.RFC3339)
	}
	return ""
}

func (p *Printer) reasonWord(r string) string {
	if p.Has("field." + r) {
		return p.T("field." + r)
	}
	return r
}

// Spec writes an attribute's value for its type and unit: numbers grouped with the unit
// behind, truth as words.
func (p *Printer) Spec(value, kind, unit string) string {
	switch {
	case value == "":
		return p.dash
	case kind == "bool" && value == "true":
		return p.T("common.yes")
	case kind == "bool":
		return p.T("common.no")
	case kind == "date":
		return p.Date(value)
	case kind == "number":
		value = group(value)
	}
	if unit == "" {
		return value
	}
	return value + "\u00a0" + p.Unit(unit)
}
