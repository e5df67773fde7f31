package app

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
)

// looks implements tenancy.Looks and tenancyhttp.Sheets with the themes.
type looks struct{ engine *theme.Engine }

// Choices implements tenancy.Looks.
func (l looks) Choices() (radii, densities, fonts []string) {
	return theme.Radii, theme.Densities, theme.Fonts
}

// Clashes implements tenancy.Looks.
func (l looks) Clashes(name string, b tenancy.Brand) []tenancy.Clash {
	var out []tenancy.Clash
	for _, c := range l.engine.Clashes(name, dressOf(b)) {
		out = append(out, tenancy.Clash{Field: c.Scheme + "." + c.Field, Over: c.Over, Under: c.Under, Ratio: c.Ratio, Least: c.Least, Nearest: c.Nearest})
	}
	return out
}

// Sheet implements tenancyhttp.Sheets.
func (l looks) Sheet(name, scope string, b tenancy.Brand) []byte {
	return l.engine.Sheet(name, scope, dressOf(b))
}

func dressOf(b tenancy.Brand) theme.Dress {
	return theme.Dress{
		Light:  theme.Colours{Accent: b.Light.Accent, OnAccent: b.Light.OnAccent, Link: b.Light.Link},
		Dark:   theme.Colours{Accent: b.Dark.Accent, OnAccent: b.Dark.OnAccent, Link: b.Dark.Link},
		Radius: b.Radius, Density: b.Density, Font: b.Font,
	}
}

// edited is a brand as a site carries it: what is published, and as which edition.
type edited struct {
	tenancy.Brand
	Edition int64
}

// sheetKey is all that a published sheet depends on; an edition never changes.
type sheetKey struct {
	tenant  id.Tenant
	theme   string
	edition int64
}

// dresser puts brands on pages. It asks nobody for what is published: the site brings it.
type dresser struct {
	*House
	names *otter.Cache[sheetKey, string]
}

func (h *House) dresser() dresser {
	return dresser{h, otter.Must(&otter.Options[sheetKey, string]{MaximumSize: 20_000})}
}

// Dress fills what a layout shows of the brand: the published one, or the draft for whoever
// may change it and asked to see it.
func (h dresser) Dress(ctx context.Context, c web.Chrome, site *theme.Site) {
	b, _ := c.Site.Settings["brand"].(edited)
	if c.Draft && !c.Public && c.Caller.SignedIn() && c.Can(string(tenancy.ActionBranding)) {
		st, err := h.Tenancy.Branding(ctx)
		if err == nil && st.Open {
			pictures(site, st.Brand)
			site.Preview, site.TokenCSS = true, draftSheet(st.Version)
			return
		}
	}
	if b.Edition == 0 {
		return
	}
	pictures(site, b.Brand)
	k := sheetKey{c.Site.Tenant, c.Site.Theme, b.Edition}
	name, ok := h.names.GetIfPresent(k)
	if !ok {
		name = theme.SheetName(looks{h.Theme}.Sheet(c.Site.Theme, ":root", b.Brand))
		h.names.Set(k, name)
	}
	site.TokenCSS = "/brand/css/" + name
}

func pictures(site *theme.Site, b tenancy.Brand) {
	site.Logo, site.OnDark = fileURL(b.Logo, "full"), fileURL(b.OnDark, "full")
	site.Favicon, site.Touch = fileURL(b.Favicon, "32"), fileURL(b.Mark, "180")
	if site.Favicon == "" {
		site.Favicon = fileURL(b.Mark, "32")
	}
	if site.Touch == "" {
		site.Touch = fileURL(b.Favicon, "180")
	}
	switch {
	case site.Logo == "":
		site.Logo, site.OnDark = site.OnDark, ""
	case site.OnDark == site.Logo:
		site.OnDark = ""
	}
}

func fileURL(p tenancy.Picture, size string) string {
	f, ok := p.Files[size]
	if !ok {
		return ""
	}
	return "/brand/files/" + f.String()
}

// brandPictures implements tenancy.Pictures.
type brandPictures struct{ *House }

