package buyer

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/surface/console"
)

// comparePage lays quotes side by side, and is the award's form where the reader may give
// one.
type comparePage struct {
	screen
	RFQ      sourcing.RFQ
	State    string
	URL      string
	Columns  []quoteColumn
	Rows     []compareRow
	Terms    []termRow
	MayAward bool
	Reason   string
	Awarded  bool
}

type quoteColumn struct {
	ID, Name, City, URL, State string
	Version                    int
	Note                       string
	Marks                      []string // in words
	Expired, Best              bool
	TakeAll                    string // address that picks this quote for every line
}

type compareRow struct {
	Index int
	Line  askedLine
	Pick  string // a quote, "split" or nothing
	Cells []compareCell
}

type compareCell struct {
	Quote          string
	Quoted, Live   bool
	Qty            quantity.Quantity
	Partial        bool
	Price          money.Price
	PerUnit        money.Price
	Landed         money.Money
	Goods          money.Money
	LeadDays       int
	OverGoal, Best bool
	Why            []string
	Basis          string
	Typed          string // part of the line, when it is split
	Won            *quantity.Quantity
}

type termRow struct {
	Label string
	Cells []termCell
	Total bool
}

type termCell struct {
	Text, Note string
	Best       bool
	Bar        *int64 // a share in millionths, drawn
}

func (c desk) compare(ctx context.Context, v *web.Visit) (web.Answer, error) {
	m, _, err := c.comparePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	m.suggest(v.Query("take"))
	return web.Render("buyer/compare", m), nil
}

func (c desk) comparePage(ctx context.Context, v *web.Visit) (*comparePage, sourcing.Comparison, error) {
	seen, err := c.ownRFQ(ctx, v)
	if err != nil {
		return nil, sourcing.Comparison{}, err
	}
	t, err := c.Sourcing.CompareSeen(ctx, seen)
	if err != nil {
		return nil, t, err
	}
	r := seen.RFQ
	to := "/buyer/rfqs/" + r.ID.String()
	s, err := c.open(ctx, v, "rfqs", "", console.Crumb("nav.rfqs", "/buyer/rfqs"), linkTo(joined(" ", r.Number, r.Title), to))
	if err != nil {
		return nil, t, err
	}
	s.named(s.p.T("buyer.compare.title", "number", r.Number))
	m := &comparePage{screen: s, RFQ: r, State: c.stateOf(r), URL: to, Awarded: r.State == sourcing.Awarded}
	m.MayAward = m.State == "evaluating" && c.Roles.Can(ctx, sourcing.ActionAward) && slices.ContainsFunc(t.Columns, func(col sourcing.Column) bool { return col.Quote.Live(c.Now()) })
	m.fill(t, seen, c.Now())
	return m, t, nil
}

func (m *comparePage) fill(t sourcing.Comparison, seen sourcing.Seen, now time.Time) {
	for _, col := range t.Columns {
		q := col.Quote
		w := quoteColumn{
			ID: q.ID.String(), Name: col.Seller.Name, City: col.Seller.City, URL: "/s/" + q.Seller.String(), State: string(q.State), Version: q.Number, Note: q.Note,
			Expired: slices.Contains(col.Marks, sourcing.RanOut), Best: slices.Contains(col.Marks, sourcing.BestTotal), TakeAll: m.URL + "/compare?take=" + q.ID.String() + "#matrix",
		}
		if m.p.Locale() == "zh-CN" && col.Seller.NameLocal != "" {
			w.Name = col.Seller.NameLocal
		}
		w.Marks = m.marks(col.Marks)
		m.Columns = append(m.Columns, w)
	}
	for i, row := range t.Rows {
		w := compareRow{Index: i, Line: askedLineOf(m.p, row.Line, seen.Items)}
		for n, cell := range row.Cells {
			w.Cells = append(w.Cells, m.cell(cell, row.Line, t.Columns[n].Quote.Live(now), seen.Award))
		}
		m.Rows = append(m.Rows, w)
	}
	m.terms(t)
}

func (m *comparePage) marks(ms []sourcing.Mark) []string {
	out := make([]string, len(ms))
	for i, k := range ms {
		out[i] = m.p.T("buyer.mark." + string(k))
	}
	return out
}

func (m *comparePage) cell(c sourcing.Cell, line sourcing.Line, live bool, a sourcing.Award) compareCell {
	w := compareCell{
		Quote: c.Quote.String(), Quoted: c.Quoted, Live: live, Qty: c.Qty, Partial: c.Quoted && c.Qty.Micro < line.Qty.Micro, Price: c.Price, PerUnit: c.PerUnit,
		Landed: c.Landed, Goods: c.Goods, LeadDays: c.LeadDays, OverGoal: c.OverGoal, Best: slices.Contains(c.Marks, sourcing.LowestLanded), Why: m.marks(c.Marks), Basis: string(c.Basis),
	}
	for _, l := range a.Lines {
		if l.Line == line.ID && l.Quote == c.Quote {
			w.Won = &l.Qty
		}
	}
	return w
}

