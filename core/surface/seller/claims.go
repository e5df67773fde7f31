package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// claimsPage is the list of claims on the seller's deliveries.
type claimsPage struct {
	frame.Frame
	Rows  []aftersales.Claim
	Names map[id.Org]parties.Org
	Tabs  []theme.Tab
	Pager console.Pager
}

var claimStates = []string{"", "open", "contested", "accepted", "rejected", "withdrawn"}

func (p pages) claims(ctx context.Context, v *web.Visit) (web.Answer, error) {
	state := console.OneOf(v.Query("state"), claimStates...)
	list, err := p.Aftersales.List(ctx, true, aftersales.State(state), console.Ask(v, 30))
	if err != nil {
		return web.Answer{}, err
	}
	var orgs []id.Org
	for _, c := range list.Items {
		orgs = append(orgs, c.Buyer)
	}
	names, err := p.Parties.Companies(ctx, orgs)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/claims", &claimsPage{
		Frame: p.screen(ctx, "claims", "nav.claims"), Rows: list.Items, Names: names,
		Tabs: console.Tabs(v, p.words(v), "state", "state.claim.", nil, claimStates...), Pager: console.Pages(v, list.Next),
	}), nil
}

// claimPage is one claim with the line it is about, and the two answers.
type claimPage struct {
	frame.Frame
	Claim aftersales.Claim
	Order ordering.Order
	Line  ordering.Line
	Buyer parties.Org
}

func (p pages) claim(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.claimPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("seller/claim", page), nil
}

func (p pages) claimPage(ctx context.Context, v *web.Visit) (*claimPage, error) {
	var cid id.Claim
	if err := console.ReadID(v.Path("id"), &cid, aftersales.ErrNotFound); err != nil {
		return nil, err
	}
	c, err := p.Aftersales.Claim(ctx, cid)
	if err == nil && c.Seller != v.Caller().Org {
		err = aftersales.ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	page := &claimPage{Frame: p.thing(ctx, "claims", "nav.claims", "/seller/claims", c.Number), Claim: c}
	if page.Order, err = p.Ordering.Order(ctx, c.Order); err != nil {
		return nil, err
	}
	for _, l := range page.Order.Lines {
		if l.ID == c.Line {
			page.Line = l
		}
	}
	orgs, err := p.Parties.Companies(ctx, []id.Org{c.Buyer})
	page.Buyer = orgs[c.Buyer]
	return page, err
}

func (p pages) answerClaim(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.claimPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	answer, say := p.Aftersales.Reject, "seller.claim_refused"
	if v.Form().Get("decision") == "accept" {
		answer, say = p.Aftersales.Accept, "seller.claim_accepted"
	}
	if _, err := answer(ctx, page.Claim.ID, v.Form().Get("answer")); err != nil {
		return web.Again("seller/claim", page, err)
	}
	return web.Redirect("/seller/claims/"+page.Claim.ID.String()).Flash(say, "number", page.Claim.Number), nil
}
