package operator

import (
	"context"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
	"github.com/kontorhq/kontor/core/tenancy"
)

// rolesPage is who may what in this market, and who changed that.
type rolesPage struct {
	frame.Frame
	Own     []roleRow
	Base    []roleRow
	Version int64
	Past    []editionRow
	Manage  bool
}

type roleRow struct {
	Name, Label string
	Inherits    []string
	Adds        []string
	Areas       []console.Area
	Count       int
	Grantable   bool
}

type editionRow struct {
	tenancy.RoleVersion
	Who            string
	Label          string
	Added, Removed []string
}

// area is the permissions of one context.

func (p pages) roles(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.rolesPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/roles", page), nil
}

func (p pages) rolesPage(ctx context.Context, v *web.Visit) (*rolesPage, error) {
	list, version, err := p.Tenancy.Roles(ctx)
	if err != nil {
		return nil, err
	}
	past, err := p.Tenancy.RoleHistory(ctx)
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	page := &rolesPage{Frame: p.screen(ctx, "roles", "nav.roles"), Version: version, Manage: p.Gate.Can(ctx, tenancy.ActionRolesManage)}
	for _, r := range list {
		row := roleRow{Name: r.Name, Label: roleName(w, r.Name), Grantable: r.Grantable, Areas: console.Areas(w, r.May, nil), Count: len(r.May)}
		for _, x := range r.Inherits {
			row.Inherits = append(row.Inherits, roleName(w, x))
		}
		for _, x := range r.Permissions {
			row.Adds = append(row.Adds, console.Permission(w, x))
		}
		switch {
		case r.Own:
			page.Own = append(page.Own, row)
		case r.Name != "system" && r.Name != "platform":
			page.Base = append(page.Base, row)
		}
	}
	for _, x := range past {
		page.Past = append(page.Past, edition(w, x))
	}
	return page, nil
}

func edition(w *theme.Printer, x tenancy.RoleVersion) editionRow {
	row := editionRow{RoleVersion: x, Who: console.Actor(w, x.Actor, x.ActorName), Label: roleName(w, x.Role)}
	for _, l := range x.After {
		if !slices.Contains(x.Before, l) {
			row.Added = append(row.Added, lineText(w, l))
		}
	}
	for _, l := range x.Before {
		if !slices.Contains(x.After, l) {
			row.Removed = append(row.Removed, lineText(w, l))
		}
	}
	return row
}

func lineText(w *theme.Printer, l tenancy.RoleLine) string {
	if l.Type == "g" {
		return w.T("roles.inherits", "role", roleName(w, l.Grants))
	}
	return console.Permission(w, l.Grants)
}

func permissions(w *theme.Printer, as []policy.Action) []string {
	out := make([]string, len(as))
	for i, a := range as {
		out[i] = console.Permission(w, string(a))
	}
	return out
}

// roleForm is the form for one role, filled from the role or from what was sent.
type roleForm struct {
	frame.Frame
	In      tenancy.EditRoleInput
	New     bool
	Areas   []console.Area
	Parents []console.Permit
}

func (p pages) roleForm(ctx context.Context, v *web.Visit, in tenancy.EditRoleInput, fresh bool) (*roleForm, error) {
	list, _, err := p.Tenancy.Roles(ctx)
	if err != nil {
		return nil, err
	}
	all, err := p.Tenancy.Permissions(ctx)
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	title := w.T("roles.new")
	if !fresh {
		title = roleName(w, in.Role)
	}
	f := &roleForm{Frame: p.thing(ctx, "roles", "/operator/roles", title), In: in, New: fresh, Areas: console.Areas(w, all, in.Permissions)}
	for _, r := range list {
		if r.Name != in.Role && !slices.Contains([]string{"system", "platform", "guest"}, r.Name) {
			f.Parents = append(f.Parents, console.Permit{Value: r.Name, Label: roleName(w, r.Name), On: slices.Contains(in.Inherits, r.Name)})
		}
	}
	return f, nil
}

