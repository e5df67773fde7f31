package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
)

// placeFacts is the input of the policy kontor.ordering.place; its shape is the schema
// policies/schema/ordering_place.json. What is not known is null, never left out.
type placeFacts struct {
	Object string       `json:"object"`
	Total  amountFacts  `json:"total"`
	Lines  []lineFacts  `json:"lines"`
	Buyer  Company      `json:"buyer"`
	Member memberFacts  `json:"member"`
	Budget *budgetFacts `json:"budget,omitempty"`
}

type amountFacts struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

type lineFacts struct {
	Item      string  `json:"item"`
	Name      string  `json:"name"`
	Regulated string  `json:"regulated"`
	Seller    Company `json:"seller"`
}

// memberFacts: limit_minor null is no limit.
type memberFacts struct {
	LimitMinor *int64 `json:"limit_minor"`
	Currency   string `json:"currency"`
}

// budgetFacts is the order's cost centre: what it may spend and has spent in its period.
type budgetFacts struct {
	Code        string `json:"code"`
	AmountMinor int64  `json:"amount_minor"`
	SpentMinor  int64  `json:"spent_minor"`
}

// placeFacts gathers what the law and the company's own rules look at. schedules gives
// the regulated class by SKU, where there is one.
func (s *Service) placeFacts(ctx context.Context, c caller.Caller, o Order, schedules map[string]string) (placeFacts, error) {
	f := placeFacts{Object: o.ID.String(), Total: amountFacts{o.Total.Minor, string(o.Currency)}, Member: memberFacts{Currency: string(o.Currency)}}
	var err error
	if f.Buyer, err = s.Parties.Company(ctx, o.Buyer); err != nil {
		return f, err
	}
	seller, err := s.Parties.Company(ctx, o.Seller)
	if err != nil {
		return f, err
	}
	for _, l := range o.Lines {
		f.Lines = append(f.Lines, lineFacts{Item: l.SKU, Name: l.Names["en"], Regulated: schedules[l.SKU], Seller: seller})
	}
	if c.Kind == caller.Person {
		m, err := s.Parties.Member(ctx, o.Buyer, c.Person)
		if err != nil {
			return f, err
		}
		f.Member.LimitMinor = m.LimitMinor
	}
	if !o.CostCentre.IsZero() {
		f.Budget, err = s.budgetFacts(ctx, o)
	}
	return f, err
}

func (s *Service) budgetFacts(ctx context.Context, o Order) (*budgetFacts, error) {
	b, err := s.Parties.CostCentre(ctx, o.Buyer, o.CostCentre)
	if err != nil {
		return nil, err
	}
	spent, err := s.Store.Spent(ctx, o.CostCentre)
	if err != nil {
		return nil, err
	}
	return &budgetFacts{Code: b.Code, AmountMinor: b.Amount.Minor, SpentMinor: spent}, nil
}
