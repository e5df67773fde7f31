package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// placeFacts is the input of the policy kontor.ordering.place; its shape is the schema
// policies/schema/ordering.place.json. What is not known is null, never left out.
type placeFacts struct {
	Total  amountFacts  `json:"total"`
	Lines  []lineFacts  `json:"lines"`
	Buyer  Company      `json:"buyer"`
	Seller Company      `json:"seller"`
	Member *memberFacts `json:"member"`
	Budget *budgetFacts `json:"budget"`
}

type amountFacts struct {
	Minor    int64  `json:"minor"`
	Currency string `json:"currency"`
}

type lineFacts struct {
	Item      string `json:"item"`
	Regulated string `json:"regulated"`
}

// memberFacts: limit_minor null is no limit.
type memberFacts struct {
	LimitMinor *int64 `json:"limit_minor"`
	Currency   string `json:"currency"`
}

type budgetFacts struct {
	Code        string `json:"code"`
	AmountMinor int64  `json:"amount_minor"`
	SpentMinor  int64  `json:"spent_minor"`
}

func (s *Service) placeFacts(ctx context.Context, c caller.Caller, o Order, rules map[id.Offer]lineFacts, terms TradeTerms) (placeFacts, error) {
	f := placeFacts{Total: amountFacts{o.Total.Minor, string(o.Currency)}}
	for _, l := range o.Lines {
		lf, ok := rules[l.Offer]
		if !ok {
			lf = lineFacts{Item: l.SKU}
		}
		f.Lines = append(f.Lines, lf)
	}
	var err error
	if f.Buyer, err = s.Parties.Company(ctx, o.Buyer); err != nil {
		return f, err
	}
	if f.Seller, err = s.Parties.Company(ctx, o.Seller); err != nil {
		return f, err
	}
	if terms.Approvals {
		m, err := s.Parties.Member(ctx, o.Buyer, c.Person)
		if err != nil {
			return f, err
		}
		f.Member = &memberFacts{m.LimitMinor, string(m.Currency)}
	}
	if !o.CostCentre.IsZero() {
		if f.Budget, err = s.budgetFacts(ctx, o); err != nil {
			return f, err
		}
	}
	return f, nil
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
