package notify

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/kontorhq/kontor/core/id"
)

// letter is plain enough for any mail program: one column, no style sheet, and nothing
// fetched from anywhere but a logo from the marketplace itself, whose name stands in for it.
// What the marketplace wrote for its letters is text in them, whatever it looks like.
var letter = template.Must(template.New("letter").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;font-family:system-ui,'PingFang SC','Microsoft YaHei',sans-serif;color:#1b1f24">
<div style="max-width:560px;margin:0 auto;background:#fff;border:1px solid #dfe3e8;border-radius:6px;padding:24px">
<p style="margin:0 0 16px;font-weight:600">{{if .Logo}}<img src="{{.Logo}}" alt="{{.Site}}" height="36" style="height:36px;max-width:320px;border:0">{{else}}{{.Site}}{{end}}</p>
<p style="margin:0 0 12px">{{.Greeting}}</p>
<p style="margin:0 0 20px;line-height:1.5">{{.Subject}}</p>
<p style="margin:0 0 20px"><a href="{{.URL}}" style="display:inline-block;padding:10px 16px;background:{{.Accent}};color:{{.OnAccent}};text-decoration:none;border-radius:4px">{{.Open}}</a></p>
{{if .SignOff}}<p style="margin:0 0 20px;line-height:1.5;white-space:pre-line">{{.SignOff}}</p>
{{end}}<p style="margin:0;font-size:12px;color:#5c6670">{{.Footer}}</p>
{{if .Own}}<p style="margin:8px 0 0;font-size:12px;color:#5c6670;white-space:pre-line">{{.Own}}</p>
{{end}}
</div></body></html>
`))

// compose writes a message as a letter in the recipient's language.
func (s *Service) compose(m Message, r Recipient, site Site) (Mail, error) {
	v := struct{ Lang, Site, Subject, Greeting, URL, Open, Footer, Logo, Accent, OnAccent, SignOff, Own string }{
		Lang: r.Locale, Site: site.Name, Subject: s.text(r.Locale, m.Kind, m.Params), URL: site.BaseURL + m.Link,
		Greeting: s.greeting(r),
		Open:     s.text(r.Locale, "mail.open", nil),
		Footer:   s.text(r.Locale, "mail.footer", map[string]string{"site": site.Name}),
		Accent:   "#1b1f24", OnAccent: "#ffffff", SignOff: site.SignOff, Own: site.Footer,
	}
	if site.Logo != "" {
		v.Logo = site.BaseURL + site.Logo
	}
	if site.Accent != "" {
		v.Accent, v.OnAccent = site.Accent, site.OnAccent
	}
	var html bytes.Buffer
	if err := letter.Execute(&html, v); err != nil {
		return Mail{}, fmt.Errorf("letter %s: %w", m.Kind, err)
	}
	text := fmt.Sprintf("%s\n\n%s\n\n%s\n%s\n\n%s-- \n%s\n%s", v.Greeting, v.Subject, v.Open, v.URL, lines(v.SignOff, "\n\n"), v.Footer, lines(v.Own, "\n"))
	return Mail{ID: id.Mail{}.New(), To: r.Email, Subject: headline("[" + site.Name + "] " + v.Subject), Text: text, HTML: html.String(), State: Queued, CreatedAt: s.n.Now()}, nil
}

// greeting is without a name where nobody knows it.
func (s *Service) greeting(r Recipient) string {
	if r.Name == "" {
		return s.text(r.Locale, "mail.greeting_unknown", nil)
	}
	return s.text(r.Locale, "mail.greeting", map[string]string{"name": r.Name})
}

// lines is what somebody wrote with what follows it, or nothing.
func lines(s, after string) string {
	if s == "" {
		return ""
	}
	return s + after
}

// headline makes one line of at most 150 characters: a reason that somebody typed may be
// long, and a line break in a header would begin another header.
func headline(s string) string {
	r := []rune(strings.Join(strings.Fields(s), " "))
	if len(r) > 150 {
		r = append(r[:149], '…')
	}
	return string(r)
}
