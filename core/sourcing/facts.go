package sourcing

import (
	"slices"

	"github.com/kontorhq/kontor/core/id"
)

// facts is what the compliance rules of sourcing actions are told.
type facts struct {
	RFQ       string     `json:"rfq"`
	Buyer     string     `json:"buyer"`
	State     string     `json:"state"`
	Currency  string     `json:"currency"`
	Sellers   []string   `json:"sellers"`
	Lines     []lineFact `json:"lines"`
	ShipTo    string     `json:"ship_to_country"`
	Regulated []string   `json:"regulated"` // schedules of the goods, filled on publishing
}

type lineFact struct {
	Item        string `json:"item"`
	Description string `json:"description"`
	QtyMicro    int64  `json:"qty_micro"`
	Unit        string `json:"unit"`
}

func factsOf(r RFQ) facts {
	f := facts{
		RFQ: r.ID.String(), Buyer: r.Buyer.String(), State: string(r.State), Currency: string(r.Currency),
		Sellers: []string{}, Lines: []lineFact{}, ShipTo: r.ShipTo.Country, Regulated: []string{},
	}
	for _, v := range r.Sellers {
		f.Sellers = append(f.Sellers, v.Seller.String())
	}
	for _, l := range r.Lines {
		f.Lines = append(f.Lines, lineFact{l.Item.String(), l.Description, l.Qty.Micro, string(l.Qty.Unit)})
	}
	return f
}

func (f facts) withGoods(items map[id.Item]Item) facts {
	for _, it := range items {
		if it.Regulated != "" && !slices.Contains(f.Regulated, it.Regulated) {
			f.Regulated = append(f.Regulated, it.Regulated)
		}
	}
	slices.Sort(f.Regulated) // map order must not change the decision's input hash
	return f
}
