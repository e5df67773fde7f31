package tenancyhttp

import (
	"bytes"
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
)

// BrandRoutes are the operator's over how his marketplace looks, and the files that pages
// show of it.
func BrandRoutes(s *tenancy.Service, sheets Sheets, name func([]byte) string, open OpenFile) []web.Route {
	h, f := handlers{s}, brandFiles{s, sheets, open, name}
	tag := web.Tag("Branding")
	return []web.Route{
		web.Get("/branding/draft", tenancy.ActionBranding, h.brandDraft, tag, web.Summary("Show the draft of the look, or the published one where there is none")),
		web.Put("/branding/draft", tenancy.ActionBranding, h.saveBrand, tag, web.Summary("Save the draft; colours that cannot be read are refused with the nearest that can")),
		web.Post("/branding/discard", tenancy.ActionBranding, h.discardBrand, tag, web.Summary("Throw the draft away")),
		web.Post("/branding/publish", tenancy.ActionBranding, h.publishBrand, tag, web.Summary("Publish the draft as a new edition")),
		web.Get("/branding/editions", tenancy.ActionBranding, h.brandEditions, tag, web.Summary("List the published editions, the newest first")),
		web.Post("/branding/editions/{name}/restore", tenancy.ActionBranding, h.restoreBrand, tag, web.Summary("Publish an earlier edition's content again")),
		web.Post("/branding/pictures", tenancy.ActionBranding, h.addPicture, tag, web.Status(201), web.MaxBody(2<<20), web.Summary("Upload a logo, mark or favicon, which is painted anew")),
		web.Page("GET", "/brand/css/{name}", actionSee, f.sheet, web.Open()),
		web.Page("GET", "/brand/files/{file}", actionSee, f.picture, web.Open()),
	}
}

type coloursView struct {
	Accent   string `json:"accent,omitempty" maxLength:"7" doc:"#rrggbb; empty for the theme's own"`
	OnAccent string `json:"on_accent,omitempty" maxLength:"7" doc:"Of text on the accent"`
	Link     string `json:"link,omitempty" maxLength:"7"`
}

type wordsView struct {
	SignOff      string `json:"sign_off,omitempty" maxLength:"400" doc:"Lines at the end of letters, plain text"`
	MailFooter   string `json:"mail_footer,omitempty" maxLength:"600" doc:"Small print of letters"`
	PaperAddress string `json:"paper_address,omitempty" maxLength:"600" doc:"Lines at the head of invoices"`
	PaperFooter  string `json:"paper_footer,omitempty" maxLength:"400" doc:"A line at the foot of invoices"`
}

type brandBody struct {
	Light    coloursView          `json:"light,omitempty"`
	Dark     coloursView          `json:"dark,omitempty"`
	Radius   string               `json:"radius,omitempty" maxLength:"20" doc:"square, soft or round; empty for the theme's own"`
	Density  string               `json:"density,omitempty" maxLength:"20" doc:"compact, regular or roomy"`
	Font     string               `json:"font,omitempty" maxLength:"30" doc:"inter, source-sans-3 or barlow"`
	Logo     *id.Blob             `json:"logo,omitempty" doc:"An uploaded picture, for light ground"`
	LogoDark *id.Blob             `json:"logo_dark,omitempty" doc:"The same for dark ground"`
	Mark     *id.Blob             `json:"mark,omitempty" doc:"A square one"`
	Favicon  *id.Blob             `json:"favicon,omitempty"`
	Words    map[string]wordsView `json:"words,omitempty" doc:"By language of the marketplace"`
}

func (b brandBody) brand() tenancy.Brand {
	out := tenancy.Brand{Light: tenancy.Colours(b.Light), Dark: tenancy.Colours(b.Dark), Radius: b.Radius, Density: b.Density, Font: b.Font, Words: map[string]tenancy.Words{}}
	for _, p := range []struct {
		to   *tenancy.Picture
		from *id.Blob
	}{{&out.Logo, b.Logo}, {&out.OnDark, b.LogoDark}, {&out.Mark, b.Mark}, {&out.Favicon, b.Favicon}} {
		if p.from != nil {
			p.to.ID = *p.from
		}
	}
	for l, w := range b.Words {
		out.Words[l] = tenancy.Words(w)
	}
	return out
}

