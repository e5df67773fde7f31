// Package tenancyhttp is the API over tenants: the platform administrator's over all of
// them, and the operator's over his own one's addresses.
package tenancyhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
)

type handlers struct{ tenants *tenancy.Service }

// Routes is tenancy's API.
func Routes(s *tenancy.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Platform")
	return append([]web.Route{
		web.Get("/platform/tenants", tenancy.ActionRead, h.list, tag, web.Summary("List the marketplaces")),
		web.Get("/platform/tenants/{slug}", tenancy.ActionRead, h.get, tag, web.Summary("Show a marketplace")),
		web.Post("/platform/tenants/{slug}/state", tenancy.ActionManage, h.setState, tag, web.Phased(), web.Summary("Open, suspend or close a marketplace")),
	}, append(h.hostRoutes(), roleRoutes(h)...)...)
}

type listInput struct {
	After string `query:"after" doc:"Cursor of the next page"`
	Limit int    `query:"limit" minimum:"0" maximum:"200"`
}

func (h handlers) list(ctx context.Context, in *listInput) (page.List[tenantView], error) {
	l, err := h.tenants.List(ctx, page.Request{After: in.After, Limit: in.Limit})
	if err != nil {
		return page.List[tenantView]{}, err
	}
	out := page.List[tenantView]{Items: make([]tenantView, len(l.Items)), Next: l.Next}
	for i, t := range l.Items {
		out.Items[i] = view(t)
	}
	return out, nil
}

type bySlug struct {
	Slug string `path:"slug" maxLength:"63"`
}

func (h handlers) get(ctx context.Context, in *bySlug) (tenantView, error) {
	t, err := h.tenants.Get(ctx, in.Slug)
	return view(t), err
}

type stateInput struct {
	Slug string `path:"slug" maxLength:"63"`
	Body struct {
		State   string `json:"state" enum:"active,read_only,suspended,closing,deleted"`
		Note    string `json:"note" maxLength:"500" doc:"Why; kept in the audit trail"`
		Version int64  `json:"version" doc:"The version that was looked at"`
	}
}

func (h handlers) setState(ctx context.Context, in *stateInput) (tenantView, error) {
	t, err := h.tenants.SetState(ctx, tenancy.SetStateInput{Slug: in.Slug, To: tenancy.State(in.Body.State), Note: in.Body.Note, Version: in.Body.Version})
	return view(t), err
}

type tenantView struct {
	ID        string            `json:"id"`
	Slug      string            `json:"slug"`
	Kind      string            `json:"kind"`
	State     string            `json:"state"`
	Name      map[string]string `json:"name"`
	Hosts     []string          `json:"hosts"`
	Currency  string            `json:"currency"`
	Theme     string            `json:"theme"`
	Verticals []string          `json:"verticals"`
	CreatedAt time.Time         `json:"created_at"`
	UpdatedAt time.Time         `json:"updated_at"`
	Version   int64             `json:"version"`
}

func view(t tenancy.Tenant) tenantView {
	v := tenantView{
		ID: t.ID.String(), Slug: t.Slug, Kind: string(t.Kind), State: string(t.State), Name: t.Name, Hosts: []string{},
		Currency: string(t.Settings.Currency), Theme: t.Settings.Theme, Verticals: append([]string{}, t.Settings.Verticals...),
		CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt, Version: t.Version,
	}
	for _, h := range t.Hosts {
		v.Hosts = append(v.Hosts, h.Name)
	}
	return v
}