func (p pages) editRole(ctx context.Context, v *web.Visit) (web.Answer, error) {
	name := v.Query("role")
	list, version, err := p.Tenancy.Roles(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	in := tenancy.EditRoleInput{Version: version, Role: name}
	if name != "" {
		at := slices.IndexFunc(list, func(r tenancy.Role) bool { return r.Own && r.Name == name })
		if at < 0 {
			return web.Answer{}, tenancy.ErrRoleUnknown
		}
		in.Inherits, in.Permissions = list[at].Inherits, list[at].Permissions
	}
	f, err := p.roleForm(ctx, v, in, name == "")
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/role", f), nil
}

func roleInput(f url.Values) tenancy.EditRoleInput {
	version, err := strconv.ParseInt(f.Get("version"), 10, 64)
	if err != nil {
		version = -1 // no edition: answered as a stale one
	}
	return tenancy.EditRoleInput{
		Version: version, Role: strings.TrimSpace(f.Get("role")), Inherits: f["inherits"], Permissions: f["permissions"],
		Remove: f.Get("remove") != "", Undo: f.Get("undo") != "", Note: f.Get("note"),
	}
}

// rolePreview is what an edition would do, before anybody has done it.
type rolePreview struct {
	frame.Frame
	In             tenancy.EditRoleInput
	Fresh          bool
	Label          string
	Added, Removed []string
	Gains, Loses   []string
	People         []impactRow
	Gaining        int
	Losing         int
}

type impactRow struct {
	Roles, Names []string
	Count, More  int
	Gains, Loses []string
}

func (p pages) previewRole(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in := roleInput(v.Form())
	fresh := v.Form().Get("fresh") != ""
	c, err := p.Tenancy.PreviewRole(ctx, in)
	if err != nil {
		return p.roleAgain(ctx, v, in, fresh, err)
	}
	w := p.words(v)
	page := &rolePreview{
		Frame: p.thing(ctx, "roles", "/operator/roles", w.T("roles.preview")), In: in, Fresh: fresh, Label: roleName(w, c.Role),
		Gains: permissions(w, c.Gains), Loses: permissions(w, c.Loses), Gaining: c.Gaining(), Losing: c.Losing(),
	}
	for _, l := range c.Added {
		page.Added = append(page.Added, lineText(w, l))
	}
	for _, l := range c.Removed {
		page.Removed = append(page.Removed, lineText(w, l))
	}
	for _, i := range c.People {
		row := impactRow{Names: i.Names, Count: i.Count, More: i.Count - len(i.Names), Gains: permissions(w, i.Gains), Loses: permissions(w, i.Loses)}
		for _, r := range i.Roles {
			row.Roles = append(row.Roles, roleName(w, r))
		}
		page.People = append(page.People, row)
	}
	return web.Render("operator/role_preview", page), nil
}

func (p pages) saveRole(ctx context.Context, v *web.Visit) (web.Answer, error) {
	in := roleInput(v.Form())
	if _, err := p.Tenancy.EditRole(ctx, in); err != nil {
		return p.roleAgain(ctx, v, in, v.Form().Get("fresh") != "", err)
	}
	return web.Redirect("/operator/roles").Flash("roles.saved"), nil
}

// roleAgain shows the form as it was sent, or the list where there was no form.
func (p pages) roleAgain(ctx context.Context, v *web.Visit, in tenancy.EditRoleInput, fresh bool, err error) (web.Answer, error) {
	if in.Undo || in.Remove || fault.KindOf(err) == fault.Internal {
		page, lost := p.rolesPage(ctx, v)
		if lost != nil {
			return web.Answer{}, err
		}
		return web.Again("operator/roles", page, err)
	}
	f, lost := p.roleForm(ctx, v, in, fresh)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("operator/role", f, err)
}
