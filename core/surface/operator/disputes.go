package operator

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

// disputesPage is the list of claims, those that seller and buyer cannot agree on first.
type disputesPage struct {
	frame.Frame
	Rows  []aftersales.Claim
	Names map[id.Org]parties.Org
	Tabs  []theme.Tab
	Pager console.Pager
}

var claimStates = []string{"contested", "open", "accepted", "rejected", "withdrawn"}

func (p pages) disputes(ctx context.Context, v *web.Visit) (web.Answer, error) {
	state := console.OneOf(v.Query("state"), claimStates...)
	if state == "" {
		state = "contested"
	}
	list, err := p.Aftersales.List(ctx, false, aftersales.State(state), console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	var orgs []id.Org
	for _, c := range list.Items {
		orgs = append(orgs, c.Buyer, c.Seller)
	}
	names, err := p.Parties.Companies(ctx, orgs)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &disputesPage{Frame: p.screen(ctx, "disputes", "nav.disputes"), Rows: list.Items, Names: names, Pager: console.Pages(v, list.Next)}
	for _, s := range claimStates {
		page.Tabs = append(page.Tabs, theme.Tab{Text: console.State(w, "state.claim.", s), URL: console.With(v, "state", s), Current: s == state})
	}
	return web.Render("operator/disputes", page), nil
}

// disputePage is one claim with both sides' words.
type disputePage struct {
	frame.Frame
	Claim  aftersales.Claim
	Order  ordering.Order
	Line   ordering.Line
	Buyer  parties.Org
	Seller parties.Org
}

func (p pages) dispute(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.disputePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/dispute", page), nil
}

func (p pages) disputePage(ctx context.Context, v *web.Visit) (*disputePage, error) {
	var cid id.Claim
	if err := console.ReadID(v.Path("id"), &cid, aftersales.ErrNotFound); err != nil {
		return nil, err
	}
	c, err := p.Aftersales.Claim(ctx, cid)
	if err != nil {
		return nil, err
	}
	page := &disputePage{Frame: p.thing(ctx, "disputes", "/operator/disputes", c.Number), Claim: c}
	if page.Order, err = p.Ordering.Order(ctx, c.Order); err != nil {
		return nil, err
	}
	for _, l := range page.Order.Lines {
		if l.ID == c.Line {
			page.Line = l
		}
	}
	orgs, err := p.Parties.Companies(ctx, []id.Org{c.Buyer, c.Seller})
	page.Buyer, page.Seller = orgs[c.Buyer], orgs[c.Seller]
	return page, err
}

func (p pages) decideDispute(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.disputePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	decide := p.Aftersales.Reject
	if v.Form().Get("decision") == "buyer" {
		decide = p.Aftersales.Accept
	}
	if _, err := decide(ctx, page.Claim.ID, v.Form().Get("answer")); err != nil {
		return web.Again("operator/dispute", page, err)
	}
	return web.Redirect("/operator/disputes/"+page.Claim.ID.String()).Flash("operator.dispute_decided", "number", page.Claim.Number), nil
}
