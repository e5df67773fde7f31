// Package fulfilmenthttp is fulfilment's API. Shipping and receiving are phased: carriers
// and pricing plugins are asked between transactions.
package fulfilmenthttp

import (
	"context"

	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
)

// Routes lists fulfilment's API.
func Routes(s *fulfilment.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Fulfilment")
	return []web.Route{
		web.Get("/orders/{id}/freight-offers", fulfilment.ActionRates, h.rates, tag, web.Summary("What moving the rest of the order costs")),
		web.Get("/orders/{id}/shipments", fulfilment.ActionRead, h.ofOrder, tag, web.Summary("The order's loads and what was found in them")),
		web.Post("/orders/{id}/shipments", fulfilment.ActionShip, h.ship, tag, web.Status(201), web.Phased(), web.Summary("Send goods on their way")),
		web.Get("/shipments/{id}", fulfilment.ActionRead, h.shipment, tag, web.Summary("One load")),
		web.Post("/shipments/{id}/receipt", fulfilment.ActionReceive, h.receive, tag, web.Status(201), web.Phased(), web.Summary("Count a load in")),
	}
}

type handlers struct{ fulfilment *fulfilment.Service }

func (h handlers) rates(ctx context.Context, in *ratesInput) (page.List[offerView], error) {
	offers, err := h.fulfilment.Rates(ctx, in.ID, in.MassKg)
	if err != nil {
		return page.List[offerView]{}, err
	}
	out := page.List[offerView]{Items: make([]offerView, 0, len(offers))}
	for _, o := range offers {
		out.Items = append(out.Items, offerOf(o))
	}
	return out, nil
}

func (h handlers) ofOrder(ctx context.Context, in *byOrder) (page.List[shipmentView], error) {
	_, loads, receipts, err := h.fulfilment.OfOrder(ctx, in.ID)
	if err != nil {
		return page.List[shipmentView]{}, err
	}
	out := page.List[shipmentView]{Items: make([]shipmentView, 0, len(loads))}
	for _, l := range loads {
		out.Items = append(out.Items, shipmentOf(l, receipts))
	}
	return out, nil
}

func (h handlers) ship(ctx context.Context, in *shipInput) (shipmentView, error) {
	s, err := h.fulfilment.Ship(ctx, in.ID, in.input())
	if err != nil {
		return shipmentView{}, err
	}
	return shipmentOf(s, nil), nil
}

func (h handlers) shipment(ctx context.Context, in *byShipment) (shipmentView, error) {
	s, o, err := h.fulfilment.Shipment(ctx, in.ID)
	if err != nil {
		return shipmentView{}, err
	}
	receipts, err := h.fulfilment.ReceiptsOf(ctx, o)
	if err != nil {
		return shipmentView{}, err
	}
	return shipmentOf(s, receipts), nil
}

func (h handlers) receive(ctx context.Context, in *receiveInput) (receivedView, error) {
	got, err := h.fulfilment.Receive(ctx, in.ID, in.input())
	if err != nil {
		return receivedView{}, err
	}
	return receivedOf(got), nil
}
