package app

import (
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/buyer"
)

// buying is the console of those who buy.
func (h *House) buying(history *consoles.Reads) []web.Route {
	return buyer.Pages(buyer.Deps{
		Now: h.Now, Texts: h.Theme, Roles: rolesFor{h}, Grants: h.Gate, Reads: reads.NewBuyer(h.DB, h.Now), History: history, Catalog: h.Catalog,
		Sourcing: h.Sourcing, Ordering: h.Ordering, Payments: h.Payments, Fulfilment: h.Fulfilment, Aftersales: h.Aftersales, Invoicing: h.Invoicing, Parties: h.Parties,
		Files: h.Blobs, BankURL: h.Demo.BankURL,
	})
}
