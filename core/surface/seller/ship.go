package seller

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// shipPage is the form of a load: what goes, from which lots, and who drives.
type shipPage struct {
	frame.Frame
	Order   fulfilment.Order
	Lines   []shipRow
	Ways    []theme.Choice // own carrier first, then what carriers offer
	Offers  int
	NoRates string // why no carrier offers anything
	MassKg  string // asked for where the goods' own mass is not known
	Own     string // value of the own carrier among the ways
}

type shipRow struct {
	Line fulfilment.OrderLine
	Left quantity.Quantity
	Held []consoles.HeldLot
	Lots string
}

// ownCarrier is the way of those who drive themselves. Offers are "<plugin> <offer>".
const ownCarrier = "own"

func (p pages) shipForm(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.shipPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	if !page.Order.Shippable || len(page.Lines) == 0 {
		return web.Redirect("/seller/orders/" + page.Order.ID.String()), nil
	}
	return web.Render("seller/ship", page), nil
}

func (p pages) shipPage(ctx context.Context, v *web.Visit) (*shipPage, error) {
	sold, err := p.sold(ctx, v)
	if err != nil {
		return nil, err
	}
	o, loads, _, err := p.Fulfilment.OfOrder(ctx, sold.ID)
	if err != nil {
		return nil, err
	}
	held, err := p.Reads.HeldFor(ctx, o.ID)
	if err != nil {
		return nil, err
	}
	page := &shipPage{Frame: p.thing(ctx, "orders", "nav.orders", "/seller/orders", o.Number), Order: o, Own: ownCarrier, MassKg: v.Query("mass_kg")}
	page.Crumbs = append(page.Crumbs[:1], frame.Crumb{Text: o.Number, URL: "/seller/orders/" + o.ID.String()}, frame.Crumb{Key: "seller.ship"})
	if typed := v.Form().Get("mass_kg"); typed != "" {
		page.MassKg = typed
	}
	gone := map[id.OrderLine]int64{}
	for _, load := range loads {
		for _, l := range load.Lines {
			if load.State != fulfilment.Abandoned {
				gone[l.Line] += l.Qty.Micro
			}
		}
	}
	for _, l := range o.Lines {
		left := quantity.Quantity{Micro: l.Qty.Micro - gone[l.ID], Unit: l.Qty.Unit}
		if !left.Positive() {
			continue
		}
		row := shipRow{Line: l, Left: left, Held: held[l.ID]}
		row.Lots = lotsOf(row.Held)
		page.Lines = append(page.Lines, row)
	}
	p.rate(ctx, v, page)
	return page, nil
}

func lotsOf(held []consoles.HeldLot) string {
	var lots []string
	for _, h := range held {
		if h.LotNumber != "" {
			lots = append(lots, h.LotNumber)
		}
	}
	return strings.Join(lots, ", ")
}

// rate asks the carriers. Whatever they answer, the seller can always drive himself.
func (p pages) rate(ctx context.Context, v *web.Visit, page *shipPage) {
	w := p.words(v)
	page.Ways = []theme.Choice{{Value: ownCarrier, Label: w.T("seller.own_carrier"), Hint: w.T("seller.own_carrier_hint")}}
	if !page.Order.Shippable {
		return
	}
	offers, err := p.Fulfilment.Rates(ctx, page.Order.ID, page.MassKg)
	if err != nil {
		page.NoRates = w.Fault(fault.From(err))
		return
	}
	for _, o := range offers {
		hint := w.N("seller.days", o.ETADays)
		if len(o.Features) > 0 {
			hint += " · " + strings.Join(o.Features, ", ")
		}
		page.Ways = append(page.Ways, theme.Choice{Value: o.Plugin + " " + o.ID, Label: o.Carrier + " · " + w.Service(o.Service) + " · " + w.Money(o.Amount), Hint: hint})
	}
	page.Offers = len(offers)
}

// ship sends a load. A carrier may have to be asked, so the route is phased.
func (p pages) ship(ctx context.Context, v *web.Visit) (web.Answer, error) {
	o, err := p.sold(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	in := fulfilment.ShipInput{MassKg: f.Get("mass_kg"), Vehicle: f.Get("vehicle"), Final: f.Get("final") != "", Note: f.Get("note")}
	if plugin, offer, ok := strings.Cut(f.Get("way"), " "); ok {
		in.Plugin, in.OfferID = plugin, offer
	} else {
		in.Carrier, in.Service, in.Tracking, in.ETA = f.Get("carrier"), f.Get("service"), f.Get("tracking"), f.Get("eta")
	}
	rows := loaded(console.Rows(f, "lines"))
	for _, row := range rows {
		l := fulfilment.ShipLineInput{Qty: row.Get("qty"), Lots: splitLots(row.Get("lots"))}
		if err := console.ReadID(row.Get("line"), &l.Line, fulfilment.ErrOrderNotFound); err != nil {
			return web.Answer{}, err
		}
		in.Lines = append(in.Lines, l)
	}
	if len(rows) == 0 {
		err = fulfilment.ErrShipInvalid.At(fault.Field{Path: "lines[0].qty", Reason: "required"})
	}
	var load fulfilment.Shipment
	if err == nil {
		load, err = p.Fulfilment.Ship(ctx, o.ID, in)
	}
	if err != nil {
		page, lost := p.shipPage(ctx, v)
		if lost != nil {
			return web.Answer{}, err
		}
		return web.Again("seller/ship", page, console.Aimed(err, "lines", rows))
	}
	return web.Redirect("/seller/orders/"+o.ID.String()).Flash("seller.shipped", "number", load.Number, "carrier", load.Carrier), nil
}

// loaded are the rows of which something goes.
func loaded(rows []console.Row) []console.Row {
	var out []console.Row
	for _, r := range rows {
		if q := r.Get("qty"); q != "" && strings.Trim(q, "0.") != "" {
			out = append(out, r)
		}
	}
	return out
}

func splitLots(text string) []string {
	return strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == '，' || r == ';' || r == '\n' })
}
