package sourcing

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

// Bounds of a quote's terms.
const (
	maxLeadDays    = 3650
	maxPaymentDays = 365
)

// QuoteInput is a quote as a seller wrote it.
type QuoteInput struct {
	Lines       []QuoteLineInput
	Freight     string // amount, empty for none
	TaxRate     string // "0.13", empty for none
	PaymentDays int
	Note        string
	ValidUntil  time.Time
}

// QuoteLineInput is the price of one line. Qty empty means all that was asked for; Unit
// is the unit of Qty, PriceUnit that of the price; both default to the request's.
type QuoteLineInput struct {
	Line      id.RFQLine
	Qty       string
	Unit      string
	Price     string
	PriceUnit string
	Basis     string
	LeadDays  int
	Offer     id.Offer
}

// SubmitQuote answers a request, or replaces the seller's earlier answer.
func (s *Service) SubmitQuote(ctx context.Context, rfq id.RFQ, in QuoteInput) (Quote, error) {
	var q Quote
	err := s.n.Unit.Do(ctx, func(ctx context.Context) error {
		r, v, c, err := s.asked(ctx, rfq)
		if err != nil {
			return err
		}
		if err := s.n.Gate.Allow(ctx, ActionSubmitQuote, factsOf(r)); err != nil {
			return err
		}
		now := s.n.Now()
		if !r.Open(now) {
			return ErrClosed
		}
		q = Quote{
			ID: id.Quote{}.New(), RFQ: r.ID, Seller: c.Org, Number: 1, State: Submitted, Currency: r.Currency,
			SubmittedBy: c.Person, SubmittedAt: now, Version: 1,
		}
		if err := s.price(ctx, &q, r, in); err != nil {
			return err
		}
		if err := s.supersede(ctx, &q); err != nil {
			return err
		}
		v.State, v.Note = Quoted, ""
		if err := s.n.Store.SaveInvitation(ctx, r.ID, v); err != nil {
			return err
		}
		return s.tellQuote(ctx, r, q, c)
	})
	if err != nil {
		return Quote{}, fmt.Errorf("quote on rfq %s: %w", rfq, err)
	}
	return q, nil
}

// supersede stores q as the seller's newest version and retires the one before.
func (s *Service) supersede(ctx context.Context, q *Quote) error {
	earlier, err := s.n.Store.Quotes(ctx, q.RFQ, q.Seller)
	if err != nil {
		return err
	}
	for _, e := range earlier {
		q.Number = max(q.Number, e.Number+1)
		if e.State != Submitted {
			continue
		}
		if err := e.move(Superseded); err != nil {
			return err
		}
		if err := s.n.Store.SaveQuote(ctx, e); err != nil {
			return err
		}
	}
	return s.n.Store.InsertQuote(ctx, *q)
}

func (s *Service) tellQuote(ctx context.Context, r RFQ, q Quote, c caller.Caller) error {
	total, err := q.Total()
	if err != nil {
		return err
	}
	names, err := s.n.Companies.Companies(ctx, []id.Org{c.Org})
	if err != nil {
		return err
	}
	return s.n.Events.Append(ctx, event.QuoteSubmitted{
		RFQ: r.ID.String(), Number: r.Number, Buyer: r.Buyer.String(), Quote: q.ID.String(),
		Seller: q.Seller.String(), SellerName: names[c.Org].Name, Version: q.Number, Total: total, ValidUntil: q.ValidUntil,
	})
}

// price checks the input and fills the quote from it.
func (s *Service) price(ctx context.Context, q *Quote, r RFQ, in QuoteInput) error {
	var c fault.Check
	now := s.n.Now()
	q.PaymentDays, q.Note, q.ValidUntil = in.PaymentDays, strings.TrimSpace(in.Note), in.ValidUntil.UTC().Truncate(time.Microsecond)
	q.Freight = readAmount(&c, "freight", in.Freight, r.Currency)
	q.TaxRateMicro = readRate(&c, "tax_rate", in.TaxRate)
	c.Text("note", in.Note, 0, 4000)
	c.If(in.PaymentDays < 0 || in.PaymentDays > maxPaymentDays, "payment_days", "out_of_range", "")
	switch {
	case in.ValidUntil.IsZero():
		c.Add("valid_until", "required", "")
	case q.ValidUntil.Before(r.ClosesAt):
		c.Add("valid_until", "before_close", "A quote must outlast the closing time, or it could never be awarded.")
	case q.ValidUntil.After(now.Add(2 * maxAhead)):
		c.Add("valid_until", "too_far", "")
	}
	if err := s.priceLines(ctx, &c, q, r, in.Lines); err != nil {
		return err
	}
	if err := c.Or(ErrQuoteInvalid); err != nil {
		return err
	}
	if _, err := q.Total(); err != nil { // each part was sane, the sum must be too
		return ErrQuoteInvalid.At(fault.Field{Path: "lines", Reason: "too_large"}).Because(err)
	}
	return nil
}

