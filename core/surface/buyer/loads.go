package buyer

import (
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
)

// loadsOf are the shipments of an order with what was found in them.
func (c desk) loadsOf(m *orderPage, f file, names map[id.Person]string) []loadView {
	var out []loadView
	for _, s := range f.Loads {
		if s.State == fulfilment.Abandoned {
			continue
		}
		w := loadView{
			Shipment: s, URL: "/buyer/shipments/" + s.ID.String(), State: string(s.State), Carrier: carrierName(m.screen, s), Receivable: s.State == fulfilment.Shipped,
			Late: s.State == fulfilment.Shipped && !s.ETA.IsZero() && s.ETA.AddDate(0, 0, 1).Before(c.Now()),
		}
		at := slices.IndexFunc(f.Receipts, func(r fulfilment.Receipt) bool { return r.Shipment == s.ID })
		if at >= 0 {
			r := f.Receipts[at]
			w.Receipt, w.ReceiptBy, w.ReceiptAt, w.ReceiptNote = r.Number, names[r.ReceivedBy], r.At, r.Note
		}
		for _, l := range s.Lines {
			v := loadLine{Qty: l.Qty, Lots: strings.Join(l.Lots, ", ")}
			for i, ol := range f.Order.Lines {
				if ol.ID == l.Line {
					v.Name, v.SKU = m.Lines[i].Name, ol.SKU
				}
			}
			if at >= 0 {
				counted(&v, f.Receipts[at], l)
			}
			w.Lines = append(w.Lines, v)
		}
		out = append(out, w)
	}
	return out
}

// counted adds up what a receipt says of one line of the load.
func counted(v *loadLine, r fulfilment.Receipt, l fulfilment.ShipmentLine) {
	sum, kg := quantity.Quantity{Unit: l.Qty.Unit}, quantity.Quantity{Unit: quantity.Kilogram}
	for _, rl := range r.Lines {
		if rl.Line != l.Line {
			continue
		}
		sum.Micro += rl.Qty.Micro
		kg.Micro += rl.WeighedMicro
		if o := string(rl.Outcome); !slices.Contains(v.Outcomes, o) {
			v.Outcomes = append(v.Outcomes, o)
		}
	}
	v.Counted = &sum
	if kg.Micro > 0 {
		v.WeighedKg = &kg
	}
}

// carrierName is the carrier as it is called, or in words where it is nobody's name.
func carrierName(s screen, l fulfilment.Shipment) string {
	name := l.Carrier
	if s.p.Has("carrier." + name) {
		name = s.p.T("carrier." + name)
	}
	return joined(" · ", name, s.p.Service(l.Service))
}
