// Package seller is the pages of those who sell: what waits, requests to answer, orders to
// fill, goods and their prices, claims, and the money that results. Nothing here decides;
// services do.
package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// Deps are the services behind the pages.
type Deps struct {
	Reads      *consoles.Reads
	Theme      *theme.Engine
	Now        clock.Now
	Sourcing   *sourcing.Service
	Ordering   *ordering.Service
	Fulfilment *fulfilment.Service
	Aftersales *aftersales.Service
	Payments   *payments.Service
	Invoicing  *invoicing.Service
	Catalog    *catalog.Service
	Pricing    *pricing.Service
	Inventory  *inventory.Service
	Parties    *parties.Service
	Blobs      *blob.Store
}

// ActionLook is the permission of the console as such; what it shows and does is asked of
// the services each time.
const ActionLook policy.Action = "console.seller.read"

type pages struct{ Deps }

type handler func(context.Context, *web.Visit) (web.Answer, error)

// uploadMax is what one certificate may weigh.
const uploadMax = 12 << 20

// Pages is everything under /seller.
func Pages(d Deps) []web.Route {
	p := pages{d}
	get := func(path string, h handler) web.Route { return web.Page("GET", path, ActionLook, h) }
	post := func(path string, do policy.Action, h handler, opts ...web.Option) web.Route {
		return web.Page("POST", path, do, h, opts...)
	}
	return []web.Route{
		get("/seller", p.inbox),
		get("/seller/rfqs", p.rfqs), get("/seller/rfqs/{id}", p.rfq), get("/seller/rfqs/{id}/files/{file}", p.rfqFile),
		post("/seller/rfqs/{id}/quote", sourcing.ActionSubmitQuote, p.submitQuote),
		post("/seller/rfqs/{id}/decline", sourcing.ActionDecline, p.declineRFQ),
		post("/seller/rfqs/{id}/withdraw", sourcing.ActionWithdrawQuote, p.withdrawQuote),
		get("/seller/orders", p.orders), get("/seller/orders.csv", p.ordersCSV), get("/seller/orders/{id}", p.order),
		post("/seller/orders/{id}/accept", ordering.ActionAccept, p.acceptOrder),
		post("/seller/orders/{id}/decline", ordering.ActionDecline, p.declineOrder),
		get("/seller/orders/{id}/ship", p.shipForm),
		post("/seller/orders/{id}/ship", fulfilment.ActionShip, p.ship, web.Phased()),
		get("/seller/shipments", p.shipments),
		get("/seller/offers", p.offers), get("/seller/offers/new", p.newOffer),
		post("/seller/offers/new", catalog.ActionOfferWrite, p.addOffer),
		get("/seller/offers/{id}", p.offer),
		post("/seller/offers/{id}/terms", catalog.ActionOfferWrite, p.saveTerms),
		post("/seller/offers/{id}/prices", pricing.ActionPriceWrite, p.savePrices),
		post("/seller/offers/{id}/state", catalog.ActionOfferPublish, p.moveOffer),
		post("/seller/offers/{id}/stock", inventory.ActionStockWrite, p.receiveStock),
		post("/seller/offers/{id}/count", inventory.ActionStockWrite, p.correctStock),
		post("/seller/offers/{id}/documents", catalog.ActionDocumentWrite, p.attach, web.MaxBody(uploadMax)),
		get("/seller/stock", p.stock),
		post("/seller/warehouses", inventory.ActionWarehouseWrite, p.addWarehouse),
		get("/seller/claims", p.claims), get("/seller/claims/{id}", p.claim),
		post("/seller/claims/{id}/answer", aftersales.ActionDecide, p.answerClaim),
		get("/seller/balance", p.balance),
		post("/seller/payouts", payments.ActionPayout, p.payout, web.Phased(), web.Fresh()),
		get("/seller/invoices", p.invoices), get("/seller/invoices/{id}/pdf", p.invoicePDF),
		get("/seller/company", p.company),
		post("/seller/company", parties.ActionManage, p.saveCompany),
		post("/seller/company/licences", parties.ActionLicenceSubmit, p.addLicence),
	}
}

// screen frames a screen with the sidebar's numbers.
func (p pages) screen(ctx context.Context, active, title string, crumbs ...frame.Crumb) frame.Frame {
	f := console.Frame("seller", active, title, crumbs...)
	f.Counts = p.counts(ctx)
	return f
}

// thing frames a page about one thing, by its own name, below its list.
func (p pages) thing(ctx context.Context, active, listKey, listURL, name string) frame.Frame {
	f := console.Named("seller", active, name, console.Crumb(listKey, listURL), console.Here(name))
	f.Counts = p.counts(ctx)
	return f
}

// counts are decoration: a page without them is still the page.
func (p pages) counts(ctx context.Context) map[string]int {
	n, err := p.Reads.SellerCounts(ctx)
	if err != nil {
		return nil
	}
	return n
}

func (p pages) words(v *web.Visit) *theme.Printer { return console.Words(p.Theme, v) }
