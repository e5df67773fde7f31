package app

import (
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/seller"
)

// consoles are the pages of those who buy, sell, operate and run the platform.
func (h *House) consoles() [][]web.Route {
	read := consoles.New(h.DB, h.Now)
	return [][]web.Route{
		h.buying(read),
		seller.Pages(seller.Deps{Reads: read, Theme: h.Theme, Now: h.Now, Sourcing: h.Sourcing, Ordering: h.Ordering, Fulfilment: h.Fulfilment, Aftersales: h.Aftersales,
			Payments: h.Payments, Invoicing: h.Invoicing, Catalog: h.Catalog, Pricing: h.Pricing, Inventory: h.Inventory, Parties: h.Parties, Blobs: h.Blobs}),
	}
}
