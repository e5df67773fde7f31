package sourcinghttp

import (
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/sourcing"
)

type byRFQ struct {
	ID id.RFQ `path:"id"`
}

type byQuote struct {
	ID id.Quote `path:"id"`
}

type listInput struct {
	As    string `query:"as" enum:"buyer,seller" doc:"Which side to list; by default the one of your role."`
	State string `query:"state" enum:"draft,published,evaluating,awarded,cancelled,expired"`
	After string `query:"after"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

// Quantities, prices and days are text: exact, and all that is wrong with them is
// reported together.
type lineInput struct {
	Item        id.Item  `json:"item,omitempty" doc:"A catalogue item; or describe the goods in words."`
	Description string   `json:"description,omitempty"`
	Qty         qtyInput `json:"qty"`
	TargetPrice string   `json:"target_price,omitempty" doc:"Per unit, in the request's currency."`
	NeedBy      string   `json:"need_by,omitempty" doc:"A day, 2026-12-31."`
}

type qtyInput struct {
	Value string `json:"value"`
	Unit  string `json:"unit,omitempty" doc:"UN/ECE Rec 20, for example H87, KGM, TNE."`
}

type draftInput struct {
	Body struct {
		Title    string           `json:"title"`
		Note     string           `json:"note,omitempty"`
		Currency string           `json:"currency"`
		Incoterm string           `json:"incoterm,omitempty"`
		ShipTo   sourcing.Address `json:"ship_to,omitempty"`
		ClosesAt time.Time        `json:"closes_at"`
		Lines    []lineInput      `json:"lines,omitempty"`
		Sellers  []id.Org         `json:"sellers,omitempty"`
		Files    []id.Blob        `json:"files,omitempty"`
	}
}

func (in *draftInput) input() sourcing.DraftInput {
	b := in.Body
	return sourcing.DraftInput{
		Title: b.Title, Note: b.Note, Currency: b.Currency, Incoterm: b.Incoterm, ShipTo: b.ShipTo,
		ClosesAt: b.ClosesAt, Lines: linesOf(b.Lines), Sellers: b.Sellers, Files: b.Files,
	}
}

func linesOf(in []lineInput) []sourcing.LineInput {
	out := make([]sourcing.LineInput, len(in))
	for i, l := range in {
		out[i] = sourcing.LineInput{Item: l.Item, Description: l.Description, Qty: l.Qty.Value, Unit: l.Qty.Unit, Target: l.TargetPrice, NeedBy: l.NeedBy}
	}
	return out
}

type editInput struct {
	ID   id.RFQ `path:"id"`
	Body struct {
		Version  int64             `json:"version" doc:"The version that was shown; a newer one is a conflict."`
		Title    *string           `json:"title,omitempty"`
		Note     *string           `json:"note,omitempty"`
		Currency *string           `json:"currency,omitempty"`
		Incoterm *string           `json:"incoterm,omitempty"`
		ShipTo   *sourcing.Address `json:"ship_to,omitempty"`
		ClosesAt *time.Time        `json:"closes_at,omitempty"`
		Lines    *[]lineInput      `json:"lines,omitempty"`
		Sellers  *[]id.Org         `json:"sellers,omitempty"`
		Files    *[]id.Blob        `json:"files,omitempty"`
	}
}

func (in *editInput) changes() sourcing.Changes {
	b := in.Body
	ch := sourcing.Changes{
		Version: b.Version, Title: b.Title, Note: b.Note, Currency: b.Currency, Incoterm: b.Incoterm, ShipTo: b.ShipTo,
		ClosesAt: b.ClosesAt, Sellers: b.Sellers, Files: b.Files,
	}
	if b.Lines != nil {
		lines := linesOf(*b.Lines)
		ch.Lines = &lines
	}
	return ch
}

type reasonInput struct {
	ID   id.RFQ `path:"id"`
	Body struct {
		Reason string `json:"reason"`
	}
}

type noteInput struct {
	ID   id.RFQ `path:"id"`
	Body struct {
		Note string `json:"note,omitempty"`
	}
}

type quoteLineInput struct {
	Line      id.RFQLine `json:"line"`
	Qty       qtyInput   `json:"qty,omitempty" doc:"What you can deliver; all that is asked for when left out."`
	Price     string     `json:"price" doc:"Per price_unit, in the request's currency."`
	PriceUnit string     `json:"price_unit,omitempty" doc:"The request's unit when left out."`
	Basis     string     `json:"basis,omitempty" doc:"piece, theoretical or weighed: whose weight counts for a price by weight."`
	LeadDays  int        `json:"lead_days"`
	Offer     id.Offer   `json:"offer,omitempty" doc:"Your offer that delivers it, if any."`
}

type quoteInput struct {
	ID   id.RFQ `path:"id"`
	Body struct {
		Lines       []quoteLineInput `json:"lines"`
		Freight     string           `json:"freight,omitempty"`
		TaxRate     string           `json:"tax_rate,omitempty" doc:"0.13 is thirteen per cent, on goods and freight."`
		PaymentDays int              `json:"payment_days,omitempty"`
		Note        string           `json:"note,omitempty"`
		ValidUntil  time.Time        `json:"valid_until"`
	}
}

func (in *quoteInput) input() sourcing.QuoteInput {
	b := in.Body
	q := sourcing.QuoteInput{Freight: b.Freight, TaxRate: b.TaxRate, PaymentDays: b.PaymentDays, Note: b.Note, ValidUntil: b.ValidUntil}
	for _, l := range b.Lines {
		q.Lines = append(q.Lines, sourcing.QuoteLineInput{
			Line: l.Line, Qty: l.Qty.Value, Unit: l.Qty.Unit, Price: l.Price, PriceUnit: l.PriceUnit,
			Basis: l.Basis, LeadDays: l.LeadDays, Offer: l.Offer,
		})
	}
	return q
}

type awardInput struct {
	ID   id.RFQ `path:"id"`
	Body struct {
		Lines  []awardLineInput `json:"lines"`
		Reason string           `json:"reason,omitempty" doc:"Required when a lower landed cost was passed over."`
	}
}

type awardLineInput struct {
	Line  id.RFQLine `json:"line"`
	Quote id.Quote   `json:"quote"`
	Qty   string     `json:"qty,omitempty" doc:"In the unit asked for; all that the quote offers when left out."`
}

func (in *awardInput) input() sourcing.AwardInput {
	a := sourcing.AwardInput{Reason: in.Body.Reason}
	for _, l := range in.Body.Lines {
		a.Lines = append(a.Lines, sourcing.AwardLineInput{Line: l.Line, Quote: l.Quote, Qty: l.Qty})
	}
	return a
}
