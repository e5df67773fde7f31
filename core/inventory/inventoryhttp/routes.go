// Package inventoryhttp is inventory's API: a seller's warehouses, arrivals and counts.
// What buyers see of stock is on the items.
package inventoryhttp

import (
	"context"
	"net/http"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
)

// Routes is inventory's API.
func Routes(s *inventory.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Inventory")
	return []web.Route{
		web.Get("/warehouses", inventory.ActionWarehouseRead, h.warehouses, tag, web.Summary("The company's warehouses")),
		web.Post("/warehouses", inventory.ActionWarehouseWrite, h.addWarehouse, tag, web.Summary("Add a warehouse"), web.Status(http.StatusCreated)),
		web.Post("/stock/arrivals", inventory.ActionStockWrite, h.receive, tag, web.Summary("Put goods on the shelves")),
		web.Post("/stock/corrections", inventory.ActionStockWrite, h.correct, tag, web.Summary("Correct what is on hand after counting")),
		web.Get("/offers/{id}/movements", inventory.ActionStockWrite, h.movements, tag, web.Summary("Every change of an offer's stock, oldest first")),
	}
}

type handlers struct{ s *inventory.Service }

type warehouseView struct {
	ID      id.Warehouse `json:"id"`
	Org     id.Org       `json:"company_id"`
	Code    string       `json:"code"`
	Name    string       `json:"name"`
	Country string       `json:"country"`
	City    string       `json:"city"`
}

func view(w inventory.Warehouse) warehouseView {
	return warehouseView{w.ID, w.Org, w.Code, w.Name, w.Country, w.City}
}

type warehousesView struct {
	Items []warehouseView `json:"items"`
}

func (h handlers) warehouses(ctx context.Context, in *struct {
	Company id.Org `query:"company" doc:"for operators; everybody else sees the own company's"`
},
) (warehousesView, error) {
	ws, err := h.s.Warehouses(ctx, in.Company)
	v := warehousesView{[]warehouseView{}}
	for _, w := range ws {
		v.Items = append(v.Items, view(w))
	}
	return v, err
}

type addWarehouse struct {
	Body struct {
		Org     id.Org `json:"company_id,omitempty"`
		Code    string `json:"code" maxLength:"40"`
		Name    string `json:"name" maxLength:"120"`
		Country string `json:"country" maxLength:"2" doc:"ISO 3166-1 alpha-2"`
		City    string `json:"city" maxLength:"120"`
	}
}

func (h handlers) addWarehouse(ctx context.Context, in *addWarehouse) (warehouseView, error) {
	b := in.Body
	w, err := h.s.AddWarehouse(ctx, inventory.Warehouse{Org: b.Org, Code: b.Code, Name: b.Name, Country: b.Country, City: b.City})
	if err != nil {
		return warehouseView{}, err
	}
	return view(w), nil
}

type receive struct {
	Body struct {
		Arrivals []struct {
			Offer     id.Offer     `json:"offer_id"`
			Warehouse id.Warehouse `json:"warehouse_id"`
			Quantity  string       `json:"quantity" maxLength:"20" doc:"in the offer's unit"`
			Lot       string       `json:"lot,omitempty" maxLength:"80"`
			MadeOn    string       `json:"made_on,omitempty" maxLength:"10"`
			ExpiresOn string       `json:"expires_on,omitempty" maxLength:"10"`
			Delivery  string       `json:"delivery,omitempty" maxLength:"80" doc:"number of the delivery note"`
		} `json:"arrivals" minItems:"1" maxItems:"1000"`
	}
}

func (h handlers) receive(ctx context.Context, in *receive) (struct{}, error) {
	var as []inventory.Arrival
	for _, a := range in.Body.Arrivals {
		n, err := quantity.ParseMicro(a.Quantity)
		if err != nil {
			return struct{}{}, err
		}
		l := inventory.Lot{Number: a.Lot}
		if l.MadeOn, err = day(a.MadeOn); err != nil {
			return struct{}{}, err
		}
		if l.ExpiresOn, err = day(a.ExpiresOn); err != nil {
			return struct{}{}, err
		}
		as = append(as, inventory.Arrival{Offer: a.Offer, Warehouse: a.Warehouse, Lot: l, Micro: n, Ref: inventory.Ref{Kind: "delivery", ID: a.Delivery}})
	}
	return struct{}{}, h.s.Receive(ctx, as)
}

func day(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return t, inventory.ErrLot.Because(err)
	}
	return t, nil
}

type correct struct {
	Body struct {
		Offer     id.Offer     `json:"offer_id"`
		Warehouse id.Warehouse `json:"warehouse_id"`
		Lot       id.Lot       `json:"lot_id,omitempty"`
		Delta     string       `json:"difference" maxLength:"20" doc:"signed, in the offer's unit"`
		Why       string       `json:"why" minLength:"1" maxLength:"200"`
	}
}

func (h handlers) correct(ctx context.Context, in *correct) (struct{}, error) {
	b := in.Body
	n, err := quantity.ParseMicro(b.Delta)
	if err != nil {
		return struct{}{}, err
	}
	return struct{}{}, h.s.Correct(ctx, inventory.Correction{Stock: inventory.Stock{Offer: b.Offer, Warehouse: b.Warehouse, Lot: b.Lot}, Delta: n, Why: b.Why})
}

type movements struct {
	ID    id.Offer `path:"id"`
	After string   `query:"after" maxLength:"200"`
	Limit int      `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

type movementView struct {
	ID        id.Movement  `json:"id"`
	Warehouse id.Warehouse `json:"warehouse_id"`
	Lot       id.Lot       `json:"lot_id,omitempty"`
	Kind      string       `json:"kind"`
	OnHand    string       `json:"on_hand" doc:"signed change"`
	Reserved  string       `json:"reserved" doc:"signed change"`
	RefKind   string       `json:"for_kind"`
	RefID     string       `json:"for_id"`
	At        time.Time    `json:"at"`
}

type cursor struct {
	ID string `json:"i"`
}

func (h handlers) movements(ctx context.Context, in *movements) (page.List[movementView], error) {
	p := page.Request{After: in.After, Limit: in.Limit}
	var c cursor
	if err := page.Decode(in.After, &c); err != nil {
		return page.List[movementView]{}, err
	}
	var after id.Movement
	if err := after.UnmarshalText([]byte(c.ID)); err != nil {
		return page.List[movementView]{}, page.ErrCursor
	}
	ms, err := h.s.Movements(ctx, in.ID, after, p.Size()+1)
	if err != nil {
		return page.List[movementView]{}, err
	}
	views := make([]movementView, len(ms))
	for i, m := range ms {
		views[i] = movementView{m.ID, m.Warehouse, m.Lot, m.Kind, quantity.FormatMicro(m.OnHand), quantity.FormatMicro(m.Reserved), m.Ref.Kind, m.Ref.ID, m.At}
	}
	return page.Cut(views, p.Size(), func(v movementView) any { return cursor{v.ID.String()} }), nil
}
