package scimhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/scim"
)

// KeyRoutes is how a connection's keeper makes his directory's keys; rotating and revoking them
// is as of all keys (/service-accounts).
func KeyRoutes(s *scim.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Single sign-on")
	return []web.Route{
		web.Get("/sso-connections/{id}/directory", scim.ActionLook, h.panel, tag, web.Summary("Show what a connection's directory has said")),
		web.Post("/sso-connections/{id}/directory/keys", scim.ActionKeep, h.makeKey, tag, web.Fresh(), web.Volatile(), web.Status(201), web.Summary("Make a key for a connection's directory (SCIM)")),
	}
}

type connectionPath struct {
	ID id.SSOConnection `path:"id"`
}

type panelView struct {
	URL       string        `json:"base_url" doc:"Where the directory calls"`
	Account   string        `json:"service_account_id,omitempty" doc:"Whose keys those of the directory are; none before the first"`
	People    int           `json:"people"`
	Out       int           `json:"people_shut_out"`
	Groups    int           `json:"groups"`
	ChangedAt *time.Time    `json:"last_change_at,omitempty"`
	UsedAt    *time.Time    `json:"last_call_at,omitempty" doc:"To within minutes"`
	Refusals  []refusalView `json:"last_refusals"`
}

type refusalView struct {
	At   time.Time `json:"at"`
	What string    `json:"what" doc:"The call"`
	Who  string    `json:"who,omitempty" doc:"Of whom, as the directory named him"`
	Code string    `json:"code"`
}

func (h handlers) panel(ctx context.Context, in *connectionPath) (panelView, error) {
	p, err := h.scim.Panel(ctx, in.ID)
	out := panelView{
		URL: web.BaseURL(ctx) + Base, People: p.Summary.People, Out: p.Summary.Out, Groups: p.Summary.Groups, ChangedAt: maybe(p.Summary.ChangedAt), UsedAt: maybe(p.Account.UsedAt()), Refusals: []refusalView{},
	}
	if !p.Account.ID.IsZero() {
		out.Account = p.Account.ID.String()
	}
	for _, r := range p.Summary.Refusals {
		out.Refusals = append(out.Refusals, refusalView{r.At, r.What, r.Who, r.Code})
	}
	return out, err
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type makeKeyInput struct {
	ID   id.SSOConnection `path:"id"`
	Body struct {
		Days int `json:"days,omitempty" minimum:"0" maximum:"730" doc:"How long it lasts; 90 unless told"`
	}
}

type madeView struct {
	Key       string    `json:"key_id"`
	Prefix    string    `json:"prefix"`
	ExpiresAt time.Time `json:"expires_at"`
	Secret    string    `json:"secret" doc:"What the directory sends as a bearer token; it is shown this once"`
}

func (h handlers) makeKey(ctx context.Context, in *makeKeyInput) (madeView, error) {
	m, err := h.scim.MakeKey(ctx, in.ID, in.Body.Days)
	return madeView{Key: m.Key.ID.String(), Prefix: m.Key.Prefix(), ExpiresAt: m.Key.ExpiresAt, Secret: m.Secret}, err
}
