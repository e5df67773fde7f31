package operator

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// previewFor is how long a browser is shown the draft before it has to ask again.
const previewFor = time.Hour

// brandPage is how the market looks, and how it did.
type brandPage struct {
	frame.Frame
	State    tenancy.BrandState
	Schemes  []brandScheme
	Choices  []brandChoice
	Pictures []brandPicture
	Tongues  []brandTongue
	Sample   brandSample
	Changed  []brandDiff // what the draft would change
	Past     []brandPast
	Preview  bool // this browser sees the draft now
}

type brandScheme struct {
	Name   string
	Fields []brandColour
}

type brandColour struct {
	Name, Label, Value, Own string // Own is the theme's, shown where nothing is chosen
}

type brandChoice struct {
	Name, Label, Value string
	Options            []brandOption
}

type brandOption struct{ Value, Label string }

type brandPicture struct {
	Kind, Label, Hint, ID, URL string
	Width, Height              int
	OnDark                     bool
}

type brandTongue struct {
	Locale string
	Texts  []brandText
}

type brandText struct {
	Name, Label, Value string
	Most, Rows         int
}

// brandSample is a piece of page in the colours that were typed, with what is wrong with them.
type brandSample struct {
	Sheet   string
	Clashes []theme.Clash
}

type brandDiff struct{ Label, Old, New string }

type brandPast struct {
	tenancy.BrandEdition
	Who     string
	Current bool
	Changes []brandDiff // to the edition before
	ToNow   []brandDiff // what bringing it back would change
}

func (p pages) branding(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.brandPage(ctx, v, nil)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/branding", page), nil
}

// brandPage fills the page; typed is a brand that was refused, to be shown again.
func (p pages) brandPage(ctx context.Context, v *web.Visit, typed *tenancy.Brand) (*brandPage, error) {
	st, err := p.Tenancy.Branding(ctx)
	if err != nil {
		return nil, err
	}
	past, err := p.Tenancy.BrandHistory(ctx)
	if err != nil {
		return nil, err
	}
	b := st.Brand
	if typed != nil {
		b = *typed
	}
	w, site := p.words(v), v.Site()
	page := &brandPage{Frame: p.screen(ctx, "branding", "nav.branding"), State: st, Preview: st.Open && v.Cookie(web.PreviewCookie) != "", Sample: p.sample(site.Theme, b)}
	page.Schemes = p.schemes(w, site.Theme, b)
	page.Choices = []brandChoice{
		choice(w, "radius", b.Radius, theme.Radii), choice(w, "density", b.Density, theme.Densities), choice(w, "font", b.Font, theme.Fonts),
	}
	for _, k := range tenancy.PictureKinds {
		x := b.Of(k)
		row := brandPicture{Kind: string(k), Label: w.T("brand." + string(k)), Hint: w.T("brand." + string(k) + "_hint"), Width: x.Width, Height: x.Height, OnDark: k == tenancy.PictureOnDark}
		if !x.ID.IsZero() {
			row.ID, row.URL = x.ID.String(), "/brand/files/"+x.ID.String()
		}
		page.Pictures = append(page.Pictures, row)
	}
	for _, l := range site.Locales {
		page.Tongues = append(page.Tongues, tongue(w, l, b.Words[l]))
	}
	if st.Open {
		page.Changed = diffs(w, st.Published, st.Brand)
	}
	page.Past = editionsOf(w, past, st)
	return page, nil
}

func (p pages) sample(themeName string, b tenancy.Brand) brandSample {
	q := url.Values{"radius": {b.Radius}, "density": {b.Density}, "font": {b.Font}}
	for scheme, c := range map[string]tenancy.Colours{"light": b.Light, "dark": b.Dark} {
		q.Set(scheme+".accent", c.Accent)
		q.Set(scheme+".on_accent", c.OnAccent)
		q.Set(scheme+".link", c.Link)
	}
	return brandSample{"/brand/css/sample.css?" + q.Encode(), p.Theme.Clashes(themeName, dress(b))}
}

func dress(b tenancy.Brand) theme.Dress {
	return theme.Dress{Light: theme.Colours(b.Light), Dark: theme.Colours(b.Dark), Radius: b.Radius, Density: b.Density, Font: b.Font}
}

