package scimhttp

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/scim"
)

// asked is what a list is asked with.
func asked(v *web.Visit) (scim.Page, error) {
	p := scim.Page{Start: 1, Count: 100}
	for name, to := range map[string]*int{"startIndex": &p.Start, "count": &p.Count} {
		text := v.Query(name)
		if text == "" {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			return p, scim.ErrValue.With("attribute", name)
		}
		*to = n
	}
	p.Start, p.Count = min(max(p.Start, 1), 1<<30), min(max(p.Count, 0), scim.MaxPage) // as RFC 7644 section 3.4.2.4 reads what is too small
	return p, nil
}

// match is the version in If-Match. What is no version of ours matches none.
func match(v *web.Visit) scim.Match {
	h := strings.TrimSpace(v.Header("If-Match"))
	if h == "" || h == "*" {
		return 0
	}
	n, err := strconv.ParseInt(strings.Trim(strings.TrimPrefix(h, "W/"), `"`), 10, 64)
	if err != nil || n <= 0 {
		return -1
	}
	return scim.Match(n)
}

func tag(version int64) string { return fmt.Sprintf(`W/"%d"`, version) }

func userID(v *web.Visit) (out id.DirectoryUser, err error) {
	if out.UnmarshalText([]byte(v.Path("id"))) != nil || out.IsZero() {
		return out, scim.ErrNotFound
	}
	return out, nil
}

func groupID(v *web.Visit) (out id.DirectoryGroup, err error) {
	if out.UnmarshalText([]byte(v.Path("id"))) != nil || out.IsZero() {
		return out, scim.ErrNotFound
	}
	return out, nil
}

func meta(v *web.Visit, kind, which string, made, changed time.Time, version int64) map[string]any {
	return map[string]any{
		"resourceType": kind, "created": made.Format(time.RFC3339Nano), "lastModified": changed.Format(time.RFC3339Nano),
		"location": v.Absolute(Base + "/" + kind + "s/" + which), "version": tag(version),
	}
}

func userView(v *web.Visit, u scim.User) map[string]any {
	out := map[string]any{}
	for k, x := range u.Doc {
		out[k] = x
	}
	schemas := []string{scim.UserSchema}
	if _, ok := out[scim.EnterpriseSchema]; ok {
		schemas = append(schemas, scim.EnterpriseSchema)
	}
	out["schemas"], out["id"], out["active"] = schemas, u.ID.String(), u.Active
	out["meta"] = meta(v, "User", u.ID.String(), u.CreatedAt, u.ChangedAt, u.Version)
	var groups []map[string]any
	for _, g := range u.Groups {
		groups = append(groups, map[string]any{"value": g.ID, "display": g.Name, "$ref": v.Absolute(Base + "/Groups/" + g.ID)})
	}
	if groups != nil {
		out["groups"] = groups
	}
	return chosen(v, out)
}

func groupView(v *web.Visit, g scim.Group) map[string]any {
	members := []map[string]any{}
	for _, m := range g.Members {
		members = append(members, map[string]any{"value": m.ID, "display": m.Name, "type": "User", "$ref": v.Absolute(Base + "/Users/" + m.ID)})
	}
	out := map[string]any{
		"schemas": []string{scim.GroupSchema}, "id": g.ID.String(), "displayName": g.Name, "members": members,
		"meta": meta(v, "Group", g.ID.String(), g.CreatedAt, g.ChangedAt, g.Version),
	}
	if g.External != "" {
		out["externalId"] = g.External
	}
	return chosen(v, out)
}

// chosen leaves in a resource what the client asked for, and what it always gets.
func chosen(v *web.Visit, out map[string]any) map[string]any {
	only, but := attributes(v.Query("attributes")), attributes(v.Query("excludedAttributes"))
	for name := range out {
		low := strings.ToLower(name)
		if low == "id" || low == "schemas" {
			continue
		}
		if len(only) > 0 && !only[low] && !(low == "meta" && only["meta.version"]) || len(only) == 0 && but[low] {
			delete(out, name)
		}
	}
	return out
}

// attributes are names as clients list them; a part of an attribute asks for the whole.
func attributes(text string) map[string]bool {
	out := map[string]bool{}
	for _, a := range strings.Split(text, ",") {
		a = strings.ToLower(strings.TrimSpace(a))
		for _, s := range []string{scim.UserSchema, scim.GroupSchema} {
			a = strings.TrimPrefix(a, strings.ToLower(s)+":")
		}
		if ext := strings.ToLower(scim.EnterpriseSchema); strings.HasPrefix(a, ext) {
			out[ext] = true
			continue
		}
		if a, _, _ = strings.Cut(a, "."); a != "" {
			out[a] = true
		}
	}
	return out
}

