package sourcing

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Award is the decision that ends a request; there is only ever one.
type Award struct {
	ID     id.Award
	RFQ    id.RFQ
	Reason string
	By     id.Person
	At     time.Time
	Lines  []AwardLine
}

// AwardLine gives part or all of one line to one quote. Qty is in the request's unit.
type AwardLine struct {
	Line  id.RFQLine
	Quote id.Quote
	Qty   quantity.Quantity
	Order id.Order
}

// AwardInput is the buyer's choice; an empty Qty takes all that the quote offers.
type AwardInput struct {
	Lines  []AwardLineInput
	Reason string
}

// AwardLineInput is one choice as written.
type AwardLineInput struct {
	Line  id.RFQLine
	Quote id.Quote
	Qty   string // in the unit asked for
}

// decide checks the buyer's choice against the comparison and makes the award of it.
func decide(cmp Comparison, in AwardInput, now time.Time) (Award, error) {
	a := Award{ID: id.Award{}.New(), RFQ: cmp.RFQ.ID, Reason: strings.TrimSpace(in.Reason), At: now}
	var c fault.Check
	c.Text("reason", in.Reason, 0, 2000)
	if n := len(in.Lines); n == 0 || n > maxLines*maxSellers {
		c.Add("lines", "required", "Choose at least one quote.")
	}
	given := map[id.RFQLine]int64{}
	seen := map[AwardLineInput]bool{}
	for i, l := range in.Lines {
		at := fmt.Sprintf("lines[%d].", i)
		key := AwardLineInput{Line: l.Line, Quote: l.Quote}
		c.If(seen[key], at+"quote", "repeated", "")
		seen[key] = true
		chosen, ok := cmp.choice(&c, at, l, now)
		if !ok {
			continue
		}
		a.Lines = append(a.Lines, chosen)
		given[l.Line] += chosen.Qty.Micro
		asked, _ := cmp.RFQ.Line(l.Line)
		c.If(given[l.Line] > asked.Qty.Micro, at+"qty", "too_large", "This is more than was asked for.")
	}
	if err := c.Or(ErrAwardInvalid); err != nil {
		return Award{}, err
	}
	if a.Reason == "" && !cmp.lowest(a.Lines, now) && !cmp.lowestWhole(a.Lines) {
		return Award{}, ErrReasonMissing
	}
	return a, nil
}

// choice resolves one input line against the table.
func (t Comparison) choice(c *fault.Check, at string, in AwardLineInput, now time.Time) (AwardLine, bool) {
	col := slices.IndexFunc(t.Columns, func(col Column) bool { return col.Quote.ID == in.Quote })
	if col < 0 {
		c.Add(at+"quote", "unknown", "There is no such quote on this request.")
		return AwardLine{}, false
	}
	row := slices.IndexFunc(t.Rows, func(r Row) bool { return r.Line.ID == in.Line })
	if row < 0 || !t.Rows[row].Cells[col].Quoted {
		c.Add(at+"line", "unknown", "The quote has no price for this line.")
		return AwardLine{}, false
	}
	if !t.Columns[col].Quote.Live(now) {
		c.Add(at+"quote", "expired", "This quote is no longer valid.")
		return AwardLine{}, false
	}
	offered := t.Rows[row].Cells[col].Qty
	qty := offered
	if in.Qty != "" {
		qty = readQty(c, at+"qty", in.Qty, string(offered.Unit))
		c.If(qty.Micro > offered.Micro, at+"qty", "too_large", "This is more than the seller offers.")
	}
	return AwardLine{Line: in.Line, Quote: in.Quote, Qty: qty}, qty.Micro > 0
}

