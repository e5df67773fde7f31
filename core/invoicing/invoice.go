// Package invoicing turns a settled order into the seller's invoice: numbered, added up
// again from what was received, and printed.
package invoicing

import (
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
)

// Invoice is a document about money owed and paid. It is never changed; a mistake is put
// right by another document. Total = Net + Tax.
type Invoice struct {
	ID       id.Invoice
	Number   string
	Order    id.Order
	Seller   id.Org
	Buyer    id.Org
	Currency money.Currency
	Lines    []Line
	Net      money.Money
	Tax      money.Money
	Total    money.Money
	PDF      id.Blob
	IssuedAt time.Time
}

// Line is one line as printed. Quantities are in the price's unit, as settled.
type Line struct {
	SKU   string            `json:"sku"`
	Names map[string]string `json:"names"`
	Qty   string            `json:"qty"`
	Unit  string            `json:"unit"`
	Price string            `json:"price"`
	Sum   money.Money       `json:"sum"`
}

// Party is a company as it stands on the paper.
type Party struct {
	Name      string
	NameLocal string
	RegKind   string
	RegNo     string
	Address   string
	City      string
	Country   string
	IBAN      string
}

// Settled is an order after receipt, as invoicing sees it.
type Settled struct {
	Order     id.Order
	Number    string
	PONumber  string
	Seller    id.Org
	Buyer     id.Org
	Currency  money.Currency
	Lines     []Line
	Freight   money.Money
	Discount  money.Money
	TaxRate   int64       // millionths
	Total     money.Money // what escrow paid out on
	Completed bool
}

// What can go wrong.
var (
	ErrNotFound   = fault.New(fault.NotFound, "invoicing.invoice_not_found", "There is no such invoice.")
	ErrNotSettled = fault.New(fault.Conflict, "invoicing.order_not_settled", "The invoice follows once the order is settled.")
	ErrIssued     = fault.New(fault.Conflict, "invoicing.already_issued", "This order has its invoice.")
	ErrTotals     = fault.New(fault.Internal, "invoicing.totals_unlike", "Something went wrong on our side.")
)

// Draw adds an invoice up from what was settled, and refuses one that does not come to
// what was paid.
func Draw(s Settled, number string, now time.Time) (Invoice, error) {
	inv := Invoice{ID: id.Invoice{}.New(), Number: number, Order: s.Order, Seller: s.Seller, Buyer: s.Buyer, Currency: s.Currency, Lines: s.Lines, IssuedAt: now}
	net := money.Zero(s.Currency)
	var err error
	for _, l := range s.Lines {
		if net, err = net.Add(l.Sum); err != nil {
			return inv, err
		}
	}
	if net, err = net.Sub(s.Discount); err != nil {
		return inv, err
	}
	if s.Freight.Minor > 0 {
		inv.Lines = append(inv.Lines, Line{SKU: "", Names: map[string]string{"en": "Freight", "zh-CN": "运费"}, Qty: "1", Unit: "", Price: s.Freight.Decimal(), Sum: s.Freight})
		if net, err = net.Add(s.Freight); err != nil {
			return inv, err
		}
	}
	inv.Net = net
	if inv.Tax, err = net.Share(s.TaxRate); err != nil {
		return inv, err
	}
	if inv.Total, err = inv.Net.Add(inv.Tax); err != nil {
		return inv, err
	}
	if inv.Total != s.Total {
		return inv, ErrTotals
	}
	return inv, nil
}
