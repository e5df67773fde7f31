package sourcing

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
)

// Audience is who is looking; it decides what there is to see.
type Audience string

// The audiences of a request.
const (
	AsBuyer    Audience = "buyer"
	AsSeller   Audience = "seller"
	AsOperator Audience = "operator"
)

// Seen is a request as one audience may see it. A seller's holds his own invitation and
// no other, and the name of the buyer alone.
type Seen struct {
	RFQ       RFQ
	As        Audience
	Companies map[id.Org]Company
	Files     map[id.Blob]File
	Items     map[id.Item]Item
	Quotes    []Quote // newest live or decided version per seller; a seller's own only
	Award     Award   // the buyer's decision; zero for sellers
}

// Summary is a line of a list.
type Summary struct {
	RFQ        id.RFQ
	Number     string
	Title      string
	Buyer      id.Org
	Currency   money.Currency
	State      State
	ClosesAt   time.Time
	CreatedAt  time.Time
	Lines      int
	Sellers    int             // asked; 0 for sellers
	Quotes     int             // received; 0 for sellers
	Invitation InvitationState // the seller's own
}

// Listing chooses what a list shows.
type Listing struct {
	As    Audience
	Org   id.Org
	State State // empty for all
}

// View is the request with what belongs on its page. The first look of an invited
// seller is noted: buyers ask "have they even seen it".
func (s *Service) View(ctx context.Context, rfq id.RFQ) (Seen, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return Seen{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Seen{}, err
	}
	r, err := s.n.Store.RFQ(ctx, rfq)
	if err != nil {
		return Seen{}, fmt.Errorf("view rfq %s: %w", rfq, err)
	}
	seen, err := r.seenBy(c)
	if err != nil {
		return Seen{}, err
	}
	if seen.As == AsSeller && seen.RFQ.Sellers[0].State == Invited {
		if err := s.markViewed(ctx, &seen.RFQ); err != nil {
			return Seen{}, fmt.Errorf("view rfq %s: %w", rfq, err)
		}
	}
	return seen, s.dress(ctx, &seen)
}

// seenBy cuts a request down to what the caller may see of it, or says there is none.
func (r RFQ) seenBy(c caller.Caller) (Seen, error) {
	if !c.Org.IsZero() && c.Org == r.Buyer {
		return Seen{RFQ: r, As: AsBuyer}, nil
	}
	v, ok := r.Invitation(c.Org)
	if ok && !c.Org.IsZero() && r.Number != "" {
		r.Sellers = []Invitation{v}
		r.ShipTo.Contact, r.ShipTo.Phone = "", "" // people are named when there is an order
		return Seen{RFQ: r, As: AsSeller}, nil
	}
	if c.Org.IsZero() && c.Has(caller.RoleOperator) && r.State != Draft {
		return Seen{RFQ: r, As: AsOperator}, nil
	}
	return Seen{}, ErrNotFound
}

func (s *Service) markViewed(ctx context.Context, r *RFQ) error {
	return s.n.Unit.Do(ctx, func(ctx context.Context) error {
		_, v, c, err := s.asked(ctx, r.ID)
		if err != nil || v.State != Invited {
			return err
		}
		v.State = Viewed
		r.Sellers[0] = v
		if err := s.n.Store.SaveInvitation(ctx, r.ID, v); err != nil {
			return err
		}
		return s.n.Events.Append(ctx, event.RFQViewed{RFQ: r.ID.String(), Seller: c.Org.String()})
	})
}

// dress adds names, files and quotes.
func (s *Service) dress(ctx context.Context, seen *Seen) error {
	r := seen.RFQ
	orgs := []id.Org{r.Buyer}
	for _, v := range r.Sellers {
		orgs = append(orgs, v.Seller)
	}
	var err error
	if seen.Companies, err = s.n.Companies.Companies(ctx, orgs); err != nil {
		return err
	}
	if seen.Files, err = s.n.Files.Owned(ctx, r.Buyer, r.Files); err != nil {
		return err
	}
	if seen.Items, err = s.n.Catalog.Items(ctx, r.items()); err != nil {
		return err
	}
	quotes, err := s.quotesFor(ctx, *seen)
	if err != nil {
		return err
	}
	seen.Quotes = newest(quotes)
	if seen.As != AsSeller && r.State == Awarded {
		seen.Award, err = s.n.Store.Award(ctx, r.ID)
	}
	return err
}

// newest keeps the latest version per seller; quotes come newest first.
func newest(quotes []Quote) []Quote {
	var out []Quote
	had := map[id.Org]bool{}
	for _, q := range quotes {
		if !had[q.Seller] {
			had[q.Seller] = true
			out = append(out, q)
		}
	}
	return out
}

// Quotes is every version of the quotes that the caller may see: the buyer all, a
// seller his own.
func (s *Service) Quotes(ctx context.Context, rfq id.RFQ) (Seen, []Quote, error) {
	if err := s.n.Gate.Allow(ctx, ActionReadQuote, nil); err != nil {
		return Seen{}, nil, err
	}
	seen, err := s.View(ctx, rfq)
	if err != nil {
		return Seen{}, nil, err
	}
	quotes, err := s.quotesFor(ctx, seen)
	return seen, quotes, err
}

// quotesFor keeps the seal: to a seller his own alone, to the operator none before the
// award, who could otherwise tell one bidder of another.
func (s *Service) quotesFor(ctx context.Context, seen Seen) ([]Quote, error) {
	switch {
	case seen.As == AsSeller:
		return s.n.Store.Quotes(ctx, seen.RFQ.ID, seen.RFQ.Sellers[0].Seller)
	case seen.As == AsOperator && seen.RFQ.State != Awarded:
		return nil, nil
	}
	return s.n.Store.Quotes(ctx, seen.RFQ.ID, id.Org{})
}

// List is the caller's requests, newest first: what his company asks for, or what it
// was asked for, as the listing says.
func (s *Service) List(ctx context.Context, which Listing, p page.Request) (page.List[Summary], map[id.Org]Company, error) {
	if err := s.n.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return page.List[Summary]{}, nil, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return page.List[Summary]{}, nil, err
	}
	which.Org, which.As = c.Org, audienceOf(c, which.As)
	if which.As == "" {
		return page.List[Summary]{Items: []Summary{}}, nil, nil
	}
	list, err := s.n.Store.List(ctx, which, p)
	if err != nil {
		return list, nil, fmt.Errorf("list rfqs: %w", err)
	}
	var orgs []id.Org
	for _, l := range list.Items {
		orgs = append(orgs, l.Buyer)
	}
	names, err := s.n.Companies.Companies(ctx, orgs)
	return list, names, err
}

// audienceOf is how the caller lists: as he wishes if he may, else by his role.
func audienceOf(c caller.Caller, wish Audience) Audience {
	switch {
	case c.Org.IsZero() && c.Has(caller.RoleOperator):
		return AsOperator
	case c.Org.IsZero():
		return ""
	case wish == AsBuyer || wish == AsSeller:
		return wish
	case c.Has(caller.RoleSeller) && !c.Has(caller.RoleBuyer) && !c.Has(caller.RoleApprover):
		return AsSeller
	}
	return AsBuyer
}