func (p pages) schemes(w *theme.Printer, themeName string, b tenancy.Brand) []brandScheme {
	var out []brandScheme
	for _, s := range theme.Schemes {
		own, c := p.Theme.Dressed(themeName, s, theme.Dress{}), b.Light
		if s == "dark" {
			c = b.Dark
		}
		out = append(out, brandScheme{s, []brandColour{
			{s + ".accent", w.T("brand.accent"), c.Accent, own["accent"]},
			{s + ".on_accent", w.T("brand.on_accent"), c.OnAccent, own["on-accent"]},
			{s + ".link", w.T("brand.link"), c.Link, own["link"]},
		}})
	}
	return out
}

func choice(w *theme.Printer, name, value string, from []string) brandChoice {
	c := brandChoice{Name: name, Label: w.T("brand." + name), Value: value, Options: []brandOption{{Value: "", Label: w.T("brand.own")}}}
	for _, x := range from {
		c.Options = append(c.Options, brandOption{Value: x, Label: w.T("brand." + name + "." + x)})
	}
	return c
}

func tongue(w *theme.Printer, locale string, words tenancy.Words) brandTongue {
	out := brandTongue{Locale: locale}
	for _, f := range tenancy.WordFields {
		most, rows := tenancy.WordLimit(f)
		out.Texts = append(out.Texts, brandText{Name: "words." + locale + "." + f, Label: w.T("brand." + f), Value: *words.Text(f), Most: most, Rows: rows})
	}
	return out
}

func diffs(w *theme.Printer, a, b tenancy.Brand) []brandDiff {
	var out []brandDiff
	for _, c := range tenancy.BrandChanges(a, b) {
		out = append(out, brandDiff{brandLabel(w, c.Path), brandValue(w, c.Path, c.Old), brandValue(w, c.Path, c.New)})
	}
	return out
}

func editionsOf(w *theme.Printer, past []tenancy.BrandEdition, st tenancy.BrandState) []brandPast {
	out := make([]brandPast, len(past))
	for i, e := range past {
		var before tenancy.Brand
		if i+1 < len(past) {
			before = past[i+1].Brand
		}
		out[i] = brandPast{BrandEdition: e, Who: console.Actor(w, e.Actor, e.Name), Current: e.Number == st.Edition, Changes: diffs(w, before, e.Brand), ToNow: diffs(w, st.Published, e.Brand)}
	}
	return out
}

// brandInput reads the form; of pictures it keeps those that were there and not taken out.
func brandInput(f url.Values, locales []string) tenancy.Brand {
	b := tenancy.Brand{
		Light:  tenancy.Colours{Accent: f.Get("light.accent"), OnAccent: f.Get("light.on_accent"), Link: f.Get("light.link")},
		Dark:   tenancy.Colours{Accent: f.Get("dark.accent"), OnAccent: f.Get("dark.on_accent"), Link: f.Get("dark.link")},
		Radius: f.Get("radius"), Density: f.Get("density"), Font: f.Get("font"), Words: map[string]tenancy.Words{},
	}
	for _, l := range locales {
		var w tenancy.Words
		for _, name := range tenancy.WordFields {
			*w.Text(name) = f.Get("words." + l + "." + name)
		}
		b.Words[l] = w
	}
	for _, k := range tenancy.PictureKinds {
		var x id.Blob
		if f.Get("remove."+string(k)) == "" && x.UnmarshalText([]byte(f.Get("have."+string(k)))) == nil {
			b.Of(k).ID = x
		}
	}
	return b
}

func brandVersion(f url.Values) int64 {
	n, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil {
		return -1 // no version: answered as a stale one
	}
	return n
}

