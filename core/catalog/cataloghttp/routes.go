// Package cataloghttp is the catalogue's API: what is on the shelf for everybody, and the
// hands of sellers and reviewers. Lists and items carry the reader's own prices and the
// stock of the moment, so they are read through the screens that span contexts.
package cataloghttp

import (
	"net/http"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
)

// Routes is the catalogue's API.
func Routes(s *catalog.Service, front *reads.Storefront) []web.Route {
	h := handlers{s, front}
	tag := web.Tag("Catalog")
	shelf := []web.Option{tag, web.Public(), web.CachePublic("catalog", "prices", "stock")}
	read := func(summary string) []web.Option { return append(shelf[:len(shelf):len(shelf)], web.Summary(summary)) }
	return []web.Route{
		web.Get("/categories", catalog.ActionCategoryRead, h.categories, read("The category tree with its attributes")...),
		web.Get("/items", catalog.ActionItemRead, h.list, read("Search and browse, with counts beside the first page")...),
		web.Get("/items/{id}", catalog.ActionItemRead, h.item, read("One item with specification, offers, tiers, stock and documents")...),
		web.Get("/items/{id}/offers", catalog.ActionOfferRead, h.offers, read("The offers of one item")...),
		web.Get("/suggestions", catalog.ActionItemRead, h.suggest, read("Categories and items for what is being typed")...),

		web.Post("/items", catalog.ActionItemWrite, h.addItem, tag, web.Summary("Make a draft item"), web.Status(http.StatusCreated)),
		web.Put("/items/{id}", catalog.ActionItemWrite, h.putItem, tag, web.Summary("Change an item")),
		web.Post("/items/{id}/submit", catalog.ActionItemSubmit, h.submit, tag, web.Summary("Hand a draft to the reviewers")),
		web.Post("/items/{id}/publish", catalog.ActionItemPublish, h.publish, tag, web.Summary("Put an item on the shelf")),
		web.Post("/items/{id}/send-back", catalog.ActionItemReview, h.sendBack, tag, web.Summary("Return an item in review to its author")),
		web.Post("/items/{id}/retire", catalog.ActionItemRetire, h.retire, tag, web.Summary("Take an item off the shelf for good")),
		web.Get("/item-drafts", catalog.ActionItemWrite, h.waiting, tag, web.Summary("Items that are not on the shelf: all for reviewers, a seller's own")),
		web.Get("/item-drafts/{id}", catalog.ActionItemWrite, h.draft, tag, web.Summary("One item in any state, for those who may change it")),

		web.Get("/offers", catalog.ActionOfferWrite, h.sellerOffers, tag, web.Summary("A seller's own offers, newest first")),
		web.Post("/offers", catalog.ActionOfferWrite, h.addOffer, tag, web.Summary("Make a draft offer"), web.Status(http.StatusCreated)),
		web.Put("/offers/{id}", catalog.ActionOfferWrite, h.putOffer, tag, web.Summary("Change an offer's terms")),
		web.Post("/offers/{id}/publish", catalog.ActionOfferPublish, h.publishOffer, tag, web.Summary("Open an offer for orders")),
		web.Post("/offers/{id}/pause", catalog.ActionOfferPublish, h.pauseOffer, tag, web.Summary("Close an offer for a while")),
		web.Post("/offers/{id}/withdraw", catalog.ActionOfferPublish, h.withdrawOffer, tag, web.Summary("Close an offer for good")),
		web.Post("/documents", catalog.ActionDocumentWrite, h.attach, tag, web.Summary("Attach an uploaded file to an item or an offer"), web.Status(http.StatusCreated)),
	}
}

type handlers struct {
	s     *catalog.Service
	front *reads.Storefront
}
