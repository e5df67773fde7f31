package buyer

import (
	"context"
	"net/http"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/sourcing"
)

// uploadMax is the largest form with attachments.
const uploadMax = 24 << 20

type handler func(context.Context, *web.Visit) (web.Answer, error)

func get(path string, do policy.Action, fn handler) web.Route {
	return web.Page(http.MethodGet, path, do, fn)
}

func post(path string, do policy.Action, fn handler, opts ...web.Option) web.Route {
	return web.Page(http.MethodPost, path, do, fn, opts...)
}

// Pages are the console's routes. What asks plugins or stores files is phased.
func Pages(d Deps) []web.Route {
	c := desk{d}
	var out []web.Route
	for _, some := range [][]web.Route{c.sourcingPages(), c.orderPages(), c.moneyPages(), c.companyPages()} {
		out = append(out, some...)
	}
	return append(out, get("/buyer", parties.ActionOwn, c.inbox))
}

func (c desk) sourcingPages() []web.Route {
	return []web.Route{
		get("/buyer/rfqs", sourcing.ActionRead, c.rfqs),
		get("/buyer/rfqs/new", sourcing.ActionCreate, c.newRFQ),
		post("/buyer/rfqs/form", sourcing.ActionCreate, c.shapeRFQ, web.Volatile(), web.MaxBody(uploadMax)),
		post("/buyer/rfqs", sourcing.ActionCreate, c.createRFQ, web.Phased(), web.MaxBody(uploadMax)),
		get("/buyer/rfqs/{id}", sourcing.ActionRead, c.rfq),
		get("/buyer/rfqs/{id}/edit", sourcing.ActionEdit, c.editRFQ),
		post("/buyer/rfqs/{id}/edit", sourcing.ActionEdit, c.saveRFQ, web.Phased(), web.MaxBody(uploadMax)),
		get("/buyer/rfqs/{id}/publish", sourcing.ActionPublish, c.confirmPublish),
		post("/buyer/rfqs/{id}/publish", sourcing.ActionPublish, c.publish),
		post("/buyer/rfqs/{id}/close", sourcing.ActionAward, c.closeRFQ),
		post("/buyer/rfqs/{id}/cancel", sourcing.ActionCancel, c.cancelRFQ),
		get("/buyer/rfqs/{id}/files/{file}", sourcing.ActionRead, c.rfqFile),
		get("/buyer/rfqs/{id}/compare", sourcing.ActionReadQuote, c.compare),
		post("/buyer/rfqs/{id}/compare", sourcing.ActionAward, c.checkAward, web.Volatile()),
		post("/buyer/rfqs/{id}/award", sourcing.ActionAward, c.award),
	}
}

func (c desk) orderPages() []web.Route {
	return []web.Route{
		get("/buyer/approvals", ordering.ActionRead, c.approvals),
		get("/buyer/approvals/{id}", ordering.ActionRead, c.approval),
		post("/buyer/approvals/{id}", ordering.ActionDecide, c.decideApproval),
		get("/buyer/releases/{id}", payments.ActionRead, c.release),
		post("/buyer/releases/{id}", payments.ActionApprove, c.decideRelease, web.Phased()),

		get("/buyer/orders", ordering.ActionRead, c.orders),
		get("/buyer/orders/export", ordering.ActionRead, c.exportOrders),
		get("/buyer/orders/{id}", ordering.ActionRead, c.order),
		get("/orders/{id}", ordering.ActionRead, c.printOrder),
		post("/buyer/orders/{id}/pay", payments.ActionPay, c.pay, web.Phased()),
		get("/buyer/orders/{id}/payment", payments.ActionRead, c.payment),
		post("/buyer/orders/{id}/release", payments.ActionRelease, c.askRelease, web.Phased()),
		post("/buyer/orders/{id}/cancel", ordering.ActionCancel, c.cancelOrder),
		get("/buyer/orders/{id}/claim", aftersales.ActionOpen, c.newClaim),
		post("/buyer/orders/{id}/claim", aftersales.ActionOpen, c.openClaim),
		get("/buyer/shipments/{id}", fulfilment.ActionReceive, c.receiving),
		post("/buyer/shipments/{id}/form", fulfilment.ActionReceive, c.shapeReceipt, web.Volatile()),
		post("/buyer/shipments/{id}", fulfilment.ActionReceive, c.receive, web.Phased()),
		get("/buyer/claims", aftersales.ActionRead, c.claims),
		get("/buyer/claims/{id}", aftersales.ActionRead, c.claim),
		post("/buyer/claims/{id}/withdraw", aftersales.ActionWithdraw, c.withdrawClaim),
	}
}

func (c desk) moneyPages() []web.Route {
	return []web.Route{
		get("/buyer/invoices", invoicing.ActionRead, c.invoices),
		get("/buyer/invoices/{id}/pdf", invoicing.ActionRead, c.invoicePDF),
		get("/buyer/spend", ordering.ActionRead, c.spend),
	}
}

func (c desk) companyPages() []web.Route {
	return []web.Route{
		get("/buyer/company", parties.ActionOwn, c.company),
		get("/buyer/company/profile", parties.ActionManage, c.profile),
		post("/buyer/company/profile", parties.ActionManage, c.saveProfile),
		get("/buyer/company/members", parties.ActionMemberRead, c.members),
		get("/buyer/company/members/{id}", parties.ActionMemberManage, c.member),
		post("/buyer/company/members/{id}", parties.ActionMemberManage, c.saveMember),
		post("/buyer/company/members/{id}/remove", parties.ActionMemberManage, c.removeMember),
		get("/buyer/company/licences", parties.ActionLicenceRead, c.licences),
		post("/buyer/company/licences", parties.ActionLicenceSubmit, c.submitLicence),
		get("/buyer/company/addresses", parties.ActionAddressRead, c.addresses),
		post("/buyer/company/addresses", parties.ActionAddressManage, c.saveAddress),
		post("/buyer/company/addresses/{id}/remove", parties.ActionAddressManage, c.removeAddress),
		get("/buyer/company/budgets", parties.ActionCentreRead, c.budgets),
		post("/buyer/company/budgets", parties.ActionCentreManage, c.saveBudget),
	}
}
