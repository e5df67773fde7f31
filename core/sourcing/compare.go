package sourcing

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Mark says why a cell or a column of the comparison stands out.
type Mark string

// The marks. The screen has words for them.
const (
	LowestLanded Mark = "lowest_landed" // cheapest per unit at the buyer's gate
	Fastest      Mark = "fastest"       // shortest lead time among quotes for the line
	LongestTerms Mark = "longest_terms" // most days to pay
	OnlyQuote    Mark = "only_quote"    // nobody else quoted the line
	AllLines     Mark = "covers_all"    // every line, in full
	BestTotal    Mark = "lowest_total"  // cheapest of those that cover all
	RanOut       Mark = "expired"       // its validity is over: shown, never best
)

// Comparison lays the newest quotes side by side on landed cost.
type Comparison struct {
	RFQ     RFQ
	Columns []Column // cheapest full cover first
	Rows    []Row    // one per line asked for
}

// Column is one seller's quote as a whole.
type Column struct {
	Quote    Quote
	Seller   Company
	Goods    money.Money
	Freight  money.Money
	Tax      money.Money
	Total    money.Money
	Lines    int   // lines priced
	Coverage int64 // share of what was asked for, lines weighing the same, in millionths
	Full     bool
	LeadDays int // until the last line is there
	Marks    []Mark
}

// Row is one line with a cell per column; a cell without a price is a line not quoted.
type Row struct {
	Line  Line
	Cells []Cell
}

// Cell is one quote's answer to one line.
type Cell struct {
	Quoted   bool
	Quote    id.Quote
	Qty      quantity.Quantity // offered, in the unit asked for
	Price    money.Price       // as quoted
	Basis    Basis
	Goods    money.Money
	Freight  money.Money
	Tax      money.Money
	Landed   money.Money
	PerUnit  money.Price // landed cost of one unit asked for: what cells are compared by
	Coverage int64       // share of the quantity asked for, in millionths
	LeadDays int
	OverGoal bool // goods price above the buyer's target
	Marks    []Mark
}

// Compare is the buyer's comparison. It may be looked at from the first quote on.
func (s *Service) Compare(ctx context.Context, rfq id.RFQ) (Comparison, error) {
	seen, err := s.View(ctx, rfq)
	if err != nil {
		return Comparison{}, fmt.Errorf("compare rfq %s: %w", rfq, err)
	}
	return s.CompareSeen(ctx, seen)
}

// CompareSeen is Compare for who has looked at the request just now.
func (s *Service) CompareSeen(ctx context.Context, seen Seen) (Comparison, error) {
	switch {
	case seen.As == AsSeller:
		return Comparison{}, ErrNotFound
	case seen.As == AsOperator && seen.RFQ.State != Awarded:
		return Comparison{}, ErrSealed
	}
	if err := s.n.Gate.Allow(ctx, ActionReadQuote, nil); err != nil {
		return Comparison{}, err
	}
	quotes, err := s.quotesFor(ctx, seen)
	if err != nil {
		return Comparison{}, fmt.Errorf("compare rfq %s: %w", seen.RFQ.ID, err)
	}
	return compare(seen.RFQ, quotes, seen.Companies, s.n.Now())
}

// compare is pure: the same request, quotes and hour give the same table. Decided
// quotes stay in it, so that an award can be explained afterwards.
func compare(r RFQ, quotes []Quote, names map[id.Org]Company, now time.Time) (Comparison, error) {
	c := Comparison{RFQ: r, Rows: make([]Row, len(r.Lines))}
	cells := map[id.Quote][]Cell{}
	for _, q := range quotes {
		if q.State == Superseded || q.State == Withdrawn {
			continue
		}
		col, own, err := column(r, q)
		if err != nil {
			return Comparison{}, fmt.Errorf("quote %s: %w", q.ID, err)
		}
		col.Seller = names[q.Seller]
		if q.State == Submitted && !q.Live(now) {
			col.Marks = append(col.Marks, RanOut)
		}
		c.Columns, cells[q.ID] = append(c.Columns, col), own
	}
	slices.SortFunc(c.Columns, func(a, b Column) int {
		return cmp.Or(boolLast(a.expired(), b.expired()), cmp.Compare(b.Coverage, a.Coverage),
			cmp.Compare(a.Total.Minor, b.Total.Minor), cmp.Compare(a.Quote.ID.String(), b.Quote.ID.String()))
	})
	for i, l := range r.Lines {
		c.Rows[i].Line = l
		for _, col := range c.Columns {
			c.Rows[i].Cells = append(c.Rows[i].Cells, cells[col.Quote.ID][i])
		}
	}
	c.mark()
	return c, nil
}

