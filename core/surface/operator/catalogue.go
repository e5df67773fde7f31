package operator

import (
	"context"
	"slices"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// cataloguePage is the reviewers' waiting room, and the rest of the catalogue behind it.
type cataloguePage struct {
	frame.Frame
	Rows  []consoles.ReviewRow
	State string
	Text  string
	Tabs  []theme.Tab
	Pager console.Pager
}

var itemStates = []string{"review", "draft", "published", "retired"}

func (p pages) catalogue(ctx context.Context, v *web.Visit) (web.Answer, error) {
	state := console.OneOf(v.Query("state"), itemStates...)
	if state == "" {
		state = "review"
	}
	list, counts, err := p.Reads.Items(ctx, state, v.Query("q"), console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &cataloguePage{Frame: p.screen(ctx, "catalogue", "nav.catalogue"), Rows: list.Items, State: state, Text: v.Query("q"), Pager: console.Pages(v, list.Next)}
	for _, s := range itemStates {
		page.Tabs = append(page.Tabs, theme.Tab{Text: console.State(w, "state.item.", s), URL: console.With(v, "state", s), Count: counts[s], Current: s == state})
	}
	return web.Render("operator/catalogue", page), nil
}

// itemPage is one item with what the rules say to its publication.
type itemPage struct {
	frame.Frame
	Item       catalog.Item
	Names      map[string]string
	About      map[string]string
	Category   map[string]string
	Seller     *parties.Org
	Specs      []spec
	Rule       []theme.WhyStep
	Reviewable bool
	Timeline   []theme.Event
	Reasons    []fault.Reason
}

type spec struct {
	Names             map[string]string
	Value, Type, Unit string
}

func (p pages) item(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.itemPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/item", page), nil
}

func (p pages) itemPage(ctx context.Context, v *web.Visit) (*itemPage, error) {
	var iid id.Item
	if err := console.ReadID(v.Path("id"), &iid, catalog.ErrItemNotFound); err != nil {
		return nil, err
	}
	it, err := p.Catalog.Item(ctx, iid)
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	page := &itemPage{Frame: p.thing(ctx, "catalogue", "/operator/catalogue", w.Name(map[string]string(it.Names))), Item: it, Names: map[string]string(it.Names), About: map[string]string(it.Descriptions), Reviewable: it.State == catalog.Review || it.State == catalog.Draft}
	shelf, err := p.Catalog.Shelf(ctx)
	if err != nil {
		return nil, err
	}
	if c, ok := shelf.Tree.ByID(it.Category); ok {
		page.Category = map[string]string(c.Names)
	}
	for _, a := range shelf.Ordered {
		if value := it.Attributes[a.Key]; value != "" {
			page.Specs = append(page.Specs, spec{map[string]string(a.Names), value, string(a.Type), a.Unit})
		}
	}
	if !it.Seller.IsZero() {
		orgs, err := p.Parties.Companies(ctx, []id.Org{it.Seller})
		if err != nil {
			return nil, err
		}
		o := orgs[it.Seller]
		page.Seller = &o
	}
	news, err := p.Reads.Timeline(ctx, event.Subject{Kind: "item", ID: iid.String()}, false)
	if err != nil {
		return nil, err
	}
	page.Timeline = console.Timeline(w, news)
	return page, p.publication(ctx, v, page)
}

// publication asks the rules what they would say to publishing the item now.
func (p pages) publication(ctx context.Context, v *web.Visit, page *itemPage) error {
	if !page.Reviewable {
		return nil
	}
	facts, err := p.Catalog.PublishFacts(ctx, page.Item)
	if err != nil {
		return err
	}
	e, err := p.Gate.Explain(ctx, v.Caller(), catalog.ActionItemPublish, facts)
	page.Rule = rules(p.words(v), e)
	return err
}

func (p pages) decideItem(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.itemPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	do, say := p.Catalog.PublishItem, "operator.item_published"
	switch v.Form().Get("decision") {
	case "back":
		do, say = p.Catalog.SendBackItem, "operator.item_sent_back"
	case "retire":
		do, say = p.Catalog.RetireItem, "operator.item_retired"
	}
	if _, err := do(ctx, page.Item.ID); err != nil {
		page.Reasons = slices.Clone(fault.From(err).Reasons)
		return web.Again("operator/item", page, err)
	}
	return web.Redirect("/operator/catalogue").Flash(say, "sku", page.Item.SKU), nil
}
