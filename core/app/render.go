package app

import (
	"context"
	"io"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// renderer joins the edge and the themes: it turns what the edge knows of a visit into
// the chrome that layouts show.
type renderer struct {
	engine *theme.Engine
	around func(ctx context.Context, c web.Chrome) frame.Around
	off    func(t id.Tenant) map[string]bool
	dress  func(ctx context.Context, c web.Chrome, site *theme.Site)
}

// Render implements web.Renderer.
func (r renderer) Render(ctx context.Context, w io.Writer, v web.View) error {
	p := theme.Page{Chrome: r.chrome(ctx, v), Data: v.Data}
	if v.Part {
		return r.engine.RenderPart(w, v.Theme, v.Name, p)
	}
	return r.engine.Render(w, v.Theme, v.Name, p)
}

func (r renderer) chrome(ctx context.Context, v web.View) theme.Chrome {
	c := v.Chrome
	site := c.Site
	out := theme.Chrome{
		Site: theme.Site{
			Name: site.Title(c.Locale), Slug: site.Slug, Host: site.Host, BaseURL: c.BaseURL, Locale: site.DefaultLocale, Locales: site.Locales,
			Currency: site.Currency, Theme: v.Theme, TimeZone: site.TimeZone, Private: site.LoginRequired, Tagline: taglines(site),
		},
		Path: pathAndQuery(c), Locale: c.Locale, Scheme: c.Scheme, CSRF: c.CSRF, Idem: c.Key, RequestID: c.RequestID, LangLinks: langLinks(c), Form: c.Typed,
		Caller: theme.Caller{SignedIn: c.Caller.SignedIn(), Name: c.Caller.Name, Email: c.Caller.Name, Roles: c.Caller.Roles, OrgID: c.Caller.Org.String(), Can: map[string]bool{}, Guise: c.Caller.Guise.By, GuiseUntil: c.Caller.Guise.Until},
	}
	if r.dress != nil {
		r.dress(caller.With(ctx, c.Caller), c, &out.Site)
	}
	for _, a := range offered {
		out.Caller.Can[a] = c.Can(a)
	}
	if r.off != nil {
		out.Caller.Off = r.off(site.Tenant)
	}
	printer := r.engine.Printer(v.Theme, c.Locale, site.TimeZone)
	if f, ok := v.Data.(frame.Framed); ok {
		framed(&out, f.PageFrame(), printer)
		if to := f.PageFrame().Canonical; to != "" {
			out.Canonical = c.BaseURL + to
		}
	}
	if c.Flash != nil {
		out.Flash = []theme.Flash{{Tone: flashTone(c.Flash.Key), Text: printer.T(c.Flash.Key, flat(c.Flash.Args)...), Undo: c.Flash.Args["undo"]}}
	}
	if c.Problem != nil {
		out.ErrorText = c.Problem.Detail
		if c.Problem.Next != "" {
			out.ErrorText += " " + c.Problem.Next
		}
		for _, g := range c.Problem.Reasons {
			step := theme.WhyStep{Tone: "no", Title: g.Detail, Fix: g.Fix}
			if key := "fix." + g.Fix; printer.Has(key) { // a rule writes words, the house names what would help
				step.Fix = printer.T(key)
			}
			out.Reasons = append(out.Reasons, step)
		}
		for _, f := range c.Problem.Fields {
			out.Errors = append(out.Errors, theme.FieldError{Path: f.Path, Reason: f.Reason, Detail: f.Detail})
		}
	}
	if r.around != nil && !v.Part {
		a := r.around(caller.With(ctx, c.Caller), c)
		out.Nav.Cart, out.Nav.Messages, out.Nav.Tasks, out.Nav.Categories, out.Nav.Ticker = a.Cart, a.Messages, a.Tasks, a.Categories, a.Ticker
		out.Caller.Org, out.Caller.Companies, out.Alerts = a.Org, a.Companies, a.Alerts
		if a.Name != "" {
			out.Caller.Name = a.Name
		}
	}
	return out
}

// offered are the actions that layouts ask about; pages ask for more in their view models.
var offered = []string{
	"ordering.cart.edit", "ordering.order.place", "ordering.order.accept", "ordering.approval.decide", "sourcing.rfq.create", "sourcing.quote.submit",
	"parties.org.decide", "parties.member.manage", "ledger.read", "plugin.read", "plugins.installation.manage", "plugins.artifact.read", "policy.decision.read", "audit.entry.read", "tenancy.tenant.read", "tenancy.export.make", "mail.read", "catalog.offer.write",
}

func framed(out *theme.Chrome, f *frame.Frame, p *theme.Printer) {
	out.Title = f.Title
	if f.TitleKey != "" {
		out.Title = p.T(f.TitleKey, f.TitleArgs...)
	}
	out.Description, out.NoIndex, out.JSONLD, out.Scripts, out.Query = f.Description, f.NoIndex, f.JSONLD, f.Scripts, f.Query
	out.Nav.Console, out.Nav.Active, out.Nav.Counts = f.Console, f.Active, f.Counts
	for _, c := range f.Crumbs {
		text := c.Text
		if c.Key != "" {
			text = p.T(c.Key)
		}
		out.Breadcrumbs = append(out.Breadcrumbs, theme.Crumb{Text: text, URL: c.URL})
	}
}

func flashTone(key string) string {
	if strings.HasSuffix(key, ".bad") || strings.HasSuffix(key, "_failed") {
		return "bad"
	}
	return "good"
}

func flat(m map[string]string) []any {
	out := make([]any, 0, 2*len(m))
	for k, v := range m {
		out = append(out, k, v)
	}
	return out
}

func pathAndQuery(c web.Chrome) string {
	if c.Query == "" {
		return c.Path
	}
	return c.Path + "?" + c.Query
}

// langNames are what a language calls itself.
var langNames = map[string]string{"en": "English", "zh-CN": "中文"}

func langLinks(c web.Chrome) []theme.LangLink {
	sep := "?"
	if c.Query != "" {
		sep = "&"
	}
	out := make([]theme.LangLink, 0, len(c.Site.Locales))
	for _, l := range c.Site.Locales {
		name := langNames[l]
		if name == "" {
			name = l
		}
		out = append(out, theme.LangLink{Locale: l, Name: name, URL: pathAndQuery(c) + sep + "lang=" + l, Current: l == c.Locale})
	}
	return out
}

func taglines(s web.Site) map[string]string {
	t, _ := s.Settings["taglines"].(map[string]string)
	return t
}

// texts lets the edge translate faults with the themes' catalogues.
type texts struct{ engine *theme.Engine }

// Text implements web.Translator.
func (t texts) Text(locale, key string, args map[string]string) (string, bool) {
	p := t.engine.Printer("base", locale, "UTC")
	if !p.Has(key) {
		return "", false
	}
	return p.T(key, flat(args)...), true
}