func (p pages) saveBrand(ctx context.Context, v *web.Visit) (web.Answer, error) {
	b := brandInput(v.Form(), v.Site().Locales)
	typed := b // what comes in with a refused form is not kept
	for _, k := range tenancy.PictureKinds {
		files := v.Files(string(k))
		if len(files) == 0 || files[0].Size == 0 {
			continue
		}
		body, err := files[0].Open()
		if err != nil {
			return p.brandAgain(ctx, v, &typed, tenancy.ErrPicture.At(fault.Field{Path: string(k), Reason: "picture_damaged", Detail: "The picture is damaged."}))
		}
		x, err := p.Tenancy.AddPicture(ctx, k, files[0].Filename, body)
		_ = body.Close()
		if err != nil {
			return p.brandAgain(ctx, v, &typed, err)
		}
		*b.Of(k) = x
	}
	if _, err := p.Tenancy.SaveBrand(ctx, tenancy.SaveBrandInput{Version: brandVersion(v.Form()), Brand: b}); err != nil {
		return p.brandAgain(ctx, v, &typed, err)
	}
	return web.Redirect("/operator/branding").Flash("brand.saved"), nil
}

func (p pages) brandAgain(ctx context.Context, v *web.Visit, b *tenancy.Brand, err error) (web.Answer, error) {
	page, lost := p.brandPage(ctx, v, b)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("operator/branding", page, err)
}

// brandSample shows a sample of what is typed, while it is typed.
func (p pages) brandSample(_ context.Context, v *web.Visit) (web.Answer, error) {
	return web.RenderPart("operator/branding#sample", p.sample(v.Site().Theme, brandInput(v.Form(), nil))), nil
}

func (p pages) publishBrand(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if _, err := p.Tenancy.PublishBrand(ctx, brandVersion(v.Form()), v.Form().Get("note")); err != nil {
		return p.brandAgain(ctx, v, nil, err)
	}
	web.SetCookie(ctx, web.PreviewCookie, "", -1)
	return web.Redirect("/operator/branding").Flash("brand.published"), nil
}

func (p pages) discardBrand(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if err := p.Tenancy.DiscardBrand(ctx, brandVersion(v.Form())); err != nil {
		return p.brandAgain(ctx, v, nil, err)
	}
	web.SetCookie(ctx, web.PreviewCookie, "", -1)
	return web.Redirect("/operator/branding").Flash("brand.discarded"), nil
}

func (p pages) restoreBrand(ctx context.Context, v *web.Visit) (web.Answer, error) {
	n, err := strconv.ParseInt(v.Path("name"), 10, 64)
	if err != nil {
		return web.Answer{}, tenancy.ErrNoEdition
	}
	if _, err := p.Tenancy.RestoreBrand(ctx, n, brandVersion(v.Form()), v.Form().Get("note")); err != nil {
		return p.brandAgain(ctx, v, nil, err)
	}
	return web.Redirect("/operator/branding").Flash("brand.restored"), nil
}

// previewBrand begins or ends the preview in this browser.
func (p pages) previewBrand(ctx context.Context, v *web.Visit) (web.Answer, error) {
	if v.Form().Get("stop") != "" {
		web.SetCookie(ctx, web.PreviewCookie, "", -1)
		return web.Redirect("/operator/branding").Flash("brand.preview_ended"), nil
	}
	st, err := p.Tenancy.Branding(ctx)
	if err == nil && !st.Open {
		err = tenancy.ErrNoDraft
	}
	if err != nil {
		return p.brandAgain(ctx, v, nil, err)
	}
	web.SetCookie(ctx, web.PreviewCookie, "1", previewFor)
	return web.Redirect("/"), nil
}

// brandLabel and brandValue say in words what differs.
func brandLabel(w *theme.Printer, path string) string {
	for _, s := range theme.Schemes {
		if rest, ok := strings.CutPrefix(path, s+"."); ok {
			return w.T("brand."+rest) + " (" + w.T("brand.scheme."+s) + ")"
		}
	}
	if rest, ok := strings.CutPrefix(path, "words."); ok {
		for _, f := range tenancy.WordFields {
			if locale, ok := strings.CutSuffix(rest, "."+f); ok {
				return w.T("brand."+f) + " (" + locale + ")"
			}
		}
	}
	return w.T("brand." + path)
}

func brandValue(w *theme.Printer, path, value string) string {
	switch {
	case value == "":
		return w.T("brand.own")
	case slices.Contains([]string{"radius", "density", "font"}, path):
		return w.T("brand." + path + "." + value)
	}
	return value
}