func listed(p scim.Page, n int, rows []map[string]any) (web.Answer, error) {
	if rows == nil {
		rows = []map[string]any{}
	}
	return answer(200, map[string]any{
		"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:ListResponse"}, "totalResults": n, "startIndex": p.Start, "itemsPerPage": len(rows), "Resources": rows,
	})
}

func (h handlers) users(ctx context.Context, v *web.Visit) (web.Answer, error) {
	p, err := asked(v)
	if err != nil {
		return web.Answer{}, err
	}
	us, n, err := h.scim.Users(ctx, v.Query("filter"), p)
	if err != nil {
		return web.Answer{}, err
	}
	var rows []map[string]any
	for _, u := range us {
		rows = append(rows, userView(v, u))
	}
	return listed(p, n, rows)
}

func oneUser(v *web.Visit, status int, u scim.User, err error) (web.Answer, error) {
	if err != nil {
		return web.Answer{}, err
	}
	return one(v, status, userView(v, u), "Users", u.ID.String(), u.Version)
}

// one is a resource with its version and address; who has that version already gets no body.
func one(v *web.Visit, status int, body map[string]any, kind, which string, version int64) (web.Answer, error) {
	if v.Method() == "GET" && v.Header("If-None-Match") == tag(version) {
		return web.NoContent().Status(304).Header("ETag", tag(version)), nil
	}
	a, err := answer(status, body)
	return a.Header("ETag", tag(version)).Header("Location", v.Absolute(Base+"/"+kind+"/"+which)), err
}

func (h handlers) user(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := userID(v)
	if err != nil {
		return web.Answer{}, err
	}
	u, err := h.scim.User(ctx, which)
	return oneUser(v, 200, u, err)
}

func (h handlers) createUser(ctx context.Context, v *web.Visit) (web.Answer, error) {
	u, fresh, err := h.scim.CreateUser(ctx, v.Body())
	status := 200
	if fresh {
		status = 201
	}
	return oneUser(v, status, u, err)
}

func (h handlers) replaceUser(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := userID(v)
	if err != nil {
		return web.Answer{}, err
	}
	u, err := h.scim.ReplaceUser(ctx, which, match(v), v.Body())
	return oneUser(v, 200, u, err)
}

func (h handlers) patchUser(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := userID(v)
	if err != nil {
		return web.Answer{}, err
	}
	u, err := h.scim.PatchUser(ctx, which, match(v), v.Body())
	return oneUser(v, 200, u, err)
}

func (h handlers) deleteUser(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := userID(v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.NoContent(), h.scim.DeleteUser(ctx, which, match(v))
}

func (h handlers) groups(ctx context.Context, v *web.Visit) (web.Answer, error) {
	p, err := asked(v)
	if err != nil {
		return web.Answer{}, err
	}
	gs, n, err := h.scim.Groups(ctx, v.Query("filter"), p)
	if err != nil {
		return web.Answer{}, err
	}
	var rows []map[string]any
	for _, g := range gs {
		rows = append(rows, groupView(v, g))
	}
	return listed(p, n, rows)
}

func oneGroup(v *web.Visit, status int, g scim.Group, err error) (web.Answer, error) {
	if err != nil {
		return web.Answer{}, err
	}
	return one(v, status, groupView(v, g), "Groups", g.ID.String(), g.Version)
}

func (h handlers) group(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := groupID(v)
	if err != nil {
		return web.Answer{}, err
	}
	g, err := h.scim.Group(ctx, which)
	return oneGroup(v, 200, g, err)
}

func (h handlers) createGroup(ctx context.Context, v *web.Visit) (web.Answer, error) {
	g, err := h.scim.CreateGroup(ctx, v.Body())
	return oneGroup(v, 201, g, err)
}

func (h handlers) replaceGroup(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := groupID(v)
	if err != nil {
		return web.Answer{}, err
	}
	g, err := h.scim.ReplaceGroup(ctx, which, match(v), v.Body())
	return oneGroup(v, 200, g, err)
}

func (h handlers) patchGroup(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := groupID(v)
	if err != nil {
		return web.Answer{}, err
	}
	g, err := h.scim.PatchGroup(ctx, which, match(v), v.Body())
	return oneGroup(v, 200, g, err)
}

func (h handlers) deleteGroup(ctx context.Context, v *web.Visit) (web.Answer, error) {
	which, err := groupID(v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.NoContent(), h.scim.DeleteGroup(ctx, which, match(v))
}

func (h handlers) missing(context.Context, *web.Visit) (web.Answer, error) {
	return web.Answer{}, scim.ErrMissing
}
