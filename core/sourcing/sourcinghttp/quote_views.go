package sourcinghttp

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/sourcing"
)

type quoteView struct {
	ID          string          `json:"id"`
	RFQ         string          `json:"rfq"`
	Seller      companyView     `json:"seller"`
	Number      int             `json:"number" doc:"Version of the seller's quote."`
	State       string          `json:"state"`
	Freight     amountView      `json:"freight"`
	TaxRate     string          `json:"tax_rate"`
	PaymentDays int             `json:"payment_days"`
	Note        string          `json:"note"`
	ValidUntil  time.Time       `json:"valid_until"`
	SubmittedAt time.Time       `json:"submitted_at"`
	Lines       []quoteLineView `json:"lines"`
	Total       *amountView     `json:"total,omitempty"`
}

type quoteLineView struct {
	Line     string    `json:"line"`
	Qty      qtyView   `json:"qty"`
	Price    priceView `json:"price"`
	Basis    string    `json:"basis"`
	LeadDays int       `json:"lead_days"`
	Offer    string    `json:"offer,omitempty"`
}

func quotesOf(qs []sourcing.Quote, names map[id.Org]sourcing.Company) []quoteView {
	out := make([]quoteView, 0, len(qs))
	for _, q := range qs {
		out = append(out, quoteOf(q, names))
	}
	return out
}

func quoteOf(q sourcing.Quote, names map[id.Org]sourcing.Company) quoteView {
	v := quoteView{
		ID: q.ID.String(), RFQ: q.RFQ.String(), Seller: company(q.Seller, names[q.Seller]), Number: q.Number, State: string(q.State), Freight: amount(q.Freight),
		TaxRate: quantity.FormatMicro(q.TaxRateMicro), PaymentDays: q.PaymentDays, Note: q.Note, ValidUntil: q.ValidUntil, SubmittedAt: q.SubmittedAt,
		Lines: make([]quoteLineView, 0, len(q.Lines)),
	}
	for _, l := range q.Lines {
		v.Lines = append(v.Lines, quoteLineView{l.Line.String(), qty(l.Qty), price(l.Price), string(l.Basis), l.LeadDays, l.Offer.String()})
	}
	if total, err := q.Total(); err == nil {
		a := amount(total)
		v.Total = &a
	}
	return v
}

type comparisonView struct {
	RFQ     string       `json:"rfq"`
	Number  string       `json:"number"`
	State   string       `json:"state"`
	Columns []columnView `json:"columns" doc:"One per seller, cheapest full cover first."`
	Rows    []rowView    `json:"rows" doc:"One per line; cells in the order of the columns."`
}

type columnView struct {
	Quote       string      `json:"quote"`
	Version     int         `json:"version"`
	State       string      `json:"state"`
	Seller      companyView `json:"seller"`
	Goods       amountView  `json:"goods"`
	Freight     amountView  `json:"freight"`
	Tax         amountView  `json:"tax"`
	Total       amountView  `json:"total"`
	Lines       int         `json:"lines"`
	Coverage    string      `json:"coverage" doc:"Share of what was asked for, 0 to 1."`
	LeadDays    int         `json:"lead_days"`
	PaymentDays int         `json:"payment_days"`
	ValidUntil  time.Time   `json:"valid_until"`
	Marks       []string    `json:"marks"`
}

type rowView struct {
	Line  lineView   `json:"line"`
	Cells []cellView `json:"cells"`
}

type cellView struct {
	Quoted      bool        `json:"quoted"`
	Qty         *qtyView    `json:"qty,omitempty"`
	Price       *priceView  `json:"price,omitempty"`
	Basis       string      `json:"basis,omitempty"`
	Goods       *amountView `json:"goods,omitempty"`
	Freight     *amountView `json:"freight,omitempty"`
	Tax         *amountView `json:"tax,omitempty"`
	Landed      *amountView `json:"landed,omitempty"`
	PerUnit     *priceView  `json:"landed_per_unit,omitempty"`
	Coverage    string      `json:"coverage,omitempty"`
	LeadDays    int         `json:"lead_days"`
	AboveTarget bool        `json:"above_target"`
	Marks       []string    `json:"marks"`
}

func comparisonOf(c sourcing.Comparison) comparisonView {
	v := comparisonView{
		RFQ: c.RFQ.ID.String(), Number: c.RFQ.Number, State: string(c.RFQ.State),
		Columns: make([]columnView, 0, len(c.Columns)), Rows: make([]rowView, 0, len(c.Rows)),
	}
	for _, col := range c.Columns {
		v.Columns = append(v.Columns, columnView{
			Quote: col.Quote.ID.String(), Version: col.Quote.Number, State: string(col.Quote.State),
			Seller: company(col.Quote.Seller, col.Seller), Goods: amount(col.Goods), Freight: amount(col.Freight), Tax: amount(col.Tax), Total: amount(col.Total),
			Lines: col.Lines, Coverage: quantity.FormatMicro(col.Coverage), LeadDays: col.LeadDays, PaymentDays: col.Quote.PaymentDays,
			ValidUntil: col.Quote.ValidUntil, Marks: marks(col.Marks),
		})
	}
	for _, row := range c.Rows {
		r := rowView{Line: lineOf(row.Line, sourcing.Item{}), Cells: make([]cellView, 0, len(row.Cells))}
		for _, cell := range row.Cells {
			r.Cells = append(r.Cells, cellOf(cell))
		}
		v.Rows = append(v.Rows, r)
	}
	return v
}

func cellOf(c sourcing.Cell) cellView {
	v := cellView{Quoted: c.Quoted, Marks: marks(c.Marks)}
	if !c.Quoted {
		return v
	}
	q, p, goods, freight, tax, landed, unit := qty(c.Qty), price(c.Price), amount(c.Goods), amount(c.Freight), amount(c.Tax), amount(c.Landed), price(c.PerUnit)
	v.Qty, v.Price, v.Goods, v.Freight, v.Tax, v.Landed, v.PerUnit = &q, &p, &goods, &freight, &tax, &landed, &unit
	v.Basis, v.Coverage, v.LeadDays, v.AboveTarget = string(c.Basis), quantity.FormatMicro(c.Coverage), c.LeadDays, c.OverGoal
	return v
}

func marks(ms []sourcing.Mark) []string {
	out := make([]string, 0, len(ms))
	for _, m := range ms {
		out = append(out, string(m))
	}
	return out
}