// lowest reports whether nobody was passed over who is cheaper on a line: every quote
// with a lower landed unit cost must have been taken in full before a dearer one.
func (t Comparison) lowest(chosen []AwardLine, now time.Time) bool {
	got := map[id.RFQLine]map[id.Quote]int64{}
	for _, l := range chosen {
		if got[l.Line] == nil {
			got[l.Line] = map[id.Quote]int64{}
		}
		got[l.Line][l.Quote] = l.Qty.Micro
	}
	for _, row := range t.Rows {
		taken := got[row.Line.ID]
		dearest := int64(-1)
		for _, cell := range row.Cells {
			if taken[cell.Quote] > 0 {
				dearest = max(dearest, cell.PerUnit.Micro)
			}
		}
		for i, cell := range row.Cells {
			live := cell.Quoted && t.Columns[i].Quote.Live(now)
			if live && cell.PerUnit.Micro < dearest && taken[cell.Quote] < cell.Qty.Micro {
				return false
			}
		}
	}
	return true
}

// lowestWhole reports whether the award takes, whole, the quote that covers everything
// at the lowest total. A dearer rival may then still show a lower figure on one line,
// because its freight is spread over dearer goods; nobody was passed over for that.
func (t Comparison) lowestWhole(chosen []AwardLine) bool {
	if len(chosen) != len(t.Rows) {
		return false
	}
	col := slices.IndexFunc(t.Columns, func(c Column) bool { return c.Quote.ID == chosen[0].Quote })
	if col < 0 || !slices.Contains(t.Columns[col].Marks, BestTotal) {
		return false
	}
	for _, l := range chosen {
		asked, ok := t.RFQ.Line(l.Line)
		if l.Quote != chosen[0].Quote || !ok || l.Qty.Micro < asked.Qty.Micro {
			return false
		}
	}
	return true
}

// orders turns the award into what ordering is asked to place, one order per seller in
// the order of the comparison. A quote that is taken in part carries its freight in
// proportion to the goods taken: the seller quoted for the whole load.
func (t Comparison) orders(a Award, items map[id.Item]Item) ([]AwardedOrder, error) {
	var out []AwardedOrder
	for _, col := range t.Columns {
		q := col.Quote
		o := AwardedOrder{Seller: q.Seller, Quote: q.ID, TaxRateMicro: q.TaxRateMicro, PaymentDays: q.PaymentDays}
		goods := money.Zero(q.Currency)
		for _, row := range t.Rows {
			at := slices.IndexFunc(a.Lines, func(l AwardLine) bool { return l.Quote == q.ID && l.Line == row.Line.ID })
			if at < 0 {
				continue
			}
			l, err := awardedLine(row.Line, q, a.Lines[at], items[row.Line.Item])
			if err != nil {
				return nil, err
			}
			if goods, err = goods.Add(l.Goods); err != nil {
				return nil, err
			}
			o.Lines = append(o.Lines, l)
		}
		if len(o.Lines) == 0 {
			continue
		}
		o.Freight = q.Freight
		if rest := col.Goods.Minor - goods.Minor; rest > 0 {
			o.Freight = q.Freight.Allocate(goods.Minor, rest)[0]
		}
		out = append(out, o)
	}
	return out, nil
}

func awardedLine(asked Line, q Quote, l AwardLine, item Item) (AwardedLine, error) {
	ql, _ := q.Line(asked.ID)
	priced, err := ql.priced(l.Qty)
	if err != nil {
		return AwardedLine{}, err
	}
	goods, err := ql.Price.Times(priced)
	if err != nil {
		return AwardedLine{}, err
	}
	out := AwardedLine{
		RFQLine: asked.ID, Item: asked.Item, Offer: ql.Offer, SKU: item.SKU, Names: item.Names, Qty: l.Qty, Price: ql.Price,
		PricedQty: priced, Goods: goods, Basis: ql.Basis, KgPerUnitMicro: ql.KgPerUnitMicro, LeadDays: ql.LeadDays, NeedBy: asked.NeedBy,
	}
	if asked.Item.IsZero() || len(item.Names) == 0 {
		out.Names = map[string]string{"en": asked.Description, "zh-CN": asked.Description}
	}
	return out, nil
}
