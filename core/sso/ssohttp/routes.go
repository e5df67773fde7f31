// Package ssohttp is the API of single sign-on connections, for the people who look after
// them. Coming in through one is for browsers: see the pages.
package ssohttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/sso"
)

type handlers struct{ sso *sso.Service }

// Routes is the API of connections.
func Routes(s *sso.Service) []web.Route {
	h := handlers{s}
	tag := web.Tag("Single sign-on")
	return []web.Route{
		web.Get("/sso-connections", sso.ActionRead, h.list, tag, web.Summary("List your connections")),
		web.Post("/sso-connections", sso.ActionManage, h.make, tag, web.Fresh(), web.Status(201), web.Summary("Make a connection to a provider")),
		web.Get("/sso-connections/{id}", sso.ActionRead, h.get, tag, web.Summary("Show a connection")),
		web.Put("/sso-connections/{id}", sso.ActionManage, h.change, tag, web.Fresh(), web.Summary("Change a connection")),
		web.Delete("/sso-connections/{id}", sso.ActionManage, h.end, tag, web.Fresh(), web.Summary("End a connection for good")),
		web.Post("/sso-connections/{id}/on", sso.ActionManage, h.on, tag, web.Fresh(), web.Summary("Turn a tested connection on")),
		web.Post("/sso-connections/{id}/off", sso.ActionManage, h.off, tag, web.Fresh(), web.Summary("Turn a connection off and end its sessions")),
		web.Put("/sso-connections/{id}/enforcement", sso.ActionManage, h.enforce, tag, web.Fresh(), web.Summary("Leave people no other way in, or let passwords in again")),
		web.Post("/sso-connections/{id}/domains", sso.ActionManage, h.addDomain, tag, web.Fresh(), web.Status(201), web.Summary("Add a domain of people's addresses")),
		web.Post("/sso-connections/{id}/domains/{domain}/check", sso.ActionManage, h.checkDomain, tag, web.Phased(), web.Summary("Look for a domain's proof")),
		web.Delete("/sso-connections/{id}/domains/{domain}", sso.ActionManage, h.removeDomain, tag, web.Fresh(), web.Summary("Give a domain up")),
	}
}

type empty struct{}

type path struct {
	ID id.SSOConnection `path:"id"`
}

type domainPath struct {
	ID     id.SSOConnection `path:"id"`
	Domain id.SSODomain     `path:"domain"`
}

func (h handlers) list(ctx context.Context, _ *empty) (page.List[connectionView], error) {
	all, err := h.sso.Connections(ctx)
	out := page.List[connectionView]{Items: make([]connectionView, len(all))}
	for i, c := range all {
		out.Items[i] = view(c)
	}
	return out, err
}

func (h handlers) get(ctx context.Context, in *path) (connectionView, error) {
	c, err := h.sso.Connection(ctx, in.ID)
	return view(c), err
}

type body struct {
	Name         string        `json:"name" maxLength:"100"`
	Issuer       string        `json:"issuer" maxLength:"500" doc:"The provider's address, as in the iss of its tokens; https"`
	ClientID     string        `json:"client_id" maxLength:"500"`
	ClientSecret string        `json:"client_secret,omitempty" maxLength:"500" doc:"Never shown again; leave it out to keep the one there is"`
	RoleClaim    string        `json:"role_claim,omitempty" maxLength:"200" doc:"The claim whose values give roles, such as groups"`
	RoleMap      []mappingView `json:"role_map,omitempty" maxItems:"100"`
	DefaultRoles []string      `json:"default_roles,omitempty" maxItems:"20" doc:"For whom the claim gives none"`
	JustInTime   bool          `json:"just_in_time,omitempty" doc:"Who has no account gets one when he first comes"`
}

type mappingView struct {
	Value string `json:"value" maxLength:"300"`
	Role  string `json:"role" maxLength:"64"`
}

func (b body) input() sso.Input {
	in := sso.Input{Name: b.Name, Issuer: b.Issuer, ClientID: b.ClientID, Secret: b.ClientSecret, RoleClaim: b.RoleClaim, Roles: b.DefaultRoles, JIT: b.JustInTime}
	for _, m := range b.RoleMap {
		in.RoleMap = append(in.RoleMap, sso.Mapping(m))
	}
	return in
}

type makeInput struct{ Body body }

func (h handlers) make(ctx context.Context, in *makeInput) (connectionView, error) {
	c, err := h.sso.Make(ctx, in.Body.input())
	return view(c), err
}

