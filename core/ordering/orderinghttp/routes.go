package orderinghttp

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
)

// Routes is ordering's API.
func Routes(s *ordering.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Ordering")
	return []web.Route{
		web.Get("/cart", ordering.ActionEditCart, h.cart, tag, web.Summary("The open cart")),
		web.Put("/cart/lines/{offer}", ordering.ActionEditCart, h.put, tag, web.Summary("Set the quantity of an offer in the cart")),
		web.Delete("/cart/lines/{offer}", ordering.ActionEditCart, h.remove, tag, web.Summary("Take an offer out of the cart")),
		web.Post("/checkouts", ordering.ActionPlace, h.checkOut, tag, web.Summary("Fix the cart's prices and ask for freight"), web.Status(201), web.Phased()),
		web.Post("/orders", ordering.ActionPlace, h.place, tag, web.Summary("Buy what a checkout shows: one order per seller"), web.Status(201)),
		web.Get("/orders", ordering.ActionRead, h.list, tag, web.Summary("Orders, newest first")),
		web.Get("/orders/{id}", ordering.ActionRead, h.order, tag, web.Summary("One order")),
		web.Get("/orders/{id}/approvals", ordering.ActionRead, h.approvalsOf, tag, web.Summary("The approvals of an order")),
		web.Post("/orders/{id}/accept", ordering.ActionAccept, h.accept, tag, web.Summary("The seller's yes")),
		web.Post("/orders/{id}/decline", ordering.ActionDecline, h.decline, tag, web.Summary("The seller's no")),
		web.Post("/orders/{id}/cancel", ordering.ActionCancel, h.cancel, tag, web.Summary("Withdraw an order nobody has accepted")),
		web.Get("/approvals", ordering.ActionDecide, h.approvals, tag, web.Summary("What waits for a decision in the company")),
		web.Post("/approvals/{id}/decide", ordering.ActionDecide, h.decide, tag, web.Summary("Approve or reject an order of the company")),
	}
}

type handlers struct{ s *ordering.Service }

type none struct{}

func (h handlers) cart(ctx context.Context, _ *none) (cartView, error) {
	c, err := h.s.Cart(ctx)
	return viewCart(c), err
}

type putLine struct {
	Offer id.Offer `path:"offer"`
	Body  struct {
		Quantity quantity.Quantity `json:"quantity"`
	}
}

func (h handlers) put(ctx context.Context, in *putLine) (cartView, error) {
	c, err := h.s.PutInCart(ctx, in.Offer, in.Body.Quantity)
	return viewCart(c), err
}

func (h handlers) remove(ctx context.Context, in *struct {
	Offer id.Offer `path:"offer"`
},
) (cartView, error) {
	c, err := h.s.TakeFromCart(ctx, in.Offer)
	return viewCart(c), err
}

type checkOut struct {
	Body struct {
		City    string `json:"city" maxLength:"100" doc:"where the goods go; freight is rated to it"`
		Country string `json:"country" maxLength:"2" doc:"ISO 3166-1 alpha-2"`
	}
}

func (h handlers) checkOut(ctx context.Context, in *checkOut) (checkoutView, error) {
	c, err := h.s.CheckOut(ctx, ordering.Place{City: in.Body.City, Country: in.Body.Country})
	return viewCheckout(c), err
}

type place struct {
	Body struct {
		Checkout   id.Checkout       `json:"checkout_id"`
		Freight    map[string]string `json:"freight,omitempty" doc:"seller id to freight service id; left out is collected"`
		ShipTo     ordering.Address  `json:"ship_to"`
		PONumber   string            `json:"po_number,omitempty" maxLength:"40"`
		CostCentre id.CostCentre     `json:"cost_centre_id,omitempty"`
		Note       string            `json:"note,omitempty" maxLength:"2000"`
	}
}

type placed struct {
	Group  id.Group    `json:"group_id"`
	Number string      `json:"group_number"`
	Orders []orderView `json:"orders"`
}

