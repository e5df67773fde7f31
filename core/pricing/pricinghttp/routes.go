// Package pricinghttp is pricing's API: a seller's price lists, the explanation of a
// price, and the price board.
package pricinghttp

import (
	"context"
	"net/http"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
)

// Routes is pricing's API.
func Routes(s *pricing.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Pricing")
	return []web.Route{
		web.Get("/offers/{id}/prices", pricing.ActionPriceRead, h.prices, tag, web.Public(), web.Summary("The tiers in force of an offer, for the caller's company")),
		web.Put("/offers/{id}/prices", pricing.ActionPriceWrite, h.replace, tag, web.Summary("Replace an offer's public price list, or one company's contract")),
		web.Get("/offers/{id}/prices/explanation", pricing.ActionPriceRead, h.explain, tag, web.Public(), web.Summary("Which price applies to a quantity, and why not the others")),
		web.Get("/price-board", pricing.ActionIndexRead, h.board, tag, web.Public(), web.CachePublic("prices"), web.Summary("Closing prices of the last days")),
		web.Post("/price-board", pricing.ActionIndexWrite, h.write, tag, web.Summary("Add closing prices"), web.Status(http.StatusCreated)),
	}
}

type handlers struct{ s *pricing.Service }

type byOffer struct {
	ID id.Offer `path:"id"`
}

// Price is one tier as the API shows it.
type Price struct {
	ID        id.Price          `json:"id"`
	Source    string            `json:"source" doc:"contract or public"`
	Min       quantity.Quantity `json:"min_quantity"`
	Price     money.Price       `json:"price"`
	ValidFrom time.Time         `json:"valid_from"`
	ValidTo   *time.Time        `json:"valid_to,omitempty"`
}

func view(p pricing.Price) Price {
	v := Price{ID: p.ID, Source: p.Source(), Min: quantity.Quantity{Micro: p.MinMicro, Unit: p.Unit}, Price: p.Money(), ValidFrom: p.ValidFrom}
	if !p.ValidTo.IsZero() {
		v.ValidTo = &p.ValidTo
	}
	return v
}

type pricesView struct {
	Items []Price `json:"items"`
}

func viewAll(ps []pricing.Price) pricesView {
	v := pricesView{[]Price{}}
	for _, p := range ps {
		v.Items = append(v.Items, view(p))
	}
	return v
}

func (h handlers) prices(ctx context.Context, in *byOffer) (pricesView, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return pricesView{}, err
	}
	ps, err := h.s.Resolve(ctx, who.Org, []id.Offer{in.ID})
	return viewAll(ps[in.ID]), err
}

type tierBody struct {
	Min       string     `json:"min_quantity" maxLength:"20" doc:"from this quantity on, in the price's unit"`
	Amount    string     `json:"amount" maxLength:"24"`
	Currency  string     `json:"currency" maxLength:"3"`
	Per       string     `json:"per" maxLength:"8" doc:"UN/ECE Rec 20 code"`
	ValidFrom *time.Time `json:"valid_from,omitempty"`
	ValidTo   *time.Time `json:"valid_to,omitempty"`
}

func (b tierBody) price() (pricing.Price, error) {
	u, err := quantity.ParseUnit(b.Per)
	if err != nil {
		return pricing.Price{}, err
	}
	m, err := money.ParsePrice(b.Amount, money.Currency(b.Currency), u)
	if err != nil {
		return pricing.Price{}, err
	}
	p := pricing.Price{Unit: u, Micro: m.Micro, Currency: m.Currency}
	if b.ValidFrom != nil {
		p.ValidFrom = *b.ValidFrom
	}
	if b.ValidTo != nil {
		p.ValidTo = *b.ValidTo
	}
	p.MinMicro, err = quantity.ParseMicro(b.Min)
	return p, err
}

type replace struct {
	ID   id.Offer `path:"id"`
	Body struct {
		Buyer id.Org     `json:"buyer_id,omitempty" doc:"whose contract it is; left out is everybody"`
		Tiers []tierBody `json:"tiers" maxItems:"100"`
	}
}

func (h handlers) replace(ctx context.Context, in *replace) (pricesView, error) {
	var ps []pricing.Price
	for _, t := range in.Body.Tiers {
		p, err := t.price()
		if err != nil {
			return pricesView{}, err
		}
		ps = append(ps, p)
	}
	out, err := h.s.ReplacePrices(ctx, in.ID, in.Body.Buyer, ps)
	return viewAll(out), err
}

type explain struct {
	ID       id.Offer `path:"id"`
	Quantity string   `query:"quantity" required:"true" maxLength:"20"`
	Unit     string   `query:"unit" required:"true" maxLength:"8"`
}

type candidateView struct {
	Price
	Chosen bool   `json:"chosen"`
	Reason string `json:"reason"`
}

type explanation struct {
	Candidates []candidateView `json:"candidates"`
}

func (h handlers) explain(ctx context.Context, in *explain) (explanation, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return explanation{}, err
	}
	q, err := quantity.Parse(in.Quantity, in.Unit)
	if err != nil {
		return explanation{}, err
	}
	cs, err := h.s.Explain(ctx, who.Org, in.ID, q)
	v := explanation{[]candidateView{}}
	for _, c := range cs {
		v.Candidates = append(v.Candidates, candidateView{view(c.Price), c.Chosen, c.Reason})
	}
	return v, err
}

type board struct {
	Days int `query:"days" minimum:"1" maximum:"400" default:"30"`
}

type closing struct {
	Key    string      `json:"key" maxLength:"80"`
	Day    string      `json:"day" maxLength:"10" doc:"2006-01-02"`
	Price  money.Price `json:"price"`
	Source string      `json:"source" maxLength:"120"`
}

type boardView struct {
	Items []closing `json:"items"`
}

func (h handlers) board(ctx context.Context, in *board) (boardView, error) {
	is, err := h.s.Indices(ctx, in.Days)
	v := boardView{[]closing{}}
	for _, i := range is {
		v.Items = append(v.Items, closing{i.Key, i.Day.Format(time.DateOnly), money.Price{Micro: i.Micro, Currency: i.Currency, Per: i.Unit}, i.Source})
	}
	return v, err
}

func (h handlers) write(ctx context.Context, in *struct {
	Body struct {
		Items []closing `json:"items" minItems:"1" maxItems:"1000"`
	}
},
) (boardView, error) {
	var is []pricing.Index
	for _, c := range in.Body.Items {
		day, err := time.Parse(time.DateOnly, c.Day)
		if err != nil {
			return boardView{}, pricing.ErrIndexInvalid.Because(err)
		}
		is = append(is, pricing.Index{Key: c.Key, Day: day, Micro: c.Price.Micro, Currency: c.Price.Currency, Unit: c.Price.Per, Source: c.Source})
	}
	return boardView{in.Body.Items}, h.s.WriteIndices(ctx, is)
}
