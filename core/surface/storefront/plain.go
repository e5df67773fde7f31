package storefront

import (
	"context"
	"encoding/xml"
	"strings"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Help answers what people ask first.
type Help struct {
	frame.Frame
	Topics      []HelpTopic
	Mail, Phone string
}

// HelpTopic is one question; Key names its texts help.<key> and help.<key>_text.
type HelpTopic struct{ Key, Icon, URL string }

func (s shop) help(ctx context.Context, v *web.Visit) (web.Answer, error) {
	t, err := s.Tenancy.Current(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	m := &Help{
		Frame: frame.Frame{TitleKey: "help.title", Canonical: "/help"}, Mail: t.Settings.SupportMail, Phone: t.Settings.SupportPhone,
		Topics: []HelpTopic{
			{"find", "search", "/search"},
			{"quote", "clipboard-list", "/rfqs/new"},
			{"order", "shopping-cart", "/cart"},
			{"approve", "clipboard-check", "/buyer/approvals"},
			{"pay", "landmark", "/buyer/orders"},
			{"receive", "package-check", "/buyer/orders"},
			{"claim", "undo-2", "/buyer/claims"},
			{"join", "building-2", "/sign-up"},
		},
	}
	if v.Site().LoginRequired {
		m.Topics = m.Topics[:len(m.Topics)-1]
	}
	return web.Render("storefront/help", m), nil
}

func (s shop) styleguide(_ context.Context, _ *web.Visit) (web.Answer, error) {
	guide, ok := theme.Styleguide(s.Now()).(map[string]any)
	if !ok {
		return web.Answer{}, web.ErrNoRoute
	}
	return web.Render("styleguide", guidePage(guide)), nil
}

// guidePage gives the style guide, which the themes own, a title and its chart script.
type guidePage map[string]any

// PageFrame implements frame.Framed.
func (guidePage) PageFrame() *frame.Frame {
	return &frame.Frame{Title: "Styleguide", NoIndex: true, Scripts: []string{"js/charts.js"}}
}

// robots lets search engines into open markets and nowhere else.
func (s shop) robots(_ context.Context, v *web.Visit) (web.Answer, error) {
	lines := []string{"User-agent: *", "Disallow: /"}
	if !v.Site().LoginRequired {
		lines = []string{"User-agent: *"}
		for _, p := range []string{"/api/", "/buyer", "/seller", "/operator", "/platform", "/cart", "/checkout", "/account", "/messages", "/mail", "/search", "/compare", "/sign-in"} {
			lines = append(lines, "Disallow: "+p)
		}
		lines = append(lines, "Sitemap: "+v.Absolute("/sitemap.xml"))
	}
	return web.Bytes("text/plain; charset=utf-8", []byte(strings.Join(lines, "\n")+"\n")), nil
}

// maxSitemap is what one site map may list.
const maxSitemap = 40_000

type siteURL struct {
	Loc string `xml:"loc"`
}

type siteMap struct {
	XMLName xml.Name  `xml:"http://www.sitemaps.org/schemas/sitemap/0.9 urlset"`
	URLs    []siteURL `xml:"url"`
}

func (s shop) sitemap(ctx context.Context, v *web.Visit) (web.Answer, error) {
	sh, err := s.Catalog.Shelf(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	skus, err := s.Reads.Listed(ctx, maxSitemap)
	if err != nil {
		return web.Answer{}, err
	}
	m := siteMap{URLs: []siteURL{{v.Absolute("/")}, {v.Absolute("/help")}}}
	for _, c := range sh.Tree.All() {
		m.URLs = append(m.URLs, siteURL{v.Absolute("/c/" + c.Path)})
	}
	for _, sku := range skus {
		m.URLs = append(m.URLs, siteURL{v.Absolute(itemURL(sku))})
	}
	b, err := xml.Marshal(m)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Bytes("application/xml; charset=utf-8", append([]byte(xml.Header), b...)), nil
}
