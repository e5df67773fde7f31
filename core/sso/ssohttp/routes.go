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
		web.Put("/sso-connections/{id}/metadata", sso.ActionManage, h.metadata, tag, web.Fresh(), web.Summary("Take over the provider's SAML metadata")),
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
		out.Items[i] = view(ctx, c)
	}
	return out, err
}

func (h handlers) get(ctx context.Context, in *path) (connectionView, error) {
	c, err := h.sso.Connection(ctx, in.ID)
	return view(ctx, c), err
}

type body struct {
	Kind         string        `json:"kind,omitempty" enum:"oidc,saml" doc:"Said when the connection is made; oidc unless told"`
	Name         string        `json:"name" maxLength:"100"`
	Issuer       string        `json:"issuer,omitempty" maxLength:"500" doc:"OpenID Connect: the provider's address, as in the iss of its tokens; https"`
	ClientID     string        `json:"client_id,omitempty" maxLength:"500" doc:"OpenID Connect"`
	ClientSecret string        `json:"client_secret,omitempty" maxLength:"500" doc:"OpenID Connect. Never shown again; leave it out to keep the one there is"`
	Metadata     string        `json:"metadata,omitempty" maxLength:"262144" doc:"SAML: the provider's metadata, an XML document; it may be given later"`
	Attributes   attributes    `json:"attributes,omitzero" doc:"SAML: where in an assertion things stand"`
	SignRequests bool          `json:"sign_requests,omitempty" doc:"SAML: with a key made for the connection"`
	RoleClaim    string        `json:"role_claim,omitempty" maxLength:"200" doc:"The claim, or attribute, whose values give roles, such as groups"`
	RoleMap      []mappingView `json:"role_map,omitempty" maxItems:"100"`
	DefaultRoles []string      `json:"default_roles,omitempty" maxItems:"20" doc:"For whom the claim gives none"`
	JustInTime   bool          `json:"just_in_time,omitempty" doc:"Who has no account gets one when he first comes"`
}

type attributes struct {
	Subject string `json:"subject,omitempty" maxLength:"200" doc:"Identifies people; the NameID unless told"`
	Email   string `json:"email,omitempty" maxLength:"200" doc:"The usual names unless told"`
	Name    string `json:"name,omitempty" maxLength:"200" doc:"The usual names unless told"`
}

type mappingView struct {
	Value string `json:"value" maxLength:"300"`
	Role  string `json:"role" maxLength:"64"`
}

func (b body) input() sso.Input {
	in := sso.Input{
		Kind: sso.Kind(b.Kind), Name: b.Name, Issuer: b.Issuer, ClientID: b.ClientID, Secret: b.ClientSecret, RoleClaim: b.RoleClaim, Roles: b.DefaultRoles, JIT: b.JustInTime,
		Metadata: b.Metadata, Attrs: sso.Attributes(b.Attributes), Sign: b.SignRequests,
	}
	for _, m := range b.RoleMap {
		in.RoleMap = append(in.RoleMap, sso.Mapping(m))
	}
	return in
}

type makeInput struct{ Body body }

func (h handlers) make(ctx context.Context, in *makeInput) (connectionView, error) {
	c, err := h.sso.Make(ctx, in.Body.input())
	return view(ctx, c), err
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
	return view(ctx, c), err
}

type metadataInput struct {
	ID   id.SSOConnection `path:"id"`
	Body struct {
		Metadata string `json:"metadata,omitempty" maxLength:"262144" doc:"The XML document"`
		Address  string `json:"address,omitempty" maxLength:"500" doc:"Or where it is: fetched once, over https"`
		Version  int64  `json:"version"`
	}
}

func (h handlers) metadata(ctx context.Context, in *metadataInput) (connectionView, error) {
	c, err := h.sso.SetMetadata(ctx, in.ID, sso.MetadataInput{Version: in.Body.Version, XML: in.Body.Metadata, Address: in.Body.Address})
	return view(ctx, c), err
}

func (h handlers) end(ctx context.Context, in *path) (empty, error) {
	return empty{}, h.sso.End(ctx, in.ID)
}

func (h handlers) on(ctx context.Context, in *path) (connectionView, error) {
	c, err := h.sso.TurnOn(ctx, in.ID)
	return view(ctx, c), err
}

func (h handlers) off(ctx context.Context, in *path) (connectionView, error) {
	c, err := h.sso.TurnOff(ctx, in.ID)
	return view(ctx, c), err
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
	return view(ctx, c), err
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
	Kind         string        `json:"kind" enum:"oidc,saml"`
	Name         string        `json:"name"`
	Issuer       string        `json:"issuer"`
	ClientID     string        `json:"client_id"`
	SAML         *samlView     `json:"saml,omitempty"`
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

// samlView is both ends of a SAML connection.
type samlView struct {
	EntityID     string            `json:"entity_id" doc:"Ours, and the address of our metadata"`
	ACS          string            `json:"acs_url" doc:"Where the provider has browsers post its responses to"`
	SignOn       string            `json:"sign_on_url,omitempty" doc:"The provider's"`
	Certificates []certificateView `json:"certificates" doc:"The provider's: whose signature counts"`
	SignRequests bool              `json:"sign_requests"`
	Attributes   attributes        `json:"attributes"`
}

type certificateView struct {
	Subject     string    `json:"subject"`
	Fingerprint string    `json:"sha256"`
	From        time.Time `json:"from"`
	Until       time.Time `json:"until"`
}

func samlOf(ctx context.Context, c sso.Connection) *samlView {
	if c.Kind != sso.SAML20 {
		return nil
	}
	base := web.BaseURL(ctx)
	v := &samlView{
		EntityID: base + sso.EntityPath(c.ID), ACS: base + sso.ACSPath(c.ID), SignOn: c.SAML.SignOn, Certificates: []certificateView{}, SignRequests: c.SAML.Sign, Attributes: attributes(c.SAML.Attrs),
	}
	for _, k := range c.SAML.Certs() {
		v.Certificates = append(v.Certificates, certificateView(k))
	}
	return v
}

func view(ctx context.Context, c sso.Connection) connectionView {
	v := connectionView{
		ID: c.ID.String(), Org: c.Org.String(), Kind: string(c.Kind), SAML: samlOf(ctx, c), Name: c.Name, Issuer: c.Issuer, ClientID: c.ClientID, RoleClaim: c.RoleClaim, RoleMap: []mappingView{},
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
