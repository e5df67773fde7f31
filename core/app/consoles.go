package app

import (
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/operator"
	"github.com/kontorhq/kontor/core/surface/platform"
	"github.com/kontorhq/kontor/core/surface/seller"
)

// consoles are the pages of those who sell, operate and run the platform.
func (h *House) consoles() [][]web.Route {
	read := consoles.New(h.DB, h.Now)
	return [][]web.Route{
		h.buying(read),
		seller.Pages(seller.Deps{
			Reads: read, Theme: h.Theme, Now: h.Now, Sourcing: h.Sourcing, Ordering: h.Ordering, Fulfilment: h.Fulfilment, Aftersales: h.Aftersales,
			Payments: h.Payments, Invoicing: h.Invoicing, Catalog: h.Catalog, Pricing: h.Pricing, Inventory: h.Inventory, Parties: h.Parties, Blobs: h.Blobs,
		}),
		operator.Pages(operator.Deps{
			Reads: read, Theme: h.Theme, Now: h.Now, Gate: h.Gate, Queue: h.Queue, Host: h.Host, Tenancy: h.Tenancy, Identity: h.Identity, Parties: h.Parties,
			Catalog: h.Catalog, Ordering: h.Ordering, Fulfilment: h.Fulfilment, Aftersales: h.Aftersales, Payments: h.Payments, Invoicing: h.Invoicing, Plans: h.Plans, Plugins: h.Plugins, BaseURL: h.BaseURL, OpenExport: h.OpenExport, Certificates: h.certificates(),
		}),
		platform.Pages(platform.Deps{Cells: h.Cells, Reads: read, Theme: h.Theme, Now: h.Now, Tenancy: h.Tenancy, Host: h.Host, Queue: h.Queue, Plans: h.Plans, Plugins: h.Plugins, BaseURL: h.BaseURL, Operators: h.WelcomeOperator, Guises: guisesFor{h}, OpenExport: h.OpenExport, Certificates: h.certTotals()}),
	}
}
