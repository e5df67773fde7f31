package mail

import (
	"encoding/base64"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"strings"

	"github.com/kontorhq/kontor/core/id"
)

// parse reads what is worth showing of a letter: its subject and its two bodies.
func parse(r io.Reader) (Caught, error) {
	m, err := mail.ReadMessage(r)
	if err != nil {
		return Caught{}, err
	}
	var l Caught
	if l.Subject, err = new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject")); err != nil {
		l.Subject = m.Header.Get("Subject")
	}
	if err := l.Tenant.UnmarshalText([]byte(m.Header.Get(TenantHeader))); err != nil {
		l.Tenant = id.Tenant{}
	}
	return l, l.part(textproto.MIMEHeader(m.Header), m.Body, 0)
}

// part reads one body or goes down into several. Letters nest a level or two; whoever
// nests deeper is up to something.
func (l *Caught) part(h textproto.MIMEHeader, body io.Reader, depth int) error {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		kind = "text/plain"
	}
	if strings.HasPrefix(kind, "multipart/") {
		if depth > 4 {
			return fmt.Errorf("mail: parts are nested too deeply")
		}
		for mr := multipart.NewReader(body, params["boundary"]); ; {
			p, err := mr.NextRawPart()
			if err == io.EOF {
				return nil
			}
			if err != nil {
				return err
			}
			if err := l.part(p.Header, p, depth+1); err != nil {
				return err
			}
		}
	}
	switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
	case "quoted-printable":
		body = quotedprintable.NewReader(body)
	case "base64":
		body = base64.NewDecoder(base64.StdEncoding, body)
	}
	b, err := io.ReadAll(body)
	if err != nil {
		return err
	}
	switch kind {
	case "text/plain":
		l.Text += strings.ReplaceAll(string(b), "\r\n", "\n")
	case "text/html":
		l.HTML += string(b)
	}
	return nil
}