func bodyOf(b tenancy.Brand) brandBody {
	out := brandBody{Light: coloursView(b.Light), Dark: coloursView(b.Dark), Radius: b.Radius, Density: b.Density, Font: b.Font, Words: map[string]wordsView{}}
	for _, p := range []struct {
		to   **id.Blob
		from tenancy.Picture
	}{{&out.Logo, b.Logo}, {&out.LogoDark, b.OnDark}, {&out.Mark, b.Mark}, {&out.Favicon, b.Favicon}} {
		if !p.from.ID.IsZero() {
			*p.to = &p.from.ID
		}
	}
	for l, w := range b.Words {
		out.Words[l] = wordsView(w)
	}
	return out
}

type draftView struct {
	Open    bool      `json:"open" doc:"False where there is no draft: the look is the published one"`
	Version int64     `json:"version" doc:"To be sent back with a change"`
	Edition int64     `json:"edition" doc:"The published one; 0 while the theme is shown as it is"`
	Brand   brandBody `json:"brand"`
}

func viewDraft(s tenancy.BrandState) draftView {
	return draftView{s.Open, s.Version, s.Edition, bodyOf(s.Brand)}
}

func (h handlers) brandDraft(ctx context.Context, _ *struct{}) (draftView, error) {
	s, err := h.tenants.Branding(ctx)
	return viewDraft(s), err
}

type saveBrandInput struct {
	Body struct {
		Version int64     `json:"version" minimum:"0" doc:"The version that was looked at"`
		Brand   brandBody `json:"brand"`
	}
}

func (h handlers) saveBrand(ctx context.Context, in *saveBrandInput) (draftView, error) {
	s, err := h.tenants.SaveBrand(ctx, tenancy.SaveBrandInput{Version: in.Body.Version, Brand: in.Body.Brand.brand()})
	return viewDraft(s), err
}

type brandVersionInput struct {
	Body struct {
		Version int64 `json:"version" minimum:"0" doc:"The version that was looked at"`
	}
}

func (h handlers) discardBrand(ctx context.Context, in *brandVersionInput) (done, error) {
	err := h.tenants.DiscardBrand(ctx, in.Body.Version)
	return done{err == nil}, err
}

type publishInput struct {
	Body struct {
		Version int64  `json:"version" minimum:"0" doc:"The version that was looked at"`
		Note    string `json:"note,omitempty" maxLength:"300"`
	}
}

func (h handlers) publishBrand(ctx context.Context, in *publishInput) (editionView, error) {
	e, err := h.tenants.PublishBrand(ctx, in.Body.Version, in.Body.Note)
	return viewEdition(e), err
}

type restoreInput struct {
	Number int64 `path:"name" minimum:"1" doc:"The edition"`
	publishInput
}

func (h handlers) restoreBrand(ctx context.Context, in *restoreInput) (editionView, error) {
	e, err := h.tenants.RestoreBrand(ctx, in.Number, in.Body.Version, in.Body.Note)
	return viewEdition(e), err
}

type editionView struct {
	Number   int64     `json:"number"`
	At       time.Time `json:"at"`
	Actor    string    `json:"actor"`
	Name     string    `json:"actor_name"`
	Note     string    `json:"note"`
	Restored int64     `json:"restored" doc:"The edition whose content it brought back, or 0"`
	Brand    brandBody `json:"brand"`
}

func viewEdition(e tenancy.BrandEdition) editionView {
	return editionView{e.Number, e.At.UTC(), e.Actor, e.Name, e.Note, e.Restored, bodyOf(e.Brand)}
}

type editionsView struct {
	Items []editionView `json:"items"`
}

func (h handlers) brandEditions(ctx context.Context, _ *struct{}) (editionsView, error) {
	all, err := h.tenants.BrandHistory(ctx)
	out := editionsView{Items: make([]editionView, len(all))}
	for i, e := range all {
		out.Items[i] = viewEdition(e)
	}
	return out, err
}

type pictureInput struct {
	Body struct {
		Kind string `json:"kind" enum:"logo,logo_dark,mark,favicon"`
		Name string `json:"name,omitempty" maxLength:"200"`
		Data []byte `json:"data" maxLength:"1400000" doc:"PNG, JPEG or WebP in base64; at most 1 MB and 4,000 pixels a side"`
	}
}

type pictureView struct {
	ID     id.Blob `json:"id"`
	Kind   string  `json:"kind"`
	Width  int     `json:"width"`
	Height int     `json:"height"`
}

func (h handlers) addPicture(ctx context.Context, in *pictureInput) (pictureView, error) {
	p, err := h.tenants.AddPicture(ctx, tenancy.PictureKind(in.Body.Kind), in.Body.Name, bytes.NewReader(in.Body.Data))
	return pictureView{p.ID, string(p.Kind), p.Width, p.Height}, err
}
