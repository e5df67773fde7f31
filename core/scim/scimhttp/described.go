package scimhttp

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/scim"
)

// SCIM's own description of itself (RFC 7643 sections 5 to 7).

func (h handlers) config(_ context.Context, v *web.Visit) (web.Answer, error) {
	no, yes := map[string]any{"supported": false}, map[string]any{"supported": true}
	return answer(200, map[string]any{
		"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"},
		"patch":   yes, "etag": yes, "sort": no, "changePassword": no,
		"bulk":   map[string]any{"supported": false, "maxOperations": 0, "maxPayloadSize": scim.MaxBody},
		"filter": map[string]any{"supported": true, "maxResults": scim.MaxPage},
		"authenticationSchemes": []any{map[string]any{
			"type": "oauthbearertoken", "name": "Directory key", "description": "A key made on the page of the company's single sign-on", "primary": true,
		}},
		"meta": map[string]any{"resourceType": "ServiceProviderConfig", "location": v.Absolute(Base + "/ServiceProviderConfig")},
	})
}

func resourceTypes(v *web.Visit) []map[string]any {
	of := func(name, schema, text string) map[string]any {
		return map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:ResourceType"}, "id": name, "name": name, "endpoint": "/" + name + "s", "description": text, "schema": schema,
			"meta": map[string]any{"resourceType": "ResourceType", "location": v.Absolute(Base + "/ResourceTypes/" + name)},
		}
	}
	user := of("User", scim.UserSchema, "People of the company")
	user["schemaExtensions"] = []any{map[string]any{"schema": scim.EnterpriseSchema, "required": false}}
	return []map[string]any{user, of("Group", scim.GroupSchema, "Groups whose names may give roles")}
}

func (h handlers) types(_ context.Context, v *web.Visit) (web.Answer, error) {
	return described(v, resourceTypes(v))
}

func (h handlers) typeNamed(_ context.Context, v *web.Visit) (web.Answer, error) {
	return named(v, resourceTypes(v))
}

func (h handlers) schemas(_ context.Context, v *web.Visit) (web.Answer, error) {
	return described(v, schemaViews(v))
}

func (h handlers) schema(_ context.Context, v *web.Visit) (web.Answer, error) {
	return named(v, schemaViews(v))
}

// described is a whole list: these are never filtered (RFC 7644 section 4).
func described(v *web.Visit, rows []map[string]any) (web.Answer, error) {
	if v.Query("filter") != "" {
		return web.Answer{}, scim.ErrFilter.With("why", "descriptions are not searched")
	}
	return listed(scim.Page{Start: 1}, len(rows), rows)
}

func named(v *web.Visit, rows []map[string]any) (web.Answer, error) {
	for _, r := range rows {
		if name, _ := r["id"].(string); strings.EqualFold(name, v.Path("name")) {
			return answer(200, r)
		}
	}
	return web.Answer{}, scim.ErrNotFound
}

func schemaViews(v *web.Visit) (out []map[string]any) {
	for _, s := range scim.Schemas() {
		out = append(out, map[string]any{
			"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Schema"}, "id": s.ID, "name": s.Name, "description": s.Text, "attributes": attributeViews(s.Attributes),
			"meta": map[string]any{"resourceType": "Schema", "location": v.Absolute(Base + "/Schemas/" + s.ID)},
		})
	}
	return out
}

func attributeViews(attrs []scim.Attribute) []map[string]any {
	out := []map[string]any{}
	for _, a := range attrs {
		m := map[string]any{
			"name": a.Name, "type": a.Type, "multiValued": a.Multi, "description": a.Name, "required": a.Required, "caseExact": a.Exact,
			"mutability": "readWrite", "returned": "default", "uniqueness": "none",
		}
		if a.ReadOnly {
			m["mutability"] = "readOnly"
		}
		if a.Unique {
			m["uniqueness"] = "server"
		}
		if a.Type == "reference" {
			m["referenceTypes"] = []string{"external"}
		}
		if a.Type == "complex" {
			m["subAttributes"] = attributeViews(a.Sub)
		}
		out = append(out, m)
	}
	return out
}
