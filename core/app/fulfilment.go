package app

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/aftersales/aftersalesdb"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/fulfilment/fulfilmentdb"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/inventory"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/quantity"
)

func (h *House) makeFulfilment() {
	numbers := h.Tenancy.Numbers()
	h.Aftersales = aftersales.New(aftersales.Needs{Unit: h.DB, Store: aftersalesdb.New(h.DB), Gate: h.Gate, Events: h.Queue, Now: h.Now, Orders: claimedOrders{h}, Numbers: numbers})
	h.Fulfilment = fulfilment.New(fulfilment.Needs{
		Unit: h.DB, Store: fulfilmentdb.New(h.DB), Gate: h.Gate, Events: h.Queue, Now: h.Now,
		Orders: shippedOrders{h}, Stock: shelvesFor{h}, Rater: raterFor{h}, Carrier: carrierFor{h}, Settlement: scalesFor{h}, Claims: differencesFor{h}, Numbers: numbers,
	})
}

type shippedOrders struct{ *House }

// Order implements fulfilment.Orders.
func (h shippedOrders) Order(ctx context.Context, oid id.Order, hold bool) (fulfilment.Order, error) {
	o, err := h.Ordering.ForSystem(ctx, oid, hold)
	if errors.Is(err, ordering.ErrNotFound) {
		return fulfilment.Order{}, fulfilment.ErrOrderNotFound
	}
	if err != nil {
		return fulfilment.Order{}, err
	}
	return h.load(ctx, o)
}

func (h shippedOrders) load(ctx context.Context, o ordering.Order) (fulfilment.Order, error) {
	seller, err := h.org(ctx, o.Seller)
	if err != nil {
		return fulfilment.Order{}, err
	}
	out := fulfilment.Order{
		ID: o.ID, Number: o.Number, Buyer: o.Buyer, Seller: o.Seller, Currency: o.Currency, Shippable: o.CanShip() == nil,
		From: fulfilment.Place{Country: seller.Country, City: seller.City, Name: seller.Name},
		To:   fulfilment.Place{Country: o.ShipTo.Country, City: o.ShipTo.City, Postcode: o.ShipTo.Postcode, Street: o.ShipTo.Street, Name: o.ShipTo.Contact},
	}
	var items []id.Item
	for _, l := range o.Lines {
		items = append(items, l.Item)
	}
	known, err := itemsFor(h).Items(ctx, some(items))
	if err != nil {
		return out, err
	}
	for _, l := range o.Lines {
		out.Lines = append(out.Lines, fulfilment.OrderLine{
			ID: l.ID, Position: l.Position, Offer: l.Offer, SKU: l.SKU, Names: l.Names, Qty: l.Qty, Price: l.Price,
			PricedQty: l.PricedQty, Basis: fulfilment.Basis(l.Basis), Goods: l.Goods, KgPerUnitMicro: known[l.Item].KgPerUnitMicro, PriceSource: l.PriceSource,
		})
	}
	return out, nil
}

func (h shippedOrders) MarkShipped(ctx context.Context, oid id.Order, whole bool) error {
	return h.Ordering.MarkShipped(ctx, oid, whole)
}

func (h shippedOrders) MarkReceived(ctx context.Context, oid id.Order, lines []fulfilment.Settled, last bool) error {
	out := make([]ordering.Settlement, len(lines))
	for i, l := range lines {
		out[i] = ordering.Settlement{Line: l.Line, Qty: l.Qty, Sum: l.Sum}
	}
	return h.Ordering.MarkReceived(ctx, oid, out, last)
}

type shelvesFor struct{ *House }

// Ship implements fulfilment.Stock.
func (h shelvesFor) Ship(ctx context.Context, lines []fulfilment.StockLine) (map[id.OrderLine][]string, error) {
	if len(lines) == 0 {
		return nil, nil
	}
	asks := make([]inventory.ShipLine, len(lines))
	byRef := map[inventory.Ref]id.OrderLine{}
	for i, l := range lines {
		asks[i] = inventory.ShipLine{Ref: inventory.OrderLine(l.Line), Micro: l.Qty.Micro, Last: l.Last}
		byRef[asks[i].Ref] = l.Line
	}
	took, err := h.Inventory.Ship(ctx, asks)
	if err != nil {
		return nil, err
	}
	var lots []id.Lot
	for _, t := range took {
		lots = append(lots, t.Lot)
	}
	numbers, err := h.lotNumbers(ctx, some(lots))
	if err != nil {
		return nil, err
	}
	out := map[id.OrderLine][]string{}
	for _, t := range took {
		if n, ok := numbers[t.Lot]; ok {
			out[byRef[t.Ref]] = append(out[byRef[t.Ref]], n)
		}
	}
	return out, nil
}

