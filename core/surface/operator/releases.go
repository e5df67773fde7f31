package operator

import (
	"context"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/payments"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// releasesPage is the list of releases, those that wait for a second person first.
type releasesPage struct {
	frame.Frame
	Rows  []consoles.ReleaseRow
	Tabs  []theme.Tab
	Pager console.Pager
}

var releaseStates = []string{"requested", "approved", "done", "refused"}

func (p pages) releases(ctx context.Context, v *web.Visit) (web.Answer, error) {
	state := console.OneOf(v.Query("state"), releaseStates...)
	if state == "" {
		state = "requested"
	}
	list, counts, err := p.Reads.Releases(ctx, state, console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &releasesPage{Frame: p.screen(ctx, "releases", "nav.releases"), Rows: list.Items, Pager: console.Pages(v, list.Next)}
	for _, s := range releaseStates {
		page.Tabs = append(page.Tabs, theme.Tab{Text: console.State(w, "state.release.", s), URL: console.With(v, "state", s), Count: counts[s], Current: s == state})
	}
	return web.Render("operator/releases", page), nil
}

// releasePage is one release: the facts, the rule, two buttons.
type releasePage struct {
	frame.Frame
	R     consoles.ReleaseRow
	Asker string
	Rule  []theme.WhyStep
	Own   bool // who asked is who looks
}

func (p pages) release(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.releasePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/release", page), nil
}

func (p pages) releasePage(ctx context.Context, v *web.Visit) (*releasePage, error) {
	var rid id.Release
	if err := console.ReadID(v.Path("id"), &rid, payments.ErrRelease); err != nil {
		return nil, err
	}
	r, found, err := p.Reads.Release(ctx, rid)
	if err == nil && !found {
		err = payments.ErrRelease
	}
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	page := &releasePage{Frame: p.thing(ctx, "releases", "/operator/releases", r.Number), R: r, Asker: console.Actor(w, r.RequestedBy, r.Asker), Own: r.RequestedBy == v.Caller().Subject()}
	page.Rule, err = p.releaseRule(ctx, v, r)
	return page, err
}

// releaseRule asks the rules about the release as it stands.
func (p pages) releaseRule(ctx context.Context, v *web.Visit, r consoles.ReleaseRow) ([]theme.WhyStep, error) {
	agreed := []string{}
	if r.ApprovedBy != "" {
		agreed = append(agreed, r.ApprovedBy)
	}
	e, err := p.Gate.Explain(ctx, v.Caller(), payments.ActionRelease, map[string]any{
		"object": r.Order.String(), "requested_by": r.RequestedBy, "approved_by": agreed, "open_claims": r.Claims,
		"amount": map[string]any{"minor": r.Held, "currency": string(r.Currency)},
	})
	return rules(p.words(v), e), err
}

// decideRelease is the second person's word. The bank is asked, so the route is phased.
func (p pages) decideRelease(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.releasePage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	f := v.Form()
	yes := f.Get("decision") == "approve"
	if !yes && f.Get("reason") == "" {
		return web.Again("operator/release", page, ordering.ErrNote.At(fault.Field{Path: "reason", Reason: "required"}))
	}
	if _, err := p.Payments.ApproveRelease(ctx, page.R.Release, yes, f.Get("reason")); err != nil {
		return web.Again("operator/release", page, err)
	}
	say := "operator.release_refused"
	if yes {
		say = "operator.release_approved"
	}
	return web.Redirect("/operator/releases").Flash(say, "number", page.R.Number), nil
}
