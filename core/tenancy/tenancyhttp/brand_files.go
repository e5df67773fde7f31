package tenancyhttp

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Sheets writes a brand as a style sheet over a theme.
type Sheets interface {
	Sheet(theme, scope string, b tenancy.Brand) []byte
}

// OpenFile gives a file's bytes.
type OpenFile func(ctx context.Context, b id.Blob) (io.ReadCloser, int64, error)

type brandFiles struct {
	tenants *tenancy.Service
	sheets  Sheets
	open    OpenFile
	name    func(sheet []byte) string
}

// actionSee is what everybody may who may see a page.
const actionSee policy.Action = "site.page.read"

// forEver is how long a browser may keep what has its content in its address.
const forEver = 365 * 24 * time.Hour

// sheet answers with a style sheet. What is published may be kept only under its own name:
// a process that is seconds behind must not have yesterday's colours kept as today's.
// Drafts and samples are for whoever may change the look; to others they are not there.
func (f brandFiles) sheet(ctx context.Context, v *web.Visit) (web.Answer, error) {
	t, err := f.tenants.Current(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	name := v.Path("name")
	if version, ok := strings.CutPrefix(strings.TrimSuffix(name, ".css"), "draft-"); ok {
		return f.draft(ctx, t, version)
	}
	if name == "sample.css" {
		if !f.tenants.Can.Can(ctx, tenancy.ActionBranding) {
			return web.Answer{}, web.ErrNoRoute
		}
		return css(f.sheets.Sheet(t.Settings.Theme, ".brand-sample", SampleBrand(v.Query)), false), nil
	}
	out := f.sheets.Sheet(t.Settings.Theme, ":root", t.Brand)
	return css(out, name == f.name(out)), nil
}

func (f brandFiles) draft(ctx context.Context, t tenancy.Tenant, version string) (web.Answer, error) {
	if !f.tenants.Can.Can(ctx, tenancy.ActionBranding) {
		return web.Answer{}, web.ErrNoRoute
	}
	st, err := f.tenants.Branding(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	if strconv.FormatInt(st.Version, 10) != version {
		return web.Answer{}, web.ErrNoRoute
	}
	return css(f.sheets.Sheet(t.Settings.Theme, ":root", st.Brand), false), nil
}

func css(body []byte, keep bool) web.Answer {
	a := web.File("brand.css", "text/css; charset=utf-8", bytes.NewReader(body), int64(len(body)))
	if keep {
		a = a.Keep(forEver)
	}
	return a
}

// SampleBrand reads the part of a brand that a sample shows from a query or a form. What is
// no colour and no known word is passed over where the sheet is written.
func SampleBrand(get func(string) string) tenancy.Brand {
	colours := func(scheme string) tenancy.Colours {
		return tenancy.Colours{Accent: strings.ToLower(get(scheme + ".accent")), OnAccent: strings.ToLower(get(scheme + ".on_accent")), Link: strings.ToLower(get(scheme + ".link"))}
	}
	return tenancy.Brand{Light: colours("light"), Dark: colours("dark"), Radius: get("radius"), Density: get("density"), Font: get("font")}
}

// picture answers with one of the brand's files; any other file is not there, whatever it is.
func (f brandFiles) picture(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var file id.Blob
	if err := file.UnmarshalText([]byte(v.Path("file"))); err != nil {
		return web.Answer{}, tenancy.ErrNoPicture
	}
	if err := f.tenants.MayShowPicture(ctx, file); err != nil {
		return web.Answer{}, err
	}
	body, size, err := f.open(ctx, file)
	if err != nil {
		return web.Answer{}, err
	}
	return web.File(file.String()+".png", "image/png", body, size).Inline().Keep(forEver), nil
}