func (s *Service) priceLines(ctx context.Context, c *fault.Check, q *Quote, r RFQ, in []QuoteLineInput) error {
	if len(in) == 0 || len(in) > maxLines {
		c.Add("lines", "required", "Price at least one line.")
		return nil
	}
	items, err := s.n.Catalog.Items(ctx, r.items())
	if err != nil {
		return err
	}
	var ids []id.Offer
	for _, l := range in {
		if !l.Offer.IsZero() {
			ids = append(ids, l.Offer)
		}
	}
	offers, err := s.n.Catalog.Offers(ctx, ids)
	if err != nil {
		return err
	}
	seen := map[id.RFQLine]bool{}
	for i, l := range in {
		at := fmt.Sprintf("lines[%d].", i)
		asked, ok := r.Line(l.Line)
		if !ok {
			c.Add(at+"line", "unknown", "The request has no such line.")
			continue
		}
		c.If(seen[l.Line], at+"line", "repeated", "")
		seen[l.Line] = true
		if o, ok := offers[l.Offer]; !l.Offer.IsZero() && (!ok || o.Seller != q.Seller || (!asked.Item.IsZero() && o.Item != asked.Item)) {
			c.Add(at+"offer", "unknown", "This is no offer of yours for that item.")
		}
		q.Lines = append(q.Lines, readQuoteLine(c, at, l, asked, items[asked.Item], r.Currency))
	}
	return nil
}

func readQuoteLine(c *fault.Check, at string, in QuoteLineInput, asked Line, item Item, cur money.Currency) QuoteLine {
	m := measure{item.Unit, item.KgPerUnitMicro}
	l := QuoteLine{Line: asked.ID, Qty: asked.Qty, LeadDays: in.LeadDays, Offer: in.Offer, MeasureUnit: m.unit, KgPerUnitMicro: m.kgPerUnitMicro}
	c.If(in.LeadDays < 0 || in.LeadDays > maxLeadDays, at+"lead_days", "out_of_range", "")
	l.Qty = readOffered(c, at, in, asked, m)
	priceUnit := orUnit(in.PriceUnit, asked.Qty.Unit)
	l.Price = readPrice(c, at+"price", in.Price, cur, priceUnit)
	if _, err := m.in(quantity.Of(1, asked.Qty.Unit), priceUnit); err != nil {
		c.Add(at+"price_unit", "unit_mismatch", fmt.Sprintf("A price per %s does not fit a request in %s.", priceUnit, asked.Qty.Unit))
		return l
	}
	l.Basis = readBasis(c, at, in.Basis, l)
	if g, err := l.Goods(l.Qty); err != nil || g.Minor > maxLineMinor {
		c.Add(at+"price", "too_large", "")
	}
	return l
}

// readOffered is the quantity offered, in the request's unit; part of it may be offered,
// more may not.
func readOffered(c *fault.Check, at string, in QuoteLineInput, asked Line, m measure) quantity.Quantity {
	if in.Qty == "" {
		return asked.Qty
	}
	q := readQty(c, at+"qty", in.Qty, string(orUnit(in.Unit, asked.Qty.Unit)))
	if q.Unit == "" || q.Micro <= 0 {
		return asked.Qty
	}
	own, err := m.in(q, asked.Qty.Unit)
	switch {
	case err != nil:
		c.Add(at+"unit", "unit_mismatch", fmt.Sprintf("%s does not fit a request in %s.", q.Unit, asked.Qty.Unit))
		return asked.Qty
	case own.Micro <= 0:
		c.Add(at+"qty", "not_positive", "")
	case own.Micro > asked.Qty.Micro:
		c.Add(at+"qty", "too_large", "This is more than was asked for.")
	}
	return own
}

// readBasis: a price by weight for counted goods must say whose weight counts; a price
// in the unit that is delivered needs none, but bulk goods may settle on the weighbridge.
func readBasis(c *fault.Check, at, value string, l QuoteLine) Basis {
	b := Basis(value)
	byWeight := isMass(l.Price.Per)
	switch {
	case b == "" && byWeight && !isMass(l.Qty.Unit):
		return Theoretical
	case b == "":
		return ByPiece
	case b != ByPiece && b != Theoretical && b != Weighed:
		c.Add(at+"basis", "unknown", "Use piece, theoretical or weighed.")
	case b != ByPiece && !byWeight:
		c.Add(at+"basis", "basis_mismatch", "Only a price by weight has a weight basis.")
	case b == ByPiece && byWeight && !isMass(l.Qty.Unit):
		c.Add(at+"basis", "basis_mismatch", "A price by weight for counted goods is theoretical or weighed.")
	}
	return b
}

func orUnit(value string, otherwise quantity.Unit) quantity.Unit {
	if value == "" {
		return otherwise
	}
	u, err := quantity.ParseUnit(value)
	if err != nil {
		return quantity.Unit(strings.ToUpper(value)) // reported where it is used
	}
	return u
}

func readAmount(c *fault.Check, path, value string, cur money.Currency) money.Money {
	if value == "" {
		return money.Zero(cur)
	}
	m, err := money.Parse(value, cur)
	switch {
	case err != nil:
		c.Add(path, "malformed", "Write an amount such as 1250.00.")
		return money.Zero(cur)
	case m.Minor < 0:
		c.Add(path, "negative", "")
	case m.Minor > maxLineMinor:
		c.Add(path, "too_large", "")
	}
	return m
}

// readRate reads a fraction: 0.13 is thirteen per cent. One or more is a slip of the pen.
func readRate(c *fault.Check, path, value string) int64 {
	if value == "" {
		return 0
	}
	m, err := quantity.ParseMicro(value)
	c.If(err != nil, path, "malformed", "Write a fraction such as 0.13.")
	c.If(err == nil && (m < 0 || m >= quantity.Scale), path, "out_of_range", "Write thirteen per cent as 0.13.")
	return m
}
