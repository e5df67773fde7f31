package tenancy

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// ActionBranding lets somebody change how his marketplace looks.
const ActionBranding policy.Action = "tenancy.branding.manage"

// Brand is how a marketplace looks over its theme: data and nothing else. No text in it is
// ever read as a template. What is empty stays as the theme has it.
type Brand struct {
	Light   Colours          `json:"light"`
	Dark    Colours          `json:"dark"`
	Radius  string           `json:"radius,omitempty"`
	Density string           `json:"density,omitempty"`
	Font    string           `json:"font,omitempty"`
	Logo    Picture          `json:"logo,omitzero"`      // for light ground
	OnDark  Picture          `json:"logo_dark,omitzero"` // for dark ground
	Mark    Picture          `json:"mark,omitzero"`      // square
	Favicon Picture          `json:"favicon,omitzero"`
	Words   map[string]Words `json:"words,omitempty"` // by locale
}

// Colours of one scheme, each #rrggbb.
type Colours struct {
	Accent   string `json:"accent,omitempty"`
	OnAccent string `json:"on_accent,omitempty"`
	Link     string `json:"link,omitempty"`
}

// Words are what letters and papers end and begin with, as plain text of one language.
type Words struct {
	SignOff      string `json:"sign_off,omitempty"`
	MailFooter   string `json:"mail_footer,omitempty"`
	PaperAddress string `json:"paper_address,omitempty"`
	PaperFooter  string `json:"paper_footer,omitempty"`
}

// Picture is one that was painted anew when it came in. Files are its sizes, the largest
// under its own identifier.
type Picture struct {
	ID     id.Blob            `json:"id,omitzero"`
	Kind   PictureKind        `json:"kind,omitempty"`
	Width  int                `json:"width,omitempty"`
	Height int                `json:"height,omitempty"`
	Files  map[string]id.Blob `json:"files,omitempty"` // by size: "full", "180", "32"
}

// PictureKind is what a picture is for.
type PictureKind string

// The kinds.
const (
	PictureLogo    PictureKind = "logo"
	PictureOnDark  PictureKind = "logo_dark"
	PictureMark    PictureKind = "mark"
	PictureFavicon PictureKind = "favicon"
)

// PictureKinds in the order in which they are asked for.
var PictureKinds = []PictureKind{PictureLogo, PictureOnDark, PictureMark, PictureFavicon}

// Known reports whether the word is a kind.
func (k PictureKind) Known() bool { return slices.Contains(PictureKinds, k) }

// Of is the picture of a kind.
func (b *Brand) Of(k PictureKind) *Picture {
	switch k {
	case PictureOnDark:
		return &b.OnDark
	case PictureMark:
		return &b.Mark
	case PictureFavicon:
		return &b.Favicon
	}
	return &b.Logo
}

// Has reports whether a file is one of the brand's pictures, in whichever size.
func (b Brand) Has(file id.Blob) bool {
	for _, k := range PictureKinds {
		for _, f := range b.Of(k).Files {
			if f == file {
				return true
			}
		}
	}
	return false
}

// BrandDraft is what is being worked on. Version rises with every change, also when a draft
// is published or thrown away, so that an old form never passes for a fresh one.
type BrandDraft struct {
	Open    bool
	Brand   Brand
	Version int64
	At      time.Time
	Actor   string
	Name    string
}

// BrandEdition is what was published once. It never changes.
type BrandEdition struct {
	Number   int64
	At       time.Time
	Actor    string
	Name     string
	Note     string
	Restored int64 // the edition whose content it brought back, 0 for a draft's
	Brand    Brand
}

// The longest that texts may be, in characters and in lines.
var wordLimits = []struct {
	field        string
	of           func(*Words) *string
	chars, lines int
}{
	{"sign_off", func(w *Words) *string { return &w.SignOff }, 200, 4},
	{"mail_footer", func(w *Words) *string { return &w.MailFooter }, 300, 4},
	{"paper_address", func(w *Words) *string { return &w.PaperAddress }, 300, 5},
	{"paper_footer", func(w *Words) *string { return &w.PaperFooter }, 160, 1},
}

// WordFields are the names of the texts.
var WordFields = func() (out []string) {
	for _, l := range wordLimits {
		out = append(out, l.field)
	}
	return out
}()

// WordLimit is how many characters and lines a text may have.
func WordLimit(field string) (chars, lines int) {
	for _, l := range wordLimits {
		if l.field == field {
			return l.chars, l.lines
		}
	}
	return 0, 0
}

// Text is one of the texts by its name.
func (w *Words) Text(field string) *string {
	for _, l := range wordLimits {
		if l.field == field {
			return l.of(w)
		}
	}
	return new(string)
}

var colour = regexp.MustCompile(`^#[0-9a-f]{6}$`)

// tidy writes colours and line ends in one way, and drops what is empty.
func (b *Brand) tidy() {
	for _, c := range []*Colours{&b.Light, &b.Dark} {
		for _, s := range []*string{&c.Accent, &c.OnAccent, &c.Link} {
			*s = strings.ToLower(strings.TrimSpace(*s))
		}
	}
	words := map[string]Words{}
	for locale, w := range b.Words {
		for _, l := range wordLimits {
			s := l.of(&w)
			*s = strings.TrimSpace(strings.ReplaceAll(*s, "\r\n", "\n"))
		}
		if w != (Words{}) {
			words[locale] = w
		}
	}
	b.Words = words
}

// check collects all that is wrong with the values themselves.
func (b Brand) check(locales []string, looks Looks) error {
	var bad fault.Check
	for scheme, c := range map[string]Colours{"light": b.Light, "dark": b.Dark} {
		for name, s := range map[string]string{"accent": c.Accent, "on_accent": c.OnAccent, "link": c.Link} {
			bad.If(s != "" && !colour.MatchString(s), scheme+"."+name, "colour", "Write a colour like #1b5a78.")
		}
	}
	radii, densities, fonts := looks.Choices()
	for _, c := range []struct {
		path, value string
		from        []string
	}{{"radius", b.Radius, radii}, {"density", b.Density, densities}, {"font", b.Font, fonts}} {
		bad.If(c.value != "" && !slices.Contains(c.from, c.value), c.path, "unknown", "Choose one of "+strings.Join(c.from, ", ")+".")
	}
	for locale, w := range b.Words {
		if !slices.Contains(locales, locale) {
			bad.Add("words", "unknown", fmt.Sprintf("The marketplace does not speak %q.", clip(locale, 20)))
			continue
		}
		for _, l := range wordLimits {
			s, path := *l.of(&w), "words."+locale+"."+l.field
			bad.Text(path, s, 0, l.chars)
			bad.If(strings.Count(s, "\n") >= l.lines, path, "too_long", fmt.Sprintf("At most %d lines.", l.lines))
		}
	}
	return bad.Or(ErrBrand)
}
