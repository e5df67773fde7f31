package aftersales

import (
	"context"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// Needs is what the service is made of.
type Needs struct {
	Unit    work.Unit
	Store   Store
	Gate    policy.Gate
	Events  event.Log
	Now     clock.Now
	Orders  Orders
	Numbers Numbers
}

// Service is aftersales' use cases.
type Service struct{ n Needs }

// New puts the service together.
func New(n Needs) *Service { return &Service{n} }

// may says whether the caller has to do with the claim at all.
func may(c caller.Caller, cl Claim) bool {
	if c.Org.IsZero() {
		return c.Has(caller.RoleOperator) || c.Kind == caller.System
	}
	return c.Org == cl.Buyer || c.Org == cl.Seller
}

// Claim is one claim, to its parties and the operator.
func (s *Service) Claim(ctx context.Context, claim id.Claim) (Claim, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Claim{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Claim{}, err
	}
	cl, err := s.n.Store.Claim(ctx, claim)
	if err != nil {
		return Claim{}, err
	}
	if !may(c, cl) {
		return Claim{}, ErrNotFound
	}
	return cl, nil
}

// OfOrder is every claim of an order, oldest first.
func (s *Service) OfOrder(ctx context.Context, order id.Order) ([]Claim, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return nil, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	o, err := s.n.Orders.Order(ctx, order, false)
	if err != nil {
		return nil, err
	}
	if !may(c, Claim{Buyer: o.Buyer, Seller: o.Seller}) {
		return nil, ErrOrderNotFound
	}
	return s.n.Store.OfOrder(ctx, order)
}

// List is the caller's claims, newest first: made, or answered, as his role has it.
func (s *Service) List(ctx context.Context, asSeller bool, state State, p page.Request) (page.List[Claim], error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return page.List[Claim]{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return page.List[Claim]{}, err
	}
	f := Filter{State: state}
	switch {
	case c.Org.IsZero() && !c.Has(caller.RoleOperator) && c.Kind != caller.System:
		return page.List[Claim]{Items: []Claim{}}, nil
	case asSeller:
		f.Seller = c.Org
	default:
		f.Buyer = c.Org
	}
	list, err := s.n.Store.List(ctx, f, p)
	if err != nil {
		return list, fmt.Errorf("list claims: %w", err)
	}
	return list, nil
}

// Undecided counts the claims that an order's escrow has to wait for.
func (s *Service) Undecided(ctx context.Context, order id.Order) (int, error) {
	claims, err := s.n.Store.OfOrder(ctx, order)
	if err != nil {
		return 0, err
	}
	n := 0
	for _, c := range claims {
		if c.Undecided() {
			n++
		}
	}
	return n, nil
}

func parties(o Order, c Claim) event.ClaimParties {
	return event.ClaimParties{
		Order: o.ID.String(), OrderNumber: o.Number, Buyer: c.Buyer.String(), Seller: c.Seller.String(),
		Claim: c.ID.String(), ClaimNumber: c.Number, Kind: string(c.Kind), Amount: c.Amount,
	}
}

// facts is what the compliance rules of claims are told.
type facts struct {
	Order  string `json:"order"`
	Kind   string `json:"kind"`
	State  string `json:"state"`
	Minor  int64  `json:"amount_minor"`
	Ccy    string `json:"currency"`
	Buyer  string `json:"buyer"`
	Seller string `json:"seller"`
}

func factsOf(c Claim) facts {
	return facts{c.Order.String(), string(c.Kind), string(c.State), c.Amount.Minor, string(c.Amount.Currency), c.Buyer.String(), c.Seller.String()}
}