type changeInput struct {
	ID   id.SSOConnection `path:"id"`
	Body struct {
		body
		Version int64 `json:"version"`
	}
}

func (h handlers) change(ctx context.Context, in *changeInput) (connectionView, error) {
	c, err := h.sso.Change(ctx, in.ID, in.Body.Version, in.Body.input())
	return view(c), err
}

func (h handlers) end(ctx context.Context, in *path) (empty, error) {
	return empty{}, h.sso.End(ctx, in.ID)
}

func (h handlers) on(ctx context.Context, in *path) (connectionView, error) {
	c, err := h.sso.TurnOn(ctx, in.ID)
	return view(c), err
}

func (h handlers) off(ctx context.Context, in *path) (connectionView, error) {
	c, err := h.sso.TurnOff(ctx, in.ID)
	return view(c), err
}

type enforceInput struct {
	ID   id.SSOConnection `path:"id"`
	Body struct {
		On        bool        `json:"on"`
		Emergency []id.Person `json:"emergency_ids,omitempty" maxItems:"5" doc:"Administrators with a second factor whom it does not bind"`
	}
}

func (h handlers) enforce(ctx context.Context, in *enforceInput) (connectionView, error) {
	c, err := h.sso.Enforce(ctx, in.ID, in.Body.On, in.Body.Emergency)
	return view(c), err
}

type domainInput struct {
	ID   id.SSOConnection `path:"id"`
	Body struct {
		Domain string `json:"domain" maxLength:"253"`
	}
}

func (h handlers) addDomain(ctx context.Context, in *domainInput) (domainView, error) {
	d, err := h.sso.AddDomain(ctx, in.ID, in.Body.Domain)
	return domainOf(d), err
}

func (h handlers) checkDomain(ctx context.Context, in *domainPath) (domainView, error) {
	d, err := h.sso.CheckDomain(ctx, in.ID, in.Domain)
	return domainOf(d), err
}

func (h handlers) removeDomain(ctx context.Context, in *domainPath) (empty, error) {
	return empty{}, h.sso.RemoveDomain(ctx, in.ID, in.Domain)
}

type connectionView struct {
	ID           string        `json:"id"`
	Org          string        `json:"org_id,omitempty"`
	Name         string        `json:"name"`
	Issuer       string        `json:"issuer"`
	ClientID     string        `json:"client_id"`
	RoleClaim    string        `json:"role_claim"`
	RoleMap      []mappingView `json:"role_map"`
	DefaultRoles []string      `json:"default_roles"`
	JustInTime   bool          `json:"just_in_time"`
	Enforced     bool          `json:"enforced"`
	Emergency    []string      `json:"emergency_ids"`
	State        string        `json:"state" enum:"draft,tested,on,off"`
	TestedAt     *time.Time    `json:"tested_at,omitempty"`
	Domains      []domainView  `json:"domains"`
	Version      int64         `json:"version"`
}

func view(c sso.Connection) connectionView {
	v := connectionView{
		ID: c.ID.String(), Org: c.Org.String(), Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, RoleClaim: c.RoleClaim, RoleMap: []mappingView{},
		DefaultRoles: append([]string{}, c.Roles...), JustInTime: c.JIT, Enforced: c.Enforced, Emergency: []string{}, State: string(c.State), TestedAt: maybe(c.TestedAt), Domains: []domainView{}, Version: c.Version,
	}
	for _, m := range c.RoleMap {
		v.RoleMap = append(v.RoleMap, mappingView(m))
	}
	for _, p := range c.Emergency {
		v.Emergency = append(v.Emergency, p.String())
	}
	for _, d := range c.Domains {
		v.Domains = append(v.Domains, domainOf(d))
	}
	return v
}

type domainView struct {
	ID         string     `json:"id"`
	Domain     string     `json:"domain"`
	RecordName string     `json:"record_name" doc:"Write a TXT record of this name"`
	RecordText string     `json:"record_text" doc:"with this text"`
	Proved     bool       `json:"proved"`
	CheckedAt  *time.Time `json:"checked_at,omitempty"`
	Found      string     `json:"found" doc:"What the record said when it was last looked at"`
}

func domainOf(d sso.Domain) domainView {
	v := domainView{ID: d.ID.String(), Domain: d.Domain, Proved: d.Proved(), CheckedAt: maybe(d.CheckedAt), Found: d.Found}
	v.RecordName, v.RecordText = d.Record()
	return v
}

func maybe(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
