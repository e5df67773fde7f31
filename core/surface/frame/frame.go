// Package frame is what every page of every surface tells about itself: its title, where
// it stands and which console it belongs to. The renderer reads it from the view model.
package frame

import "github.com/kontorhq/kontor/core/platform/theme"

// Frame is embedded in the view model of a page. Keys name texts of the catalogues;
// Title is for what is no key, an item's or a company's own name.
type Frame struct {
	TitleKey    string
	TitleArgs   []any
	Title       string
	Description string
	Crumbs      []Crumb
	Console     string // "buyer", "seller", "operator", "platform"; empty on the storefront
	Active      string // key of the sidebar's current entry
	Query       string // what stands in the search box
	NoIndex     bool
	Canonical   string // path of the one address that search engines should keep
	JSONLD      any
	Scripts     []string // extra modules by asset path, "js/charts.js"
	Counts      map[string]int
}

// Crumb is one step of the way to the page; Key is a text's key, Text a name as it is.
type Crumb struct{ Key, Text, URL string }

// PageFrame gives the renderer the frame of any view model that embeds one.
func (f *Frame) PageFrame() *Frame { return f }

// Framed is a view model that says something about itself. Pass view models by pointer.
type Framed interface{ PageFrame() *Frame }

// Around is what the renderer asks the house for on pages of signed-in people.
type Around struct {
	Cart, Messages, Tasks int
	Org                   string
	Name                  string         // of the person
	Companies             []theme.Acting // that the person may act for
	Categories            []theme.Link
	Ticker                []theme.Tick
	Alerts                []theme.Alert
}
