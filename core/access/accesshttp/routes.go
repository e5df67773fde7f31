// Package accesshttp is the API of service accounts and their keys, for people who look
// after them. Keys themselves cannot call it.
package accesshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/access"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
)

type handlers struct{ keys *access.Service }

// Routes is access's API. Answers with a secret are never kept for a repeated request.
func Routes(s *access.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("API keys")
	return []web.Route{
		web.Get("/service-accounts", access.ActionRead, h.accounts, tag, web.Summary("List your service accounts and their keys")),
		web.Post("/service-accounts", access.ActionManage, h.makeAccount, tag, web.Fresh(), web.Status(201), web.Summary("Make a service account")),
		web.Get("/service-accounts/{id}", access.ActionRead, h.account, tag, web.Summary("Show a service account and what its keys may be made for")),
		web.Delete("/service-accounts/{id}", access.ActionManage, h.end, tag, web.InPerson(), web.Summary("End a service account and all its keys")),
		web.Post("/service-accounts/{id}/keys", access.ActionManage, h.makeKey, tag, web.Fresh(), web.Volatile(), web.Status(201), web.Summary("Make an API key")),
		web.Post("/service-accounts/{id}/keys/{key}/rotate", access.ActionManage, h.rotate, tag, web.Fresh(), web.Volatile(), web.Status(201), web.Summary("Replace an API key")),
		web.Delete("/service-accounts/{id}/keys/{key}", access.ActionManage, h.revoke, tag, web.InPerson(), web.Summary("Revoke an API key")),
	}
}

type empty struct{}

type accountPath struct {
	ID id.ServiceAccount `path:"id"`
}

type keyPath struct {
	ID  id.ServiceAccount `path:"id"`
	Key id.APIKey         `path:"key"`
}

func (h handlers) accounts(ctx context.Context, _ *empty) (page.List[accountView], error) {
	all, err := h.keys.Accounts(ctx)
	out := page.List[accountView]{Items: make([]accountView, len(all))}
	for i, a := range all {
		out.Items[i] = account(a, h.keys.Now())
	}
	return out, err
}

type makeAccountInput struct {
	Body struct {
		Name    string   `json:"name" maxLength:"100"`
		Purpose string   `json:"purpose,omitempty" maxLength:"500" doc:"What the program is for"`
		Roles   []string `json:"roles" minItems:"1" maxItems:"20" doc:"Of those you hold yourself"`
	}
}

func (h handlers) makeAccount(ctx context.Context, in *makeAccountInput) (accountView, error) {
	a, err := h.keys.MakeAccount(ctx, access.NewAccount{Name: in.Body.Name, Purpose: in.Body.Purpose, Roles: in.Body.Roles})
	return account(a, h.keys.Now()), err
}

type accountDetail struct {
	accountView
	Scopes []string `json:"grantable_scopes" doc:"What you can make a key of it for"`
}

func (h handlers) account(ctx context.Context, in *accountPath) (accountDetail, error) {
	a, err := h.keys.Account(ctx, in.ID)
	if err != nil {
		return accountDetail{}, err
	}
	scopes, err := h.keys.Scopes(ctx, a)
	return accountDetail{account(a, h.keys.Now()), scopes}, err
}

func (h handlers) end(ctx context.Context, in *accountPath) (empty, error) {
	return empty{}, h.keys.End(ctx, in.ID)
}

type makeKeyInput struct {
	ID   id.ServiceAccount `path:"id"`
	Body struct {
		Scopes   []string `json:"scopes" minItems:"1" maxItems:"200" doc:"Permissions, of those that you and the account hold"`
		Networks []string `json:"networks,omitempty" maxItems:"50" doc:"Addresses or CIDR blocks it may be used from; none is any"`
		Days     int      `json:"days,omitempty" minimum:"0" maximum:"730" doc:"How long it lasts; 90 unless told"`
	}
}

func (h handlers) makeKey(ctx context.Context, in *makeKeyInput) (madeView, error) {
	m, err := h.keys.MakeKey(ctx, access.NewKey{Account: in.ID, Scopes: in.Body.Scopes, Networks: in.Body.Networks, Days: in.Body.Days})
	return madeView{key(m.Key, h.keys.Now()), m.Secret}, err
}

type rotateInput struct {
	ID   id.ServiceAccount `path:"id"`
	Key  id.APIKey         `path:"key"`
	Body struct {
		OverlapHours int `json:"overlap_hours" minimum:"0" maximum:"168" doc:"How long the old key still works"`
		Days         int `json:"days,omitempty" minimum:"0" maximum:"730" doc:"How long the new one lasts; 90 unless told"`
	}
}

func (h handlers) rotate(ctx context.Context, in *rotateInput) (madeView, error) {
	m, err := h.keys.Rotate(ctx, access.Rotation{Account: in.ID, Key: in.Key, Overlap: time.Duration(in.Body.OverlapHours) * time.Hour, Days: in.Body.Days})
	return madeView{key(m.Key, h.keys.Now()), m.Secret}, err
}

func (h handlers) revoke(ctx context.Context, in *keyPath) (empty, error) {
	return empty{}, h.keys.Revoke(ctx, in.ID, in.Key)
}

type accountView struct {
	ID          string     `json:"id"`
	Org         string     `json:"org_id,omitempty"`
	Name        string     `json:"name"`
	Purpose     string     `json:"purpose"`
	Roles       []string   `json:"roles"`
	Responsible string     `json:"responsible_id" doc:"The person who answers for it"`
	CreatedAt   time.Time  `json:"created_at"`
	EndedAt     *time.Time `json:"ended_at,omitempty"`
	Keys        []keyView  `json:"keys"`
}

func account(a access.Account, now time.Time) accountView {
	v := accountView{
		ID: a.ID.String(), Org: a.Org.String(), Name: a.Name, Purpose: a.Purpose, Roles: append([]string{}, a.Roles...), Responsible: a.Responsible.String(),
		CreatedAt: a.CreatedAt, EndedAt: maybe(a.EndedAt), Keys: make([]keyView, len(a.Keys)),
	}
	for i, k := range a.Keys {
		v.Keys[i] = key(k, now)
	}
	return v
}

type keyView struct {
	ID        string     `json:"id"`
	Prefix    string     `json:"prefix"`
	State     string     `json:"state" enum:"active,expired,revoked"`
	Scopes    []string   `json:"scopes"`
	Networks  []string   `json:"networks"`
	CreatedAt time.Time  `json:"created_at"`
	ExpiresAt time.Time  `json:"expires_at"`
	UsedAt    *time.Time `json:"last_used_at,omitempty"`
	UsedFrom  string     `json:"last_used_from,omitempty"`
}

func key(k access.Key, now time.Time) keyView {
	v := keyView{
		ID: k.ID.String(), Prefix: k.Prefix(), State: k.State(now), Scopes: append([]string{}, k.Scopes...), Networks: make([]string, len(k.Networks)),
		CreatedAt: k.CreatedAt, ExpiresAt: k.ExpiresAt, UsedAt: maybe(k.UsedAt), UsedFrom: k.UsedFrom,
	}
	for i, n := range k.Networks {
		v.Networks[i] = n.String()
	}
	return v
}

type madeView struct {
	keyView
	Secret string `json:"secret" doc:"Send it as a bearer token; it is shown this once"`
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
