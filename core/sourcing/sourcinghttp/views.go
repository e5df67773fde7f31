package sourcinghttp

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/sourcing"
)

// rfqView is a request. What both sides see stands on top; buyer_side and seller_side
// hold what is one side's alone, and only one of them is ever filled.
type rfqView struct {
	ID          string           `json:"id"`
	Number      string           `json:"number"`
	Title       string           `json:"title"`
	Note        string           `json:"note"`
	State       string           `json:"state"`
	Currency    string           `json:"currency"`
	Incoterm    string           `json:"incoterm"`
	ShipTo      sourcing.Address `json:"ship_to"`
	ClosesAt    time.Time        `json:"closes_at"`
	CreatedAt   time.Time        `json:"created_at"`
	PublishedAt *time.Time       `json:"published_at,omitempty"`
	AwardedAt   *time.Time       `json:"awarded_at,omitempty"`
	EndNote     string           `json:"end_note"`
	Version     int64            `json:"version"`
	Buyer       companyView      `json:"buyer"`
	Lines       []lineView       `json:"lines"`
	Files       []fileView       `json:"files"`
	BuyerSide   *buyerSide       `json:"buyer_side,omitempty"`
	SellerSide  *sellerSide      `json:"seller_side,omitempty"`
}

type buyerSide struct {
	Sellers []invitationView `json:"sellers"`
	Quotes  []quoteView      `json:"quotes"`
	Award   *awardView       `json:"award,omitempty"`
}

type sellerSide struct {
	State string     `json:"state"`
	Quote *quoteView `json:"quote,omitempty"`
}

type companyView struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	NameLocal string `json:"name_local"`
}

type invitationView struct {
	Seller    companyView `json:"seller"`
	State     string      `json:"state"`
	InvitedAt time.Time   `json:"invited_at"`
	Note      string      `json:"note"`
}

type fileView struct {
	ID        string `json:"id"`
	Name      string `json:"name"`
	MediaType string `json:"media_type"`
	Size      int64  `json:"size"`
}

type lineView struct {
	ID          string            `json:"id"`
	Position    int               `json:"position"`
	Item        string            `json:"item,omitempty"`
	SKU         string            `json:"sku,omitempty"`
	Names       map[string]string `json:"names,omitempty"`
	Description string            `json:"description"`
	Qty         qtyView           `json:"qty"`
	TargetPrice *priceView        `json:"target_price,omitempty"`
	NeedBy      string            `json:"need_by,omitempty"`
}

type qtyView struct {
	Value string `json:"value"`
	Unit  string `json:"unit"`
}

type amountView struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
}

type priceView struct {
	Amount   string `json:"amount"`
	Currency string `json:"currency"`
	Per      string `json:"per"`
}

type awardView struct {
	Reason string          `json:"reason"`
	At     time.Time       `json:"at"`
	Lines  []awardLineView `json:"lines"`
}

type awardLineView struct {
	Line  string  `json:"line"`
	Quote string  `json:"quote"`
	Qty   qtyView `json:"qty"`
	Order string  `json:"order"`
}

type summaryView struct {
	ID        string      `json:"id"`
	Number    string      `json:"number"`
	Title     string      `json:"title"`
	State     string      `json:"state"`
	Currency  string      `json:"currency"`
	Buyer     companyView `json:"buyer"`
	ClosesAt  time.Time   `json:"closes_at"`
	CreatedAt time.Time   `json:"created_at"`
	Lines     int         `json:"lines"`
	Sellers   int         `json:"sellers,omitempty"`
	Quotes    int         `json:"quotes,omitempty"`
	Invited   string      `json:"invitation,omitempty"`
}

func qty(q quantity.Quantity) qtyView { return qtyView{q.Value(), string(q.Unit)} }
func amount(m money.Money) amountView { return amountView{m.Decimal(), string(m.Currency)} }
func price(p money.Price) priceView   { return priceView{p.Decimal(), string(p.Currency), string(p.Per)} }

func company(o id.Org, c sourcing.Company) companyView {
	return companyView{o.String(), c.Name, c.NameLocal}
}

func viewOf(s sourcing.Seen) rfqView {
	r := s.RFQ
	v := rfqView{
		ID: r.ID.String(), Number: r.Number, Title: r.Title, Note: r.Note, State: string(r.State), Currency: string(r.Currency), Incoterm: r.Incoterm,
		ShipTo: r.ShipTo, ClosesAt: r.ClosesAt, CreatedAt: r.CreatedAt, PublishedAt: moment(r.PublishedAt), AwardedAt: moment(r.AwardedAt), EndNote: r.EndNote,
		Version: r.Version, Buyer: company(r.Buyer, s.Companies[r.Buyer]), Lines: make([]lineView, 0, len(r.Lines)), Files: make([]fileView, 0, len(r.Files)),
	}
	for _, l := range r.Lines {
		v.Lines = append(v.Lines, lineOf(l, s.Items[l.Item]))
	}
	for _, f := range r.Files {
		m := s.Files[f]
		v.Files = append(v.Files, fileView{f.String(), m.Name, m.MediaType, m.Size})
	}
	if s.As == sourcing.AsSeller {
		v.SellerSide = &sellerSide{State: string(r.Sellers[0].State)}
		if len(s.Quotes) > 0 {
			q := quoteOf(s.Quotes[0], s.Companies)
			v.SellerSide.Quote = &q
		}
		return v
	}
	v.BuyerSide = buyerSideOf(s)
	return v
}

func buyerSideOf(s sourcing.Seen) *buyerSide {
	b := &buyerSide{Sellers: make([]invitationView, 0, len(s.RFQ.Sellers)), Quotes: quotesOf(s.Quotes, s.Companies)}
	for _, i := range s.RFQ.Sellers {
		b.Sellers = append(b.Sellers, invitationView{company(i.Seller, s.Companies[i.Seller]), string(i.State), i.InvitedAt, i.Note})
	}
	if !s.Award.ID.IsZero() {
		b.Award = &awardView{Reason: s.Award.Reason, At: s.Award.At, Lines: make([]awardLineView, 0, len(s.Award.Lines))}
		for _, l := range s.Award.Lines {
			b.Award.Lines = append(b.Award.Lines, awardLineView{l.Line.String(), l.Quote.String(), qty(l.Qty), l.Order.String()})
		}
	}
	return b
}

func lineOf(l sourcing.Line, it sourcing.Item) lineView {
	v := lineView{ID: l.ID.String(), Position: l.Position, Item: l.Item.String(), SKU: it.SKU, Names: it.Names, Description: l.Description, Qty: qty(l.Qty)}
	if l.Target.Micro > 0 {
		p := price(l.Target)
		v.TargetPrice = &p
	}
	if !l.NeedBy.IsZero() {
		v.NeedBy = l.NeedBy.Format(time.DateOnly)
	}
	return v
}

func summaryOf(l sourcing.Summary, buyer sourcing.Company) summaryView {
	return summaryView{
		ID: l.RFQ.String(), Number: l.Number, Title: l.Title, State: string(l.State), Currency: string(l.Currency), Buyer: company(l.Buyer, buyer),
		ClosesAt: l.ClosesAt, CreatedAt: l.CreatedAt, Lines: l.Lines, Sellers: l.Sellers, Quotes: l.Quotes, Invited: string(l.Invitation),
	}
}

func moment(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
