package web

import (
	"mime/multipart"
	"net/url"

	"github.com/kontorhq/kontor/core/caller"
)

// Visit is one request for a page: what was asked, by whom, where. All strings are
// copies; keeping them is safe.
type Visit struct {
	x     *exchange
	query url.Values
	form  url.Values
	files map[string][]*multipart.FileHeader
}

// Method is GET, POST ….
func (v *Visit) Method() string { return v.x.c.Method() }

// Site is the tenant asked.
func (v *Visit) Site() Site { return v.x.site }

// Caller is who asks.
func (v *Visit) Caller() caller.Caller { return v.x.caller }

// Locale is the language the answer should be in.
func (v *Visit) Locale() string { return v.x.caller.Locale }

// Path gives a {name} of the route's path, unescaped.
func (v *Visit) Path(name string) string { return pathValue(v.x.c, name) }

// Query gives one value of the query, Queries all of it.
func (v *Visit) Query(name string) string { return v.Queries().Get(name) }

// Queries is the whole query.
func (v *Visit) Queries() url.Values {
	if v.query == nil {
		v.query = v.x.queries()
	}
	return v.query
}

// Form is what a form sent, without the fields of the edge itself (_csrf, _key).
func (v *Visit) Form() url.Values { return v.form }

// Files are the uploads under a field's name.
func (v *Visit) Files(field string) []*multipart.FileHeader { return v.files[field] }

// Body is the raw body, for hooks that verify a signature over it.
func (v *Visit) Body() []byte { return v.x.c.Body() }

// Header gives one request header.
func (v *Visit) Header(name string) string { return v.x.c.Get(name) }

// HTMX reports whether htmx asks and wants a part; a boosted link wants the whole page.
func (v *Visit) HTMX() bool { return v.x.htmx() }

// URL is the path and query asked for.
func (v *Visit) URL() *url.URL {
	return &url.URL{Path: v.x.path(), RawQuery: string(v.x.c.Request().URI().QueryString())}
}

// Absolute makes a full URL of this site from a path, for mails and feeds.
func (v *Visit) Absolute(path string) string { return v.x.from.base() + path }
