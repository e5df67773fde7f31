package theme

import (
	"net/url"
	"strings"
	"time"
)

// Page is what a page template sees as its dot: the chrome around every page, and the
// screen's own view model under .Data.
type Page struct {
	Chrome
	Data any
}

// Chrome is everything around the page's own content. The web edge fills it.
type Chrome struct {
	Site        Site
	Title       string // of the page alone; the site's name is added
	Description string
	Path        string // with query, as requested
	Canonical   string // absolute, when it may be indexed
	NoIndex     bool
	Locale      string // of this page: one of Site.Locales
	Scheme      string // "light", "dark", or "" to follow the system
	Caller      Caller
	Nav         Nav
	Query       string // what stands in the search box
	Flash       []Flash
	Errors      []FieldError
	Form        url.Values // what was typed into a refused form
	ErrorText   string     // what went wrong as a whole, above the form
	Reasons     []WhyStep  // the grounds of a refusal, each with what would change it
	CSRF        string     // fills what {{csrf}} leaves open
	Idem        string     // fills what {{idem}} leaves open
	RequestID   string
	LangLinks   []LangLink
	Breadcrumbs []Crumb
	Alerts      []Alert  // what the reader must know wherever he is
	JSONLD      any      // structured data, marshalled as it is
	Layout      string   // another frame than the page's own: "bare", "print"; "" is right nearly always
	Scripts     []string // extra modules by asset path, e.g. "js/charts.js"
}

// Site is the tenant as a page shows it.
type Site struct {
	Name     string
	Slug     string
	Host     string
	BaseURL  string
	Locale   string // the default one
	Locales  []string
	Currency string
	Theme    string
	TimeZone string // IANA name
	Private  bool   // nothing is shown before sign-in
	Tagline  map[string]string
	Logo     string // URL of an uploaded logo; none means the theme's own
	OnDark   string // the same, for dark ground
	Favicon  string // URL of a small picture; none means the theme's own
	Touch    string // the same for the home screen of a phone
	Preview  bool   // what is shown is a draft that nobody else sees
	Footer   []Link // imprint, terms, privacy
	TokenCSS string // URL of the tenant's own colours, laid over the theme's
}

// Alert is a banner above every page of a console.
type Alert struct{ Tone, Text, URL, Action string }

// Caller is the person as a page shows them.
type Caller struct {
	SignedIn bool
	Name     string
	Email    string
	Org      string
	OrgID    string
	Roles    []string
	Can      map[string]bool // actions that the page may offer: .Caller.Can "x" hides the rest
	Off      map[string]bool // actions that nobody has here: the marketplace goes without them
	// Companies are all that the person may act for; a choice is offered where there are two.
	Companies []Acting
	// Guise is who acts in the person's name, "" for himself; until GuiseUntil.
	Guise      string
	GuiseUntil time.Time
}

// Acting is a company that the person may act for.
type Acting struct {
	ID, Name   string
	Current    bool
	Represents bool // by that company's consent
}

// Has reports whether the person holds a role.
func (c Caller) Has(role string) bool {
	for _, r := range c.Roles {
		if r == role {
			return true
		}
	}
	return false
}

// May reports whether an action may be offered.
func (c Caller) May(action string) bool { return c.Can[action] }

// Invited reports whether a page may lead to an action: to those who may do it, and to
// visitors, who are asked to sign in on the way.
func (c Caller) Invited(action string) bool { return !c.Off[action] && (!c.SignedIn || c.Can[action]) }

// Nav is the moving part of header and sidebar.
type Nav struct {
	Console    string // "buyer", "seller", "operator", "platform"; "" on the storefront
	Active     string // key of the current entry, "orders"
	Cart       int
	Messages   int
	Tasks      int
	Counts     map[string]int // number behind a sidebar entry, by its key
	Categories []Link         // the storefront's top level
	Ticker     []Tick         // the price board's strip, where the theme shows one
}

// Link is a labelled address.
type Link struct {
	Text  string
	URL   string
	Icon  string
	Count int
}

// Tick is one family's price today in the header's strip.
type Tick struct {
	Label string
	Price string
	Delta string // "+1.2 %"
	Up    int    // 1, 0 or -1
}

// Flash is a message about what has just happened. Tone: good, warn, bad or info.
type Flash struct {
	Tone, Text string
	Undo       string // URL that takes it back
}

// FieldError points at one input by its form name.
type FieldError struct {
	Path   string
	Reason string // stable word, "required"
	Detail string // in the reader's language
}

// LangLink is this page in another language.
type LangLink struct {
	Locale, Name, URL string
	Current           bool
}

// Crumb is one step of the way to this page.
type Crumb struct{ Text, URL string }

// FieldError is what is wrong with the input of that name, if anything.
func (c Chrome) FieldError(name string) string {
	for _, e := range c.Errors {
		if e.Path == name {
			if e.Detail != "" {
				return e.Detail
			}
			return e.Reason
		}
	}
	return ""
}

// Typed is what the reader typed into the input of that name, else the value given.
func (c Chrome) Typed(name string, otherwise any) any {
	if v, ok := c.Form[name]; ok && len(v) > 0 {
		return v[0]
	}
	return otherwise
}

// At reports whether the page's path is p, whatever the query.
func (c Chrome) At(p string) bool {
	path, _, _ := strings.Cut(c.Path, "?")
	return path == p
}

// location is the site's time zone, UTC when unknown.
func location(name string) *time.Location {
	if loc, err := time.LoadLocation(name); err == nil && name != "" {
		return loc
	}
	return time.UTC
}
