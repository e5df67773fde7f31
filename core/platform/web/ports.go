package web

import (
	"context"
	"io"
	"net/url"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Renderer draws pages; platform/theme implements it. It writes into a buffer of ours,
// so a page that fails halfway is never seen.
type Renderer interface {
	Render(ctx context.Context, w io.Writer, v View) error
}

// InlineHashes is what a Renderer may add: CSP sources ('sha256-…') of the style
// elements its theme writes into every page. Scripts are files, always: a page that the
// cache serves to thousands can carry no nonce.
type InlineHashes interface {
	InlineStyles(theme string) []string
}

// View is one page or part to draw.
type View struct {
	Theme  string
	Name   string // "storefront/item", "parts/price", "error"
	Part   bool   // without the layout
	Chrome Chrome
	Data   any
}

// Chrome is what every layout needs beside the page's own data.
type Chrome struct {
	Site      Site
	Caller    caller.Caller
	Locale    string
	Path      string
	Query     string // raw, without lang
	RequestID string
	BaseURL   string // "https://host[:port]"
	Scheme    string // cookie kontor_scheme: "light", "dark" or ""
	CSRF      string // value of the _csrf field; empty for visitors
	Key       string // value of the _key field; empty on pages that are cached
	HTMX      bool
	Draft     bool       // cookie kontor_preview: the browser would see the draft of the look; it grants nothing
	Public    bool       // this drawing is kept and served to every visitor
	Flash     *Flash     // said once, after a redirect
	Problem   *Problem   // why the form below was refused, translated
	Typed     url.Values // what was typed into it
	can       func(policy.Action) bool
}

// Can answers from roles alone, for menus and buttons.
func (c Chrome) Can(action string) bool { return c.can != nil && c.can(policy.Action(action)) }

// FieldError is the translated complaint about one input of a refused form, or "".
func (c Chrome) FieldError(path string) string {
	if c.Problem == nil {
		return ""
	}
	for _, f := range c.Problem.Fields {
		if f.Path == path {
			return f.Detail
		}
	}
	return ""
}

// Flash is a message for the next page.
type Flash struct {
	Key  string            `json:"k"`
	Args map[string]string `json:"a,omitempty"`
}

// Translator finds a text of the message catalogues. Faults are looked up under
// "fault.<code>" and "fault.<code>.next", inputs under "field.<reason>", policy reasons
// under "reason.<code>"; what is missing stays English.
type Translator interface {
	Text(locale, key string, args map[string]string) (string, bool)
}

// Granting is what policy.Roles may add: the roles that hold an action, so that a
// refusal can say who could help.
type Granting interface {
	Granting(ctx context.Context, do policy.Action) []string
}

// Offering is what policy.Roles may add: whether the caller's marketplace has the part of
// the product that an action belongs to, or the fault that says that it does not.
type Offering interface {
	Offered(ctx context.Context, do policy.Action) error
}

// Quota lets a marketplace's request in, or says why not. It is asked before anything else
// is known of the request, and must cost nothing.
type Quota interface {
	Admit(t id.Tenant) error
}

// Observation is one answered request, for metrics.
type Observation struct {
	RequestID     string
	Method, Route string // Route is the template, "/items/{slug}"; "cache" for a cached answer
	Status        int
	Took          time.Duration
	Bytes         int
	Trips         int // to the database
	Statements    int // in them
}

// Cost counts what a request asks of the database.
type Cost interface {
	Trips() int
	Statements() int
}