// sizes that are made of each kind, and whether they are square.
var brandSizes = map[tenancy.PictureKind]struct {
	square bool
	boxes  map[string][2]int
}{
	tenancy.PictureLogo:    {false, map[string][2]int{"full": {640, 160}}},
	tenancy.PictureOnDark:  {false, map[string][2]int{"full": {640, 160}}},
	tenancy.PictureMark:    {true, map[string][2]int{"full": {512, 512}, "180": {180, 180}, "32": {32, 32}}},
	tenancy.PictureFavicon: {true, map[string][2]int{"full": {64, 64}, "180": {180, 180}, "32": {32, 32}}},
}

// Paint implements tenancy.Pictures.
func (h brandPictures) Paint(ctx context.Context, kind tenancy.PictureKind, name string, body io.Reader) (tenancy.Picture, error) {
	m, err := blob.Read(body)
	if err != nil {
		return tenancy.Picture{}, refusedPicture(kind, err)
	}
	made := brandSizes[kind]
	if at := m.Bounds(); made.square && !squarish(at) {
		return tenancy.Picture{}, tenancy.ErrPicture.At(fault.Field{Path: string(kind), Reason: "picture_square", Detail: "This one has to be square."})
	}
	p := tenancy.Picture{Kind: kind, Files: map[string]id.Blob{}}
	for _, size := range []string{"full", "180", "32"} {
		box, ok := made.boxes[size]
		if !ok {
			continue
		}
		out, err := blob.Paint(m, box[0], box[1], made.square)
		if err != nil {
			return tenancy.Picture{}, err
		}
		o, err := h.Blobs.Put(ctx, blob.Upload{Name: string(kind) + "-" + size + ".png", Body: bytes.NewReader(out.PNG), Allow: []string{"image/png"}})
		if err != nil {
			return tenancy.Picture{}, err
		}
		p.Files[size] = o.ID
		if size == "full" {
			p.ID, p.Width, p.Height = o.ID, out.Width, out.Height
		}
	}
	return p, nil
}

// squarish lets a pixel or two pass.
func squarish(r image.Rectangle) bool {
	return 20*max(r.Dx()-r.Dy(), r.Dy()-r.Dx()) <= max(r.Dx(), r.Dy())
}

func refusedPicture(kind tenancy.PictureKind, err error) error {
	for _, c := range []struct {
		err            error
		reason, detail string
	}{
		{blob.ErrPaintType, "picture_type", "Only PNG, JPEG and WebP are taken; SVG is not."},
		{blob.ErrPaintLarge, "picture_large", "The picture has more than 1 MB or 4,000 pixels a side."},
		{blob.ErrPaintBad, "picture_damaged", "The picture is damaged."},
	} {
		if errors.Is(err, c.err) {
			return tenancy.ErrPicture.At(fault.Field{Path: string(kind), Reason: c.reason, Detail: c.detail})
		}
	}
	return err
}

// branded is what letters and papers show of a brand.
type branded struct {
	Logo     id.Blob
	Accent   string // of light ground; "" for the house's own ink
	OnAccent string
}

func (h *House) branded(t tenancy.Tenant) branded {
	out := branded{Logo: t.Brand.Logo.Files["full"]}
	if t.Brand.Light.Accent != "" {
		c := h.Theme.Dressed(t.Settings.Theme, "light", dressOf(t.Brand))
		out.Accent, out.OnAccent = c["accent"], c["on-accent"]
	}
	return out
}

// wordsIn are the words of a locale, or of the marketplace's own one.
func wordsIn(t tenancy.Tenant, locale string) tenancy.Words {
	if w, ok := t.Brand.Words[locale]; ok {
		return w
	}
	return t.Brand.Words[t.Settings.DefaultLocale]
}

// everyTongue joins what a text says in each language of the marketplace, once each.
func everyTongue(t tenancy.Tenant, of func(tenancy.Words) string, between string) string {
	var out []string
	for _, l := range t.Settings.Locales {
		if s := of(t.Brand.Words[l]); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return strings.Join(out, between)
}

func draftSheet(version int64) string {
	return "/brand/css/draft-" + strconv.FormatInt(version, 10) + ".css"
}
