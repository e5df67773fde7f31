package notify

import (
	"bytes"
	"fmt"
	"html/template"
	"strings"

	"github.com/kontorhq/kontor/core/id"
)

// letter is plain enough for any mail program: one column, no pictures, no style sheet,
// and nothing fetched from anywhere.
var letter = template.Must(template.New("letter").Parse(`<!doctype html>
<html lang="{{.Lang}}"><head><meta charset="utf-8"><title>{{.Subject}}</title></head>
<body style="margin:0;padding:24px;background:#f4f5f7;font-family:system-ui,'PingFang SC','Microsoft YaHei',sans-serif;color:#1b1f24">
<div style="max-width:560px;margin:0 auto;background:#fff;border:1px solid #dfe3e8;border-radius:6px;padding:24px">
<p style="margin:0 0 16px;font-weight:600">{{.Site}}</p>
<p style="margin:0 0 12px">{{.Greeting}}</p>
<p style="margin:0 0 20px;line-height:1.5">{{.Subject}}</p>
<p style="margin:0 0 20px"><a href="{{.URL}}" style="display:inline-block;padding:10px 16px;background:#1b1f24;color:#fff;text-decoration:none;border-radius:4px">{{.Open}}</a></p>
<p style="margin:0;font-size:12px;color:#5c6670">{{.Footer}}</p>
</div></body></html>
`))

// compose writes a message as a letter in the recipient's language.
func (s *Service) compose(m Message, r Recipient, site Site) (Mail, error) {
	v := struct{ Lang, Site, Subject, Greeting, URL, Open, Footer string }{
		Lang: r.Locale, Site: site.Name, Subject: s.text(r.Locale, m.Kind, m.Params), URL: site.BaseURL + m.Link,
		Greeting: s.greeting(r),
		Open:     s.text(r.Locale, "mail.open", nil),
		Footer:   s.text(r.Locale, "mail.footer", map[string]string{"site": site.Name}),
	}
	var html bytes.Buffer
	if err := letter.Execute(&html, v); err != nil {
		return Mail{}, fmt.Errorf("letter %s: %w", m.Kind, err)
	}
	text := fmt.Sprintf("%s\n\n%s\n\n%s\n%s\n\n-- \n%s\n", v.Greeting, v.Subject, v.Open, v.URL, v.Footer)
	return Mail{ID: id.Mail{}.New(), To: r.Email, Subject: headline("[" + site.Name + "] " + v.Subject), Text: text, HTML: html.String(), State: Queued, CreatedAt: s.n.Now()}, nil
}

// greeting is without a name where nobody knows it.
func (s *Service) greeting(r Recipient) string {
	if r.Name == "" {
		return s.text(r.Locale, "mail.greeting_unknown", nil)
	}
	return s.text(r.Locale, "mail.greeting", map[string]string{"name": r.Name})
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
