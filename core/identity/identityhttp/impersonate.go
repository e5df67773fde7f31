package identityhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
)

type impersonationView struct {
	ID        id.Impersonation `json:"id"`
	Person    id.Person        `json:"person_id"`
	Name      string           `json:"name"`
	By        string           `json:"by" doc:"The address, at the platform, of whoever acted"`
	Reason    string           `json:"reason"`
	CreatedAt time.Time        `json:"created_at"`
	Until     time.Time        `json:"until"`
	EnteredAt *time.Time       `json:"entered_at,omitempty"`
	EndedAt   *time.Time       `json:"ended_at,omitempty"`
	EndedBy   string           `json:"ended_by,omitempty"`
}

func (h handlers) impersonations(ctx context.Context, in *pageInput) (page.List[impersonationView], error) {
	l, err := h.people.Impersonations(ctx, page.Request{After: in.After, Limit: in.Limit})
	out := page.List[impersonationView]{Items: []impersonationView{}, Next: l.Next}
	for _, i := range l.Items {
		out.Items = append(out.Items, viewImpersonation(i))
	}
	return out, err
}

func viewImpersonation(i identity.Impersonation) impersonationView {
	return impersonationView{i.ID, i.Person, i.Name, i.By, i.Reason, i.CreatedAt, i.Until, orNone(i.EnteredAt), orNone(i.EndedAt), i.EndedBy}
}

func orNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type byImpersonation struct {
	ID id.Impersonation `path:"id"`
}

func (h handlers) endImpersonation(ctx context.Context, in *byImpersonation) (empty, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return empty{}, err
	}
	return empty{}, h.people.EndImpersonation(ctx, in.ID, c.Name)
}

// Markets finds a marketplace, for whoever runs the platform.
type Markets interface {
	Get(ctx context.Context, slug string) (tenancy.Tenant, error)
}

type guises struct {
	identity.Guises
	markets Markets
}

// GuiseRoutes is the API by which the platform's own people begin to act in somebody's name.
// What opens the session is in the answer alone: it is never kept for a repeated request.
func GuiseRoutes(g identity.Guises, m Markets) []web.Route {
	h, tag := guises{g, m}, web.Tag("Platform")
	return []web.Route{
		web.Post("/platform/tenants/{slug}/impersonations", identity.ActionImpersonate, h.begin, tag, web.Phased(), web.Volatile(), web.Fresh(), web.Status(201), web.Summary("Begin to act in the name of a marketplace's person")),
		web.Get("/platform/tenants/{slug}/impersonations", identity.ActionImpersonate, h.list, tag, web.Summary("List the last impersonations in a marketplace")),
		web.Post("/platform/tenants/{slug}/impersonations/{id}/end", identity.ActionImpersonate, h.end, tag, web.Phased(), web.Summary("End an impersonation in a marketplace and its session")),
	}
}

type beginGuiseInput struct {
	Slug string `path:"slug" maxLength:"63"`
	Body struct {
		Email   string `json:"email" maxLength:"254" doc:"The person's address in the marketplace"`
		Reason  string `json:"reason" maxLength:"500" doc:"Why, in ten characters at least; the marketplace's operators read it"`
		Minutes int    `json:"minutes" minimum:"5" maximum:"60" doc:"How long at most"`
	}
}

type begunGuiseView struct {
	Impersonation impersonationView `json:"impersonation"`
	URL           string            `json:"url" doc:"Opened in a browser it shows whose name and why, and begins there, once"`
	ExpiresAt     time.Time         `json:"expires_at" doc:"Until when the address can be used"`
}

func (h guises) begin(ctx context.Context, in *beginGuiseInput) (begunGuiseView, error) {
	t, err := h.markets.Get(ctx, in.Slug)
	if err != nil {
		return begunGuiseView{}, err
	}
	i, link, err := h.Impersonate(ctx, t, identity.ImpersonateInput{Email: in.Body.Email, Reason: in.Body.Reason, For: time.Duration(in.Body.Minutes) * time.Minute})
	if err != nil {
		return begunGuiseView{}, err
	}
	return begunGuiseView{viewImpersonation(i), link, i.CreatedAt.Add(identity.TicketLives)}, nil
}

type bySlug struct {
	Slug string `path:"slug" maxLength:"63"`
}

func (h guises) list(ctx context.Context, in *bySlug) (page.List[impersonationView], error) {
	out := page.List[impersonationView]{Items: []impersonationView{}}
	t, err := h.markets.Get(ctx, in.Slug)
	if err != nil {
		return out, err
	}
	all, err := h.Impersonations(ctx, t)
	for _, i := range all {
		out.Items = append(out.Items, viewImpersonation(i))
	}
	return out, err
}

type endGuiseInput struct {
	Slug string           `path:"slug" maxLength:"63"`
	ID   id.Impersonation `path:"id"`
}

func (h guises) end(ctx context.Context, in *endGuiseInput) (empty, error) {
	t, err := h.markets.Get(ctx, in.Slug)
	if err != nil {
		return empty{}, err
	}
	return empty{}, h.EndImpersonation(ctx, t, in.ID)
}