// lotNumbers are what is printed on the goods.
func (h shelvesFor) lotNumbers(ctx context.Context, lots []id.Lot) (map[id.Lot]string, error) {
	out := map[id.Lot]string{}
	if len(lots) == 0 {
		return out, nil
	}
	raw := make([][16]byte, len(lots))
	for i, l := range lots {
		raw[i] = l
	}
	err := h.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, number FROM inventory_lots WHERE id = ANY($1)`, raw).Query(func(rows pgx.Rows) error {
			var l id.Lot
			var n string
			_, err := pgx.ForEachRow(rows, []any{&l, &n}, func() error { out[l] = n; return nil })
			return err
		})
	})
	return out, err
}

// Release implements fulfilment.Stock.
func (h shelvesFor) Release(ctx context.Context, lines []id.OrderLine) error {
	return stockFor(h).Release(ctx, lines)
}

type raterFor struct{ *House }

// Rates implements fulfilment.Rater.
func (h raterFor) Rates(ctx context.Context, a fulfilment.RateAsk) ([]fulfilment.Offer, error) {
	offers, err := h.Host.Rates(ctx, pluginhost.RateRequest{From: place(a.From), To: place(a.To), MassKgMicro: a.MassKgMicro, Currency: a.Currency, ReadyAt: a.ReadyAt})
	out := make([]fulfilment.Offer, len(offers))
	for i, o := range offers {
		out[i] = fulfilment.Offer{Plugin: o.Plugin, ID: o.OfferID, Carrier: o.Carrier, Service: o.Service, Amount: o.Amount, ETADays: o.ETADays, ValidUntil: o.ValidUntil, Features: o.Features}
	}
	return out, err
}

func place(p fulfilment.Place) pluginhost.Place {
	return pluginhost.Place{Country: p.Country, City: p.City, Postcode: p.Postcode, Street: p.Street, Name: p.Name}
}

type carrierFor struct{ *House }

// Book implements fulfilment.Carrier.
func (h carrierFor) Book(ctx context.Context, key string, a fulfilment.BookAsk) (fulfilment.Booked, error) {
	b, err := h.Host.Book(ctx, key, pluginhost.BookRequest{Plugin: a.Plugin, OfferID: a.OfferID, From: place(a.From), To: place(a.To), MassKgMicro: a.MassKgMicro, Shipment: a.Shipment})
	return fulfilment.Booked{ID: b.ID, Carrier: b.Carrier, Tracking: b.Tracking, ETA: b.ETA}, err
}

// scalesFor settles weighed lines through the pricing plugin, and by the platform's own
// rule where there is none.
type scalesFor struct{ *House }

// tolerance is how far the weighbridge may be off the theoretical mass before the parties have
// to talk: three per cent, as the steel market's rules say (tenants/steel).
const tolerance = 30_000

// Settle implements fulfilment.Settlement.
func (h scalesFor) Settle(ctx context.Context, lines []fulfilment.Measure) ([]fulfilment.Verdict, error) {
	out, err := fulfilment.Plain{ToleranceMicro: tolerance}.Settle(ctx, lines)
	if err != nil {
		return nil, err
	}
	var original []pluginhost.PricedLine
	var measured []pluginhost.Measured
	var which []int
	for i, m := range lines {
		if m.Line.Basis != fulfilment.Weighed || m.WeighedMicro == 0 {
			continue
		}
		which = append(which, i)
		original = append(original, pluginhost.PricedLine{
			LineID: m.Line.ID.String(), Basis: pluginhost.BasisTheoreticalMass, PricedQty: m.ForQty.Qty, Amount: m.ForQty.Sum,
			Components: []pluginhost.Component{{Code: "base", Unit: m.Line.Price, Qty: m.ForQty.Qty, Amount: m.ForQty.Sum}}, Evidence: "WEIGHBRIDGE", TolerancePctMicro: tolerance,
		})
		measured = append(measured, pluginhost.Measured{LineID: m.Line.ID.String(), Qty: quantity.Quantity{Micro: m.WeighedMicro, Unit: quantity.Kilogram}, EvidenceID: m.Line.ID.String()})
	}
	if len(which) == 0 {
		return out, nil
	}
	repriced, err := h.Host.Reprice(ctx, original, measured)
	if err != nil {
		h.Log.WarnContext(ctx, "pricing plugin did not settle the weight; counted here", "err", err)
		return out, nil
	}
	for n, i := range which {
		r := repriced[n]
		out[i] = fulfilment.Verdict{Settled: fulfilment.Settled{Line: lines[i].Line.ID, Qty: r.PricedQty, Sum: r.Amount}, Beyond: r.Beyond}
	}
	return out, nil
}

type differencesFor struct{ *House }

// Open implements fulfilment.Claims.
func (h differencesFor) Open(ctx context.Context, oid id.Order, ds []fulfilment.Difference) error {
	out := make([]aftersales.Difference, len(ds))
	for i, d := range ds {
		out[i] = aftersales.Difference{Line: d.Line, Kind: aftersales.Kind(d.Kind), Expected: d.Expected, Actual: d.Actual, Amount: d.Amount, Note: d.Note}
	}
	return h.Aftersales.OpenDifferences(ctx, oid, out)
}

type claimedOrders struct{ *House }

// Order implements aftersales.Orders.
func (h claimedOrders) Order(ctx context.Context, oid id.Order, hold bool) (aftersales.Order, error) {
	o, err := h.Ordering.ForSystem(ctx, oid, hold)
	if errors.Is(err, ordering.ErrNotFound) {
		return aftersales.Order{}, aftersales.ErrOrderNotFound
	}
	out := aftersales.Order{
		ID: o.ID, Number: o.Number, Buyer: o.Buyer, Seller: o.Seller, Currency: o.Currency,
		Claimable: o.Fulfilment != ordering.NotShipped && o.Payment == ordering.PaymentFunded,
	}
	for _, l := range o.Lines {
		out.Lines = append(out.Lines, aftersales.OrderLine{ID: l.ID, Position: l.Position, SKU: l.SKU, Qty: l.Qty, PricedQty: l.PricedQty, Goods: l.Goods, SettledQty: l.SettledQty, SettledSum: l.SettledSum})
	}
	return out, err
}

func (h claimedOrders) Resettle(ctx context.Context, oid id.Order, line id.OrderLine, qty quantity.Quantity, sum money.Money) error {
	return h.Ordering.Resettle(ctx, oid, ordering.Settlement{Line: line, Qty: qty, Sum: sum})
}

func (h claimedOrders) MarkClaimed(ctx context.Context, oid id.Order) error {
	return h.Ordering.MarkClaimed(ctx, oid)
}

func (h claimedOrders) MarkSettled(ctx context.Context, oid id.Order) error {
	return h.Ordering.MarkSettled(ctx, oid)
}