func (h handlers) place(ctx context.Context, in *place) (placed, error) {
	b := in.Body
	freight := map[id.Org]string{}
	for seller, service := range b.Freight {
		var org id.Org
		if err := org.UnmarshalText([]byte(seller)); err != nil {
			return placed{}, err
		}
		freight[org] = service
	}
	g, orders, err := h.s.Place(ctx, ordering.PlaceInput{Checkout: b.Checkout, Freight: freight, ShipTo: b.ShipTo, PONumber: b.PONumber, CostCentre: b.CostCentre, Note: b.Note})
	if err != nil {
		return placed{}, err
	}
	views, err := viewOrders(orders)
	return placed{g.ID, g.Number, views}, err
}

type listOrders struct {
	Side       string `query:"side" enum:"buyer,seller,operator" default:"buyer"`
	State      string `query:"state"`
	Payment    string `query:"payment"`
	Fulfilment string `query:"fulfilment"`
	Q          string `query:"q" maxLength:"60"`
	After      string `query:"after"`
	Limit      int    `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

func (h handlers) list(ctx context.Context, in *listOrders) (page.List[orderView], error) {
	f := ordering.Filter{State: ordering.State(in.State), Payment: ordering.Payment(in.Payment), Fulfilment: ordering.Fulfilment(in.Fulfilment), Text: in.Q}
	l, err := h.s.Orders(ctx, ordering.Side(in.Side), f, page.Request{After: in.After, Limit: in.Limit})
	if err != nil {
		return page.List[orderView]{}, err
	}
	views, err := viewOrders(l.Items)
	return page.List[orderView]{Items: views, Next: l.Next}, err
}

type byID struct {
	ID id.Order `path:"id"`
}

func (h handlers) order(ctx context.Context, in *byID) (orderView, error) {
	o, err := h.s.Order(ctx, in.ID)
	if err != nil {
		return orderView{}, err
	}
	return viewOrder(o)
}

type approvalList struct {
	Items []approvalView `json:"items"`
	Next  string         `json:"next,omitempty"`
}

func (h handlers) approvalsOf(ctx context.Context, in *byID) (approvalList, error) {
	as, err := h.s.ApprovalsOf(ctx, in.ID)
	return viewApprovals(as, ""), err
}

func viewApprovals(as []ordering.Approval, next string) approvalList {
	out := approvalList{Items: []approvalView{}, Next: next}
	for _, a := range as {
		out.Items = append(out.Items, viewApproval(a))
	}
	return out
}

func (h handlers) accept(ctx context.Context, in *byID) (orderView, error) {
	o, err := h.s.Accept(ctx, in.ID)
	if err != nil {
		return orderView{}, err
	}
	return viewOrder(o)
}

type withReason struct {
	ID   id.Order `path:"id"`
	Body struct {
		Reason string `json:"reason" maxLength:"500"`
	}
}

func (h handlers) decline(ctx context.Context, in *withReason) (orderView, error) {
	o, err := h.s.Decline(ctx, in.ID, in.Body.Reason)
	if err != nil {
		return orderView{}, err
	}
	return viewOrder(o)
}

func (h handlers) cancel(ctx context.Context, in *withReason) (orderView, error) {
	o, err := h.s.Cancel(ctx, in.ID, in.Body.Reason)
	if err != nil {
		return orderView{}, err
	}
	return viewOrder(o)
}

type paged struct {
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

func (h handlers) approvals(ctx context.Context, in *paged) (approvalList, error) {
	l, err := h.s.Approvals(ctx, page.Request{After: in.After, Limit: in.Limit})
	return viewApprovals(l.Items, l.Next), err
}

type decide struct {
	ID   id.Approval `path:"id"`
	Body struct {
		Approve bool   `json:"approve"`
		Note    string `json:"note,omitempty" maxLength:"500"`
	}
}

func (h handlers) decide(ctx context.Context, in *decide) (orderView, error) {
	o, err := h.s.DecideApproval(ctx, in.ID, in.Body.Approve, in.Body.Note)
	if err != nil {
		return orderView{}, err
	}
	return viewOrder(o)
}