func column(r RFQ, q Quote) (Column, []Cell, error) {
	lines, sum, err := q.Landed()
	if err != nil {
		return Column{}, nil, err
	}
	col := Column{Quote: q, Goods: sum.Goods, Freight: sum.Freight, Tax: sum.Tax, Total: sum.Total, Full: true}
	cells := make([]Cell, len(r.Lines))
	for i, asked := range r.Lines {
		at := slices.IndexFunc(q.Lines, func(l QuoteLine) bool { return l.Line == asked.ID })
		if at < 0 {
			col.Full = false
			continue
		}
		cells[i] = cell(asked, q, q.Lines[at], lines[at])
		col.Lines++
		col.Coverage += cells[i].Coverage / int64(len(r.Lines))
		col.Full = col.Full && cells[i].Qty.Micro >= asked.Qty.Micro
		col.LeadDays = max(col.LeadDays, cells[i].LeadDays)
	}
	if col.Full {
		col.Coverage = quantity.Scale // thirds do not add up to one
	}
	return col, cells, nil
}

func cell(asked Line, q Quote, l QuoteLine, cost landed) Cell {
	c := Cell{
		Quoted: true, Quote: q.ID, Qty: l.Qty, Price: l.Price, Basis: l.Basis, Goods: cost.Goods, Freight: cost.Freight,
		Tax: cost.Tax, Landed: cost.Total, PerUnit: per(cost.Total, l.Qty), Coverage: share(l.Qty.Micro, asked.Qty.Micro), LeadDays: l.LeadDays,
	}
	c.OverGoal = asked.Target.Micro > 0 && per(cost.Goods, l.Qty).Micro > asked.Target.Micro
	return c
}

func (c Column) expired() bool { return slices.Contains(c.Marks, RanOut) }

func boolLast(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	}
	return -1
}

// mark names the best cells and columns. A draw marks both: there is no lowest of two.
func (c *Comparison) mark() {
	for i := range c.Rows {
		c.markRow(c.Rows[i].Cells)
	}
	best, terms := int64(-1), 0
	for _, col := range c.Columns {
		if col.expired() {
			continue
		}
		if col.Full && (best < 0 || col.Total.Minor < best) {
			best = col.Total.Minor
		}
		terms = max(terms, col.Quote.PaymentDays)
	}
	for i := range c.Columns {
		col := &c.Columns[i]
		if col.expired() {
			continue
		}
		if col.Full {
			col.Marks = append(col.Marks, AllLines)
		}
		if col.Full && col.Total.Minor == best {
			col.Marks = append(col.Marks, BestTotal)
		}
		if terms > 0 && col.Quote.PaymentDays == terms {
			col.Marks = append(col.Marks, LongestTerms)
		}
	}
}

func (c *Comparison) markRow(cells []Cell) {
	lowest, fastest, n := int64(-1), -1, 0
	for i, cell := range cells {
		if !cell.Quoted || c.Columns[i].expired() {
			continue
		}
		n++
		if lowest < 0 || cell.PerUnit.Micro < lowest {
			lowest = cell.PerUnit.Micro
		}
		if fastest < 0 || cell.LeadDays < fastest {
			fastest = cell.LeadDays
		}
	}
	for i := range cells {
		cell := &cells[i]
		switch {
		case !cell.Quoted || c.Columns[i].expired():
			continue
		case n == 1:
			cell.Marks = append(cell.Marks, OnlyQuote)
			continue
		}
		if cell.PerUnit.Micro == lowest {
			cell.Marks = append(cell.Marks, LowestLanded)
		}
		if cell.LeadDays == fastest {
			cell.Marks = append(cell.Marks, Fastest)
		}
	}
}
