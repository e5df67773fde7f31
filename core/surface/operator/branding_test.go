package operator_test

import (
	"bytes"
	"context"
	"errors"
	"html"
	"image"
	"image/color"
	"image/png"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
	"github.com/kontorhq/kontor/core/tenancy"
)

// templates are the syntaxes that a tenant might hope to be executed.
const templates = "{{.Site.Name}} {{ 7*7 }} {% if true %}x{% endif %} ${7*7} <%= 1 %>"

// Editions of one market follow each other, so what changes pharma's look is one test.
func TestAnOperatorDraftsPreviewsPublishesAndBringsBackALook(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	op := surfacetest.Acting(t, h, "pharma", "operator")
	buyer := surfacetest.Acting(t, h, "pharma", "buyer")

	// Nobody else may, and nothing happens.
	if _, err := h.Tenancy.SaveBrand(buyer, tenancy.SaveBrandInput{}); !errors.Is(err, policy.ErrDenied) {
		t.Fatalf("a buyer saves a look: %v", err)
	}
	if _, err := h.Tenancy.PublishBrand(buyer, 0, ""); !errors.Is(err, policy.ErrDenied) {
		t.Fatalf("a buyer publishes a look: %v", err)
	}

	// What cannot be read is refused with the pair, the ratio and what would do.
	bad := tenancy.Brand{Light: tenancy.Colours{Accent: "#f2e85c", OnAccent: "#ffffff", Link: "#8fb3ff"}}
	_, err := h.Tenancy.SaveBrand(op, tenancy.SaveBrandInput{Brand: bad})
	if !errors.Is(err, tenancy.ErrContrast) {
		t.Fatalf("colours that cannot be read are taken: %v", err)
	}
	fields := fault.From(err).Fields
	proposal := regexp.MustCompile(`^\S+ / \S+: \d+\.\d\d < [34]\.[05] → (#[0-9a-f]{6})$`)
	for _, f := range fields {
		m := proposal.FindStringSubmatch(f.Detail)
		if m == nil {
			t.Fatalf("%+v", f)
		}
		switch f.Path {
		case "light.accent":
			bad.Light.Accent = m[1]
		case "light.on_accent":
			bad.Light.OnAccent = m[1]
		case "light.link":
			bad.Light.Link = m[1]
		default:
			t.Fatalf("%+v", f)
		}
	}
	if st, err := h.Tenancy.Branding(op); err != nil || st.Open || st.Version != 0 {
		t.Fatalf("a refused look was kept: %+v %v", st, err)
	}
	good := tenancy.Brand{
		Light: tenancy.Colours{Accent: "#1d4ed8", OnAccent: "#ffffff", Link: "#1e40af"}, Dark: tenancy.Colours{Accent: "#93c5fd", OnAccent: "#0b1526", Link: "#93c5fd"},
		Radius: "round", Font: "inter", Words: map[string]tenancy.Words{"en": {SignOff: templates, MailFooter: templates}},
	}
	for _, odd := range []func(*tenancy.Brand){
		func(b *tenancy.Brand) { b.Light.Accent = "red;}body{display:none" },
		func(b *tenancy.Brand) { b.Font = "https://evil.example/f.woff2" },
		func(b *tenancy.Brand) { b.Radius = "12px" },
		func(b *tenancy.Brand) { b.Words = map[string]tenancy.Words{"en": {SignOff: strings.Repeat("x", 201)}} },
		func(b *tenancy.Brand) { b.Words = map[string]tenancy.Words{"tlh": {SignOff: "x"}} },
		func(b *tenancy.Brand) { b.Logo.ID = b.Logo.ID.New() },
	} {
		b := good
		odd(&b)
		if _, err := h.Tenancy.SaveBrand(op, tenancy.SaveBrandInput{Brand: b}); fault.KindOf(err) != fault.Invalid && !errors.Is(err, tenancy.ErrNoPicture) {
			t.Errorf("%+v: %v", b, err)
		}
	}

	// A draft; whoever looked at the version before is second.
	st, err := h.Tenancy.SaveBrand(op, tenancy.SaveBrandInput{Brand: good})
	if err != nil || !st.Open || st.Version != 1 {
		t.Fatalf("%+v %v", st, err)
	}
	if _, err := h.Tenancy.SaveBrand(op, tenancy.SaveBrandInput{Brand: good}); !errors.Is(err, tenancy.ErrBrandStale) {
		t.Errorf("%v", err)
	}
	if _, err := h.Tenancy.PublishBrand(op, 0, ""); !errors.Is(err, tenancy.ErrBrandStale) {
		t.Errorf("%v", err)
	}

	previews(t, h)
	publishes(t, h, op, st, good)
}

