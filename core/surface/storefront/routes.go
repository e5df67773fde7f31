package storefront

import (
	"context"
	"io"
	"net/http"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Files opens what was stored.
type Files interface {
	Open(ctx context.Context, b id.Blob) (io.ReadSeekCloser, blob.Object, error)
}

// Deps are what the storefront's pages ask.
type Deps struct {
	Reads    *reads.Storefront
	Catalog  *catalog.Service
	Pricing  *pricing.Service
	Ordering *ordering.Service
	Parties  *parties.Service
	Tenancy  *tenancy.Service
	Files    Files
	Texts    *theme.Engine
	// Picture is a photograph that a blueprint brought, by tenant and file name.
	Picture func(slug, name string) (body []byte, media string, ok bool)
	Now     clock.Now
}

type shop struct{ Deps }

// actionPage is for pages that hold nothing but words.
const actionPage policy.Action = "site.page.read"

// What visitors' pages are made of; whoever changes one of these says so to the cache.
const (
	TagCatalog = "catalog"
	TagHome    = "home"
)

// Pages are the storefront's routes.
func Pages(d Deps) []web.Route {
	s := shop{d}
	goods, home := web.CachePublic(TagCatalog), web.CachePublic(TagCatalog, TagHome)
	get, post := http.MethodGet, http.MethodPost
	routes := []web.Route{
		web.Page(get, "/", catalog.ActionItemRead, s.home, home),
		web.Page(get, "/search", catalog.ActionItemRead, s.search, goods),
		web.Page(get, "/i/{item}", catalog.ActionItemRead, s.item, goods),
		web.Page(get, "/s/{seller}", parties.ActionRead, s.seller, goods),
		web.Page(get, "/compare", catalog.ActionItemRead, s.compare),
		web.Page(get, "/documents/{id}", catalog.ActionDocumentRead, s.document),
		web.Page(get, "/pictures/{name}", catalog.ActionItemRead, s.picture),
		web.Page(get, "/suggest", catalog.ActionItemRead, s.suggest),

		web.Page(get, "/cart", ordering.ActionEditCart, s.cart),
		web.Page(post, "/cart", ordering.ActionEditCart, s.addToCart),
		web.Page(post, "/cart/lines/{offer}", ordering.ActionEditCart, s.changeLine, web.Phased()),
		web.Page(get, "/quick-order", ordering.ActionEditCart, s.quick),
		web.Page(post, "/quick-order", ordering.ActionEditCart, s.quickAdd),
		web.Page(get, "/checkout", ordering.ActionPlace, s.delivery),
		web.Page(post, "/checkout", ordering.ActionPlace, s.review, web.Phased()),
		web.Page(post, "/checkout/{checkout}", ordering.ActionPlace, s.place),
		web.Page(get, "/checkout/done/{group}", ordering.ActionRead, s.placed),

		web.Page(get, "/rfqs/new", actionPage, s.askForQuote),
		web.Page(get, "/help", actionPage, s.help, web.Open()),
		web.Page(get, "/robots.txt", actionPage, s.robots, web.Open()),
		web.Page(get, "/sitemap.xml", catalog.ActionItemRead, s.sitemap, goods),
		web.Page(get, "/_styleguide", actionPage, s.styleguide, web.Open()),
	}
	// A category's address is its path; one route per depth keeps every segment a name.
	for _, pattern := range []string{"/c/{a}", "/c/{a}/{b}", "/c/{a}/{b}/{c}", "/c/{a}/{b}/{c}/{d}"} {
		routes = append(routes, web.Page(get, pattern, catalog.ActionItemRead, s.category, goods))
	}
	return routes
}
