package tenancyhttp

import (
	"context"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
)

func roleRoutes(h handlers) []web.Route {
	tag := web.Tag("Roles")
	return []web.Route{
		web.Get("/roles", tenancy.ActionRolesRead, h.roles, tag, web.Summary("List the roles, what they may, and the permissions that a role can hold")),
		web.Get("/roles/history", tenancy.ActionRolesRead, h.roleHistory, tag, web.Summary("List the editions of the roles")),
		web.Post("/roles/preview", tenancy.ActionRolesManage, h.previewRole, tag, web.Summary("Say who would gain and lose what; saves nothing")),
		web.Post("/roles", tenancy.ActionRolesManage, h.editRole, tag, web.Fresh(), web.Summary("Make, change or remove a role, or undo the newest edition")),
	}
}

type roleView struct {
	Name        string   `json:"name"`
	Own         bool     `json:"own" doc:"The market's own, which can be edited"`
	Inherits    []string `json:"inherits"`
	Permissions []string `json:"permissions" doc:"By lines of the market"`
	May         []string `json:"may" doc:"All that its holders may, with what is inherited"`
	Grantable   bool     `json:"grantable" doc:"Companies may give it to their people"`
}

type rolesView struct {
	Version     int64      `json:"version"`
	Roles       []roleView `json:"roles"`
	Permissions []string   `json:"permissions" doc:"What the caller may put into a role"`
}

func (h handlers) roles(ctx context.Context, _ *struct{}) (rolesView, error) {
	list, version, err := h.tenants.Roles(ctx)
	if err != nil {
		return rolesView{}, err
	}
	all, err := h.tenants.Permissions(ctx)
	out := rolesView{Version: version, Roles: make([]roleView, len(list)), Permissions: names(all)}
	for i, r := range list {
		out.Roles[i] = roleView{r.Name, r.Own, append([]string{}, r.Inherits...), append([]string{}, r.Permissions...), names(r.May), r.Grantable}
	}
	return out, err
}

type versionView struct {
	Version int64     `json:"version"`
	At      time.Time `json:"at"`
	Actor   string    `json:"actor"`
	Name    string    `json:"actor_name"`
	Role    string    `json:"role"`
	Note    string    `json:"note"`
	Before  []string  `json:"before"`
	After   []string  `json:"after"`
}

type historyView struct {
	Items []versionView `json:"items"`
}

func (h handlers) roleHistory(ctx context.Context, _ *struct{}) (historyView, error) {
	list, err := h.tenants.RoleHistory(ctx)
	out := historyView{Items: make([]versionView, len(list))}
	for i, v := range list {
		out.Items[i] = versionView{v.Version, v.At.UTC(), v.Actor, v.ActorName, v.Role, v.Note, said(v.Before), said(v.After)}
	}
	return out, err
}

type roleInput struct {
	Body struct {
		Version     int64    `json:"version" minimum:"0" doc:"The edition that was looked at"`
		Role        string   `json:"role,omitempty" maxLength:"40"`
		Inherits    []string `json:"inherits,omitempty" maxItems:"20"`
		Permissions []string `json:"permissions,omitempty" maxItems:"300"`
		Remove      bool     `json:"remove,omitempty"`
		Undo        bool     `json:"undo,omitempty" doc:"Go back to what was before the newest edition"`
		Note        string   `json:"note,omitempty" maxLength:"500" doc:"Why; kept in the record"`
	}
}

func (in *roleInput) edit() tenancy.EditRoleInput {
	b := in.Body
	return tenancy.EditRoleInput{Version: b.Version, Role: strings.TrimSpace(b.Role), Inherits: b.Inherits, Permissions: b.Permissions, Remove: b.Remove, Undo: b.Undo, Note: b.Note}
}

type impactView struct {
	Roles  []string `json:"roles"`
	People []string `json:"people" doc:"The first of them, by name"`
	Count  int      `json:"count"`
	Gains  []string `json:"gains"`
	Loses  []string `json:"loses"`
}

type changeView struct {
	Role    string       `json:"role"`
	Version int64        `json:"version" doc:"The edition that it follows"`
	Added   []string     `json:"added"`
	Removed []string     `json:"removed"`
	Gains   []string     `json:"gains" doc:"By the role itself"`
	Loses   []string     `json:"loses"`
	Gaining int          `json:"people_gaining"`
	Losing  int          `json:"people_losing"`
	People  []impactView `json:"people"`
}

func (h handlers) previewRole(ctx context.Context, in *roleInput) (changeView, error) {
	c, err := h.tenants.PreviewRole(ctx, in.edit())
	return change(c), err
}

func (h handlers) editRole(ctx context.Context, in *roleInput) (changeView, error) {
	c, err := h.tenants.EditRole(ctx, in.edit())
	return change(c), err
}

func change(c tenancy.RoleChange) changeView {
	v := changeView{
		Role: c.Role, Version: c.Version, Added: said(c.Added), Removed: said(c.Removed), Gains: names(c.Gains), Loses: names(c.Loses),
		Gaining: c.Gaining(), Losing: c.Losing(), People: make([]impactView, len(c.People)),
	}
	for i, p := range c.People {
		v.People[i] = impactView{p.Roles, append([]string{}, p.Names...), p.Count, names(p.Gains), names(p.Loses)}
	}
	return v
}

func names(as []policy.Action) []string {
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = string(a)
	}
	return out
}

func said(ls []tenancy.RoleLine) []string {
	out := make([]string, len(ls))
	for i, l := range ls {
		out[i] = l.String()
	}
	return out
}
