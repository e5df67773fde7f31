package sourcing

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// QuoteState is where one version of a seller's quote stands.
type QuoteState string

// The states of a quote. Only a submitted one can be awarded.
const (
	Submitted  QuoteState = "submitted"
	Superseded QuoteState = "superseded" // replaced by a newer version
	Withdrawn  QuoteState = "withdrawn"
	Won        QuoteState = "awarded"
	Lost       QuoteState = "lost"
)

// Quote is one version of a seller's answer. It never changes after it was submitted:
// a better price is a new version, so that what was compared can always be shown.
type Quote struct {
	ID           id.Quote
	RFQ          id.RFQ
	Seller       id.Org
	Number       int // 1, 2, … per seller and request
	State        QuoteState
	Currency     money.Currency
	Freight      money.Money
	TaxRateMicro int64 // on goods and freight
	PaymentDays  int
	Note         string
	ValidUntil   time.Time
	SubmittedBy  id.Person
	SubmittedAt  time.Time
	Lines        []QuoteLine
	Version      int64
}

// QuoteLine is the price of one line asked for. Qty is in the unit of the request, so
// that quotes compare; Price may be per another unit, as steel asked for by the piece
// is priced by the tonne. What relates the two is frozen with the quote.
type QuoteLine struct {
	Line           id.RFQLine
	Qty            quantity.Quantity
	Price          money.Price
	Basis          Basis
	LeadDays       int
	Offer          id.Offer
	MeasureUnit    quantity.Unit
	KgPerUnitMicro int64
}

// Live reports whether the quote can still be taken up.
func (q Quote) Live(now time.Time) bool { return q.State == Submitted && q.ValidUntil.After(now) }

// move changes the state of a submitted quote, and of no other.
func (q *Quote) move(to QuoteState) error {
	if q.State != Submitted {
		return ErrQuoteNotCurrent
	}
	q.State = to
	return nil
}

// Goods is the amount of qty (in the request's unit) at the line's price.
func (l QuoteLine) Goods(qty quantity.Quantity) (money.Money, error) {
	priced, err := l.priced(qty)
	if err != nil {
		return money.Money{}, err
	}
	return l.Price.Times(priced)
}

func (l QuoteLine) priced(qty quantity.Quantity) (quantity.Quantity, error) {
	return measure{l.MeasureUnit, l.KgPerUnitMicro}.in(qty, l.Price.Per)
}

// landed is what one line of a quote costs when it stands at the buyer's gate.
type landed struct {
	Goods   money.Money
	Freight money.Money // the line's share of the quote's freight, by value
	Tax     money.Money
	Total   money.Money
}

// Landed computes every line's landed cost. Tax is computed once, on the whole, and
// shared out, so that the lines add up to what the order will say.
func (q Quote) Landed() ([]landed, landed, error) {
	sum := landed{Goods: money.Zero(q.Currency), Freight: q.Freight}
	lines := make([]landed, len(q.Lines))
	weights := make([]int64, len(q.Lines))
	for i, l := range q.Lines {
		g, err := l.Goods(l.Qty)
		if err != nil {
			return nil, sum, err
		}
		lines[i].Goods, weights[i] = g, g.Minor
		if sum.Goods, err = sum.Goods.Add(g); err != nil {
			return nil, sum, err
		}
	}
	var err error
	if sum.Total, err = sum.Goods.Add(sum.Freight); err != nil {
		return nil, sum, err
	}
	if sum.Tax, err = sum.Total.Share(q.TaxRateMicro); err != nil {
		return nil, sum, err
	}
	if sum.Total, err = sum.Total.Add(sum.Tax); err != nil {
		return nil, sum, err
	}
	freight, tax := sum.Freight.Allocate(weights...), sum.Tax.Allocate(weights...)
	for i := range lines {
		lines[i].Freight, lines[i].Tax = freight[i], tax[i]
		if lines[i].Total, err = money.Sum(q.Currency, lines[i].Goods, freight[i], tax[i]); err != nil {
			return nil, sum, err
		}
	}
	return lines, sum, nil
}

// Total is what the quote comes to, freight and tax included.
func (q Quote) Total() (money.Money, error) {
	_, sum, err := q.Landed()
	return sum.Total, err
}

// Line finds the price of a line asked for.
func (q Quote) Line(want id.RFQLine) (QuoteLine, bool) {
	for _, l := range q.Lines {
		if l.Line == want {
			return l, true
		}
	}
	return QuoteLine{}, false
}
