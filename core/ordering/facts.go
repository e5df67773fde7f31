package ordering

import (
	"context"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
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

// dealing gathers who trades with whom in a group.
func (s *Service) dealing(ctx context.Context, c caller.Caller, g Group, orders []Order) (Dealing, error) {
	orgs := []id.Org{g.Buyer}
	for _, o := range orders {
		orgs = append(orgs, o.Seller)
	}
	person := c.Person
	if !c.Named() {
		person = id.Person{} // no limit of a person's binds the system
	}
	return s.Parties.Dealing(ctx, orgs, g.Buyer, person)
}

// placeFacts gathers what the law and the company's own rules look at. schedules gives
// the regulated class by SKU, where there is one.
func (s *Service) placeFacts(ctx context.Context, o Order, deal Dealing, schedules map[string]string) (placeFacts, error) {
	f := placeFacts{
		Object: o.ID.String(), Total: amountFacts{o.Total.Minor, string(o.Currency)}, Buyer: deal.Companies[o.Buyer],
		Member: memberFacts{LimitMinor: deal.Member.LimitMinor, Currency: string(o.Currency)},
	}
	for _, l := range o.Lines {
		f.Lines = append(f.Lines, lineFacts{Item: l.SKU, Name: l.Names["en"], Regulated: schedules[l.SKU], Seller: deal.Companies[o.Seller]})
	}
	var err error
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