// previews: the draft is on the real pages for its operator alone, however the two are
// interleaved, and the cache keeps neither for the other.
func previews(t *testing.T, h *apptest.House) {
	t.Helper()
	b := surfacetest.As(t, h, "pharma", "en", "operator")
	page := b.Get("/operator/branding")
	if page.Status != http.StatusOK || !page.Shows("Branding", "There is a draft") || !strings.Contains(page.Body, "{{.Site.Name}} {{ 7*7 }} {% if true %}x{% endif %}") {
		t.Fatalf("%d %s", page.Status, page.Text())
	}
	for _, accent := range []string{"#f0f0f0", "#1d4ed8"} { // the same form, while it is filled in
		f := url.Values{"_csrf": {page.Value("_csrf")}, "_key": {page.Value("_key")}, "light.accent": {accent}, "light.on_accent": {"#ffffff"}}
		if p := b.Send("/operator/branding/sample", f); p.Status != http.StatusOK || strings.Contains(p.Body, "banner-bad") != (accent == "#f0f0f0") {
			t.Errorf("a sample in %s: %d %s", accent, p.Status, p.Text())
		}
	}
	b.Get("/operator/branding")
	if p := b.Post("/operator/branding/preview"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	visitor, buyer := surfacetest.New(t, h, "pharma", "en"), surfacetest.As(t, h, "pharma", "en", "buyer")
	visitor.Take(web.PreviewCookie + "=1")
	buyer.Take(web.PreviewCookie + "=1")
	for range 50 {
		if p := b.Get("/"); !strings.Contains(p.Body, `href="/brand/css/draft-1.css"`) || !p.Shows("You see the draft") {
			t.Fatalf("the operator does not see his draft: %s", p.Text())
		}
		for who, other := range map[string]*surfacetest.Browser{"a visitor": visitor, "a buyer": buyer} {
			if p := other.Get("/"); p.Status != http.StatusOK || strings.Contains(p.Body, "/brand/css/") || p.Shows("You see the draft") {
				t.Fatalf("%s sees the draft", who)
			}
		}
	}
	for who, other := range map[string]*surfacetest.Browser{"a visitor": visitor, "a buyer": buyer} {
		for _, sheet := range []string{"/brand/css/draft-1.css", "/brand/css/sample.css"} {
			if p := other.Get(sheet); p.Status != http.StatusNotFound {
				t.Errorf("%s gets %s: %d", who, sheet, p.Status)
			}
		}
	}
	sheet := b.Get("/brand/css/draft-1.css")
	if !strings.Contains(sheet.Body, "--accent:light-dark(#1d4ed8,#93c5fd)") || !strings.Contains(sheet.Header.Get("Cache-Control"), "no-store") {
		t.Errorf("%s %s", sheet.Header.Get("Cache-Control"), sheet.Body)
	}
	b.Get("/operator/branding")
	b.Post("/operator/branding/preview", "stop", "1")
	if p := b.Get("/"); strings.Contains(p.Body, "/brand/css/") {
		t.Error("the preview does not end")
	}
}

func publishes(t *testing.T, h *apptest.House, op context.Context, st tenancy.BrandState, good tenancy.Brand) {
	t.Helper()
	e, err := h.Tenancy.PublishBrand(op, st.Version, "first "+templates)
	if err != nil || e.Number != 1 {
		t.Fatalf("%+v %v", e, err)
	}
	visitor := surfacetest.New(t, h, "pharma", "en")
	link := regexp.MustCompile(`href="(/brand/css/[0-9a-f]{16}\.css)"`)
	first := link.FindStringSubmatch(visitor.Get("/").Body)
	if first == nil {
		t.Fatal("visitors do not see what is published")
	}
	sheet := visitor.Get(first[1])
	if !strings.Contains(sheet.Body, "--accent:light-dark(#1d4ed8,#93c5fd)") || !strings.Contains(sheet.Header.Get("Cache-Control"), "max-age=31536000") || strings.Contains(sheet.Body, "7*7") {
		t.Errorf("%s %s", sheet.Header.Get("Cache-Control"), sheet.Body)
	}
	// Under another name it may not be kept: the name would be tomorrow's.
	if p := visitor.Get("/brand/css/0000000000000000.css"); strings.Contains(p.Header.Get("Cache-Control"), "max-age") {
		t.Errorf("kept under a foreign name: %s", p.Header.Get("Cache-Control"))
	}
	if p := surfacetest.New(t, h, "steel", "en").Get("/"); strings.Contains(p.Body, "/brand/css/") {
		t.Error("another marketplace wears the look")
	}
	// Letters are written in it; what looks like a template stays what it is.
	err = h.DB.Do(op, func(ctx context.Context) error {
		_, err := h.Notify.Write(ctx, notify.Note{To: "brand@pharma.example", Locale: "en", Kind: "password_reset", Path: "/reset"})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	text := one[string](t, h, `SELECT body_text FROM notify_mails WHERE recipient = 'brand@pharma.example'`)
	page := one[string](t, h, `SELECT body_html FROM notify_mails WHERE recipient = 'brand@pharma.example'`)
	if strings.Count(text, templates) != 2 || strings.Count(html.UnescapeString(page), templates) != 2 || !strings.Contains(page, "background:#1d4ed8;color:#ffffff") {
		t.Errorf("%s %s", text, page)
	}

	// A second edition, and back: a new edition of the same content.
	other := good
	other.Light.Accent = "#15803d"
	if st, err = h.Tenancy.Branding(op); err != nil || st.Open || st.Edition != 1 {
		t.Fatalf("%+v %v", st, err)
	}
	if st, err = h.Tenancy.SaveBrand(op, tenancy.SaveBrandInput{Version: st.Version, Brand: other}); err != nil {
		t.Fatal(err)
	}
	if _, err = h.Tenancy.PublishBrand(op, st.Version, "green"); err != nil {
		t.Fatal(err)
	}
	second := link.FindStringSubmatch(visitor.Get("/").Body)
	if second == nil || second[1] == first[1] {
		t.Fatalf("%v after %v", second, first)
	}
	st, _ = h.Tenancy.Branding(op)
	if _, err := h.Tenancy.RestoreBrand(op, 2, st.Version, ""); !errors.Is(err, tenancy.ErrSameEdition) {
		t.Errorf("%v", err)
	}
	if _, err := h.Tenancy.RestoreBrand(op, 9, st.Version, ""); !errors.Is(err, tenancy.ErrNoEdition) {
		t.Errorf("%v", err)
	}
	if e, err = h.Tenancy.RestoreBrand(op, 1, st.Version, ""); err != nil || e.Number != 3 || e.Restored != 1 {
		t.Fatalf("%+v %v", e, err)
	}
	if back := link.FindStringSubmatch(visitor.Get("/").Body); back == nil || back[1] != first[1] {
		t.Errorf("%v, want %v", back, first)
	}
	if n := one[int](t, h, `SELECT count(*)::int FROM event_outbox WHERE name = 'tenancy.brand_published.v1'`); n != 3 {
		t.Errorf("told %d times", n)
	}
	if n := one[int](t, h, `SELECT count(*)::int FROM audit_entries WHERE object_kind = 'brand' AND data->>'what' = 'publish'`); n != 3 {
		t.Errorf("recorded %d times", n)
	}
	// Editions stay as they were published, whoever tries from within.
	for _, q := range []string{`UPDATE tenancy_brand_editions SET note = 'x'`, `DELETE FROM tenancy_brand_editions`} {
		err := h.DB.Do(op, func(ctx context.Context) error {
			tx, err := pg.Conn(ctx)
			if err != nil {
				return nil
			}
			_, err = tx.Exec(ctx, q)
			return err
		})
		if err == nil {
			t.Errorf("%s went through", q)
		}
	}
	op2 := surfacetest.As(t, h, "pharma", "zh-CN", "operator")
	if p := op2.Get("/operator/branding"); p.Status != http.StatusOK || !p.Shows("版本历史", "恢复自第 1 版", "#15803d") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
}

func TestPicturesArePaintedAnewOrRefused(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	op := surfacetest.Acting(t, h, "procure", "operator")
	m := image.NewNRGBA(image.Rect(0, 0, 900, 300))
	for x := range 900 {
		m.Set(x, 100, color.NRGBA{200, uint8(x), 0, 255})
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, m); err != nil {
		t.Fatal(err)
	}
	place := append(bytes.Clone(buf.Bytes()), []byte("<script>alert(1)</script>GPS")...)
	logo, err := h.Tenancy.AddPicture(op, tenancy.PictureLogo, "logo.png", bytes.NewReader(place))
	if err != nil || logo.Width != 480 || logo.Height != 160 {
		t.Fatalf("%+v %v", logo, err)
	}
	body, _, err := h.Blobs.Open(op, logo.ID)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = body.Close() }()
	var kept bytes.Buffer
	if _, err := kept.ReadFrom(body); err != nil || bytes.Contains(kept.Bytes(), []byte("script")) {
		t.Error("what was hidden in the file is passed on")
	}
	for what, c := range map[string]struct {
		kind   tenancy.PictureKind
		body   string
		reason string
	}{
		"an SVG with a script":     {tenancy.PictureLogo, `<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"><script>alert(1)</script></svg>`, "picture_type"},
		"a page":                   {tenancy.PictureLogo, `<html><script>alert(1)</script>`, "picture_type"},
		"nothing":                  {tenancy.PictureLogo, "", "picture_type"},
		"half a picture":           {tenancy.PictureLogo, buf.String()[:60], "picture_damaged"},
		"a megabyte and a byte":    {tenancy.PictureLogo, buf.String() + strings.Repeat("x", 1<<20), "picture_large"},
		"a mark that is not one":   {tenancy.PictureMark, buf.String(), "picture_square"},
		"a picture of 9000 × 9000": {tenancy.PictureLogo, huge(), "picture_large"},
	} {
		_, err := h.Tenancy.AddPicture(op, c.kind, "x.png", strings.NewReader(c.body))
		if !errors.Is(err, tenancy.ErrPicture) {
			t.Errorf("%s: %v", what, err)
		} else if f := fault.From(err); len(f.Fields) != 1 || f.Fields[0].Reason != c.reason {
			t.Errorf("%s: %+v", what, f.Fields)
		}
	}
	// Another marketplace's picture is one that is not there, and so is a logo as a mark.
	steel := surfacetest.Acting(t, h, "steel", "operator")
	for what, b := range map[string]tenancy.Brand{"another's": {Logo: tenancy.Picture{ID: logo.ID}}, "random": {Logo: tenancy.Picture{ID: id.Blob{}.New()}}} {
		if _, err := h.Tenancy.SaveBrand(steel, tenancy.SaveBrandInput{Brand: b}); !errors.Is(err, tenancy.ErrNoPicture) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := h.Tenancy.SaveBrand(op, tenancy.SaveBrandInput{Brand: tenancy.Brand{Mark: tenancy.Picture{ID: logo.ID}}}); !errors.Is(err, tenancy.ErrNoPicture) {
		t.Errorf("%v", err)
	}
	// Drafted, it is its operator's; nobody else's.
	if _, err := h.Tenancy.SaveBrand(op, tenancy.SaveBrandInput{Brand: tenancy.Brand{Logo: tenancy.Picture{ID: logo.ID}}}); err != nil {
		t.Fatal(err)
	}
	path := "/brand/files/" + logo.ID.String()
	if p := surfacetest.As(t, h, "procure", "en", "operator").Get(path); p.Status != http.StatusOK || p.Header.Get("Content-Type") != "image/png" {
		t.Errorf("%d %s", p.Status, p.Header.Get("Content-Type"))
	}
	for who, b := range map[string]*surfacetest.Browser{"a visitor": surfacetest.New(t, h, "procure", "en"), "a buyer": surfacetest.As(t, h, "procure", "en", "buyer"), "another's operator": surfacetest.As(t, h, "steel", "en", "operator")} {
		if p := b.Get(path); p.Status != http.StatusNotFound {
			t.Errorf("%s: %d", who, p.Status)
		}
	}
}

// huge says 9000 × 9000 in its head, and nothing after.
func huge() string {
	var b bytes.Buffer
	_ = png.Encode(&b, image.NewGray(image.Rect(0, 0, 9000, 1)))
	return b.String()
}
