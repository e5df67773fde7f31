package web

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

// Answer is what a page handler gives back; make one with Render, Redirect, File ….
type Answer struct {
	status  int
	name    string // template
	part    bool
	data    any
	to      string // redirect
	flash   *Flash
	refused error // a form drawn again: nothing may be committed
	onward  string

	media    string
	body     []byte
	file     *download
	stream   func(context.Context, *bufio.Writer) error
	hxEvents string
	hxPush   string
	headers  map[string]string
}

type download struct {
	name   string
	body   io.Reader
	size   int64
	inline bool
	public time.Duration
}

// Render answers with a page of the tenant's theme.
func Render(name string, data any) Answer {
	return Answer{status: http.StatusOK, name: name, data: data}
}

// Onward answers with a page that says where the browser is going, and sends it to another
// site. A redirect will not do after a form: our policy keeps forms, and what they are
// redirected to, on this site.
func Onward(to, name string, data any) Answer {
	a := Render(name, data)
	a.onward = to
	return a
}

// RenderPart answers with a part of a page, for htmx to swap in.
func RenderPart(name string, data any) Answer {
	return Answer{status: http.StatusOK, name: name, data: data, part: true}
}

// Again draws a form once more after a refusal: what was typed stays, each complaint
// stands beside its field, the sum of them on top (Chrome.Typed, FieldError, Problem).
// Nothing the handler did is kept. Faults that no typing can mend come back as error.
func Again(name string, data any, err error) (Answer, error) {
	switch fault.KindOf(err) {
	case fault.Invalid, fault.Conflict, fault.Denied, fault.TooLarge, fault.Throttled, fault.Unavailable:
		return Answer{name: name, data: data, refused: err}, nil
	}
	return Answer{}, err
}

// AgainPart is Again for a part that htmx swaps in.
func AgainPart(name string, data any, err error) (Answer, error) {
	a, err := Again(name, data, err)
	a.part = true
	return a, err
}

// Redirect sends the browser to a path of this site, with GET.
func Redirect(to string) Answer { return Answer{status: http.StatusSeeOther, to: to} }

// File answers with a download. Size -1 means unknown.
func File(name, media string, body io.Reader, size int64) Answer {
	return Answer{status: http.StatusOK, media: media, file: &download{name: name, body: body, size: size}}
}

// Bytes answers with a body as it is: CSV, a calendar, an acknowledgement of a hook.
func Bytes(media string, body []byte) Answer {
	return Answer{status: http.StatusOK, media: media, body: body}
}

// JSONBytes answers a hook or a script of our pages with JSON already made.
func JSONBytes(body []byte) Answer { return Bytes("application/json", body) }

// NoContent answers that all is done and there is nothing to show.
func NoContent() Answer { return Answer{status: http.StatusNoContent} }

// Stream answers piece by piece, for example with server-sent events. fn runs after
// the handler has returned, with a context that ends when the server shuts down.
func Stream(media string, fn func(context.Context, *bufio.Writer) error) Answer {
	return Answer{status: http.StatusOK, media: media, stream: fn}
}

// Flash says something on the next page: a key of the catalogues and its arguments.
func (a Answer) Flash(key string, args ...string) Answer {
	f := &Flash{Key: key}
	for i := 0; i+1 < len(args); i += 2 {
		if f.Args == nil {
			f.Args = map[string]string{}
		}
		f.Args[args[i]] = args[i+1]
	}
	a.flash = f
	return a
}

// Status changes the status.
func (a Answer) Status(code int) Answer {
	a.status = code
	return a
}

// Inline shows a file in the browser rather than saving it. Only pictures and PDF are
// ever shown; anything else is saved whatever this says.
func (a Answer) Inline() Answer {
	if a.file != nil {
		f := *a.file
		f.inline = true
		a.file = &f
	}
	return a
}

// Keep lets browsers keep a public file for a while. Its URL must change with it.
func (a Answer) Keep(d time.Duration) Answer {
	if a.file != nil {
		f := *a.file
		f.public = d
		a.file = &f
	}
	return a
}

// Trigger names a client event that htmx fires (HX-Trigger).
func (a Answer) Trigger(event string) Answer {
	a.hxEvents = event
	return a
}

// PushURL sets the address bar when htmx swaps (HX-Push-Url).
func (a Answer) PushURL(u string) Answer {
	a.hxPush = u
	return a
}

// Local keeps redirects on this site: a path with query, never another host. Use it on
// whatever came in as "next".
func Local(to, otherwise string) string {
	u, err := url.Parse(to)
	if err != nil || u.Scheme != "" || u.Host != "" || u.Opaque != "" || len(to) > 2000 {
		return otherwise
	}
	if len(to) == 0 || to[0] != '/' || (len(to) > 1 && (to[1] == '/' || to[1] == '\\')) {
		return otherwise
	}
	for _, r := range to {
		if r < 0x20 || r == 0x7f || r == '\\' {
			return otherwise
		}
	}
	return to
}
