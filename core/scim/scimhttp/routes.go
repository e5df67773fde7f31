// Package scimhttp is SCIM 2.0 as directories call it, and the API by which a connection's
// keeper makes their keys.
//
// The standard's own routes are no part of our API's description: SCIM has its document types,
// errors and content type, its clients read /ServiceProviderConfig, /ResourceTypes and /Schemas
// and no OpenAPI, and a generated client of ours would be one more that nobody uses. The
// route table has them all the same, with a permission each.
package scimhttp

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/scim"
)

// Base is where directories call, below a marketplace's address.
const Base = "/scim/v2"

const media = "application/scim+json"

type handlers struct{ scim *scim.Service }

var tongue = &web.Tongue{Prefix: Base, Media: []string{media, "application/json"}, Refuse: refuse}

// Routes is what directories call.
func Routes(s *scim.Service) []web.Route {
	h := handlers{s}
	get, post, put, patch, del := http.MethodGet, http.MethodPost, http.MethodPut, http.MethodPatch, http.MethodDelete
	read, write := scim.ActionRead, scim.ActionWrite
	out := []web.Route{
		web.Foreign(tongue, get, "/Users", read, h.users, web.Summary("List users")),
		web.Foreign(tongue, post, "/Users", write, h.createUser, web.Summary("Create a user")),
		web.Foreign(tongue, get, "/Users/{id}", read, h.user, web.Summary("Show a user")),
		web.Foreign(tongue, put, "/Users/{id}", write, h.replaceUser, web.Summary("Replace a user")),
		web.Foreign(tongue, patch, "/Users/{id}", write, h.patchUser, web.Summary("Change a user")),
		web.Foreign(tongue, del, "/Users/{id}", write, h.deleteUser, web.Summary("Remove a user")),
		web.Foreign(tongue, get, "/Groups", read, h.groups, web.Summary("List groups")),
		web.Foreign(tongue, post, "/Groups", write, h.createGroup, web.Summary("Create a group")),
		web.Foreign(tongue, get, "/Groups/{id}", read, h.group, web.Summary("Show a group")),
		web.Foreign(tongue, put, "/Groups/{id}", write, h.replaceGroup, web.Summary("Replace a group")),
		web.Foreign(tongue, patch, "/Groups/{id}", write, h.patchGroup, web.Summary("Change a group")),
		web.Foreign(tongue, del, "/Groups/{id}", write, h.deleteGroup, web.Summary("Remove a group")),
		web.Foreign(tongue, get, "/ServiceProviderConfig", read, h.config, web.Summary("What of SCIM is offered")),
		web.Foreign(tongue, get, "/ResourceTypes", read, h.types, web.Summary("Kinds of resources")),
		web.Foreign(tongue, get, "/ResourceTypes/{name}", read, h.typeNamed, web.Summary("One kind of resource")),
		web.Foreign(tongue, get, "/Schemas", read, h.schemas, web.Summary("Attributes of resources")),
		web.Foreign(tongue, get, "/Schemas/{name}", read, h.schema, web.Summary("Attributes of one kind")),
		web.Foreign(tongue, post, "/Bulk", write, h.missing, web.Summary("Not offered")),
	}
	for _, m := range []string{get, post, put, patch, del} {
		out = append(out, web.Foreign(tongue, m, "/Me", read, h.missing, web.Summary("Not offered: a directory is no person")))
	}
	return out
}

// words are the standard's for our faults (RFC 7644 section 3.12). The domain's is our own:
// none of the standard's says what has to be done.
var words = map[string]struct {
	status int
	word   string
}{
	scim.ErrSyntax.Code: {400, "invalidSyntax"}, scim.ErrFilter.Code: {400, "invalidFilter"}, scim.ErrPath.Code: {400, "invalidPath"},
	scim.ErrTarget.Code: {400, "noTarget"}, scim.ErrValue.Code: {400, "invalidValue"}, scim.ErrFixed.Code: {400, "mutability"},
	scim.ErrTooMany.Code: {400, "tooMany"}, scim.ErrTaken.Code: {409, "uniqueness"}, scim.ErrStranger.Code: {409, "uniqueness"}, scim.ErrCustomer.Code: {409, "uniqueness"},
	scim.ErrDomain.Code: {400, "unprovedDomain"}, scim.ErrStale.Code: {412, ""}, scim.ErrMissing.Code: {501, ""},
	"identity.email_taken": {409, "uniqueness"}, "parties.last_admin": {409, "mutability"}, "identity.last_operator": {409, "mutability"}, "plans.over_limit": {403, "quotaExceeded"},
	"http.text_malformed": {400, "invalidSyntax"}, "http.json_malformed": {400, "invalidSyntax"},
}

type refusal struct {
	Schemas []string `json:"schemas"`
	Status  string   `json:"status"`
	Type    string   `json:"scimType,omitempty"`
	Detail  string   `json:"detail"`
}

// refuse words a fault as SCIM does: the status is a text there.
func refuse(f *fault.Error, p *web.Problem) (int, string, []byte) {
	w := words[f.Code]
	if w.status == 0 {
		if w.status = p.Status; w.status == http.StatusUnprocessableEntity {
			w.status, w.word = http.StatusBadRequest, "invalidValue"
		}
	}
	detail := p.Detail
	if p.Next != "" {
		detail += " " + p.Next
	}
	detail += " (" + f.Code + ")" // the standard has no place for it, and its readers look it up
	body, err := json.Marshal(refusal{[]string{"urn:ietf:params:scim:api:messages:2.0:Error"}, strconv.Itoa(w.status), w.word, detail})
	if err != nil {
		body = []byte(`{}`)
	}
	return w.status, media, body
}

func answer(status int, v any) (web.Answer, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Bytes(media, body).Status(status), nil
}