// terms are the rows below the lines: what a quote comes to as a whole.
func (m *comparePage) terms(t sourcing.Comparison) {
	p := m.p
	row := func(key string, total bool, cell func(sourcing.Column) termCell) {
		r := termRow{Label: p.T(key), Total: total}
		for _, col := range t.Columns {
			r.Cells = append(r.Cells, cell(col))
		}
		m.Terms = append(m.Terms, r)
	}
	row("buyer.compare.coverage", false, func(c sourcing.Column) termCell {
		share := c.Coverage
		return termCell{Text: p.Percent(c.Coverage / 10000 * 10000), Note: p.T("buyer.compare.lines_of", "n", strconv.Itoa(c.Lines), "of", strconv.Itoa(len(t.Rows))), Bar: &share, Best: slices.Contains(c.Marks, sourcing.AllLines)}
	})
	row("buyer.goods", false, func(c sourcing.Column) termCell { return termCell{Text: p.Money(c.Goods)} })
	row("buyer.freight", false, func(c sourcing.Column) termCell { return termCell{Text: p.Money(c.Freight)} })
	row("buyer.compare.tax", false, func(c sourcing.Column) termCell {
		return termCell{Text: p.Money(c.Tax), Note: p.Percent(c.Quote.TaxRateMicro)}
	})
	row("buyer.compare.total", true, func(c sourcing.Column) termCell {
		return termCell{Text: p.Money(c.Total), Best: slices.Contains(c.Marks, sourcing.BestTotal)}
	})
	row("buyer.compare.lead", false, func(c sourcing.Column) termCell {
		return termCell{Text: p.N("buyer.days", c.LeadDays)}
	})
	row("buyer.compare.payment", false, func(c sourcing.Column) termCell {
		return termCell{Text: p.N("buyer.days", c.Quote.PaymentDays), Best: slices.Contains(c.Marks, sourcing.LongestTerms)}
	})
	row("buyer.compare.valid", false, func(c sourcing.Column) termCell {
		return termCell{Text: p.Date(c.Quote.ValidUntil), Note: p.Ago(c.Quote.ValidUntil)}
	})
}

// suggest ticks what costs least at the gate, or all of one quote.
func (m *comparePage) suggest(take string) {
	for i := range m.Rows {
		row := &m.Rows[i]
		for _, cell := range row.Cells {
			if !cell.Quoted || !cell.Live || row.Pick != "" {
				continue
			}
			if take == cell.Quote || (take == "" && (cell.Best || !row.Splittable())) {
				row.Pick = cell.Quote
			}
		}
	}
}

// choice reads the award's form. names says which field each line of the input came from,
// so that complaints stand where they belong.
func (m *comparePage) choice(f url.Values) (in sourcing.AwardInput, names map[string]string) {
	names = map[string]string{}
	in.Reason = f.Get("reason")
	m.Reason = in.Reason
	take := func(row *compareRow, cell compareCell, qty, field string) {
		var q id.Quote
		if q.UnmarshalText([]byte(cell.Quote)) != nil {
			return
		}
		at := "lines[" + strconv.Itoa(len(in.Lines)) + "]."
		names[at+"qty"], names[at+"quote"], names[at+"line"] = field, field, field
		in.Lines = append(in.Lines, sourcing.AwardLineInput{Line: m.RFQ.Lines[row.Index].ID, Quote: q, Qty: qty})
	}
	for i := range m.Rows {
		row := &m.Rows[i]
		pick := "pick." + strconv.Itoa(i)
		row.Pick = f.Get(pick)
		for n := range row.Cells {
			cell := &row.Cells[n]
			if !cell.Quoted {
				continue
			}
			field := "qty." + strconv.Itoa(i) + "." + cell.Quote
			cell.Typed = number(f.Get(field))
			switch {
			case row.Pick == cell.Quote:
				take(row, *cell, "", pick)
			case row.Pick == "split" && cell.Typed != "" && cell.Typed != "0":
				take(row, *cell, cell.Typed, field)
			}
		}
	}
	return in, names
}

// Splittable says that more than one quote could take a part of the line.
func (r compareRow) Splittable() bool {
	n := 0
	for _, c := range r.Cells {
		if c.Quoted && c.Live {
			n++
		}
	}
	return n > 1
}
