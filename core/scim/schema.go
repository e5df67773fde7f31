package scim

import "strings"

// The names of schemas and messages.
const (
	UserSchema       = "urn:ietf:params:scim:schemas:core:2.0:User"
	GroupSchema      = "urn:ietf:params:scim:schemas:core:2.0:Group"
	EnterpriseSchema = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
)

// Attribute is one of a schema, as RFC 7643 section 7 describes them.
type Attribute struct {
	Name     string
	Type     string // string, boolean, complex, reference
	Multi    bool
	Required bool
	Exact    bool // capitals matter
	ReadOnly bool
	Unique   bool
	Sub      []Attribute
}

func text(name string) Attribute { return Attribute{Name: name, Type: "string"} }

func texts(names ...string) (out []Attribute) {
	for _, n := range names {
		out = append(out, text(n))
	}
	return out
}

// list is a multi-valued attribute with the usual parts.
func list(name string) Attribute {
	return Attribute{Name: name, Type: "complex", Multi: true, Sub: append(texts("value", "display", "type"), Attribute{Name: "primary", Type: "boolean"})}
}

func plural(name string, sub ...Attribute) Attribute {
	return Attribute{Name: name, Type: "complex", Multi: true, Sub: sub}
}

// userAttributes are what is kept of a user. What is not here is ignored, as the standard
// allows; a password is not taken.
var userAttributes = []Attribute{
	{Name: "userName", Type: "string", Required: true, Unique: true},
	{Name: "externalId", Type: "string", Exact: true},
	{Name: "name", Type: "complex", Sub: texts("formatted", "familyName", "givenName", "middleName", "honorificPrefix", "honorificSuffix")},
	text("displayName"), text("nickName"),
	{Name: "profileUrl", Type: "reference"},
	text("title"), text("userType"),
	text("preferredLanguage"), text("locale"), text("timezone"),
	{Name: "active", Type: "boolean"},
	list("emails"), list("phoneNumbers"), list("ims"), list("photos"), list("entitlements"), list("roles"),
	plural("addresses", append(texts("formatted", "streetAddress", "locality", "region", "postalCode", "country", "type"), Attribute{Name: "primary", Type: "boolean"})...),
	{Name: "groups", Type: "complex", Multi: true, ReadOnly: true, Sub: texts("value", "$ref", "display")},
}

var enterpriseAttributes = []Attribute{
	text("employeeNumber"), text("costCenter"), text("organization"), text("division"), text("department"),
	{Name: "manager", Type: "complex", Sub: append(texts("value", "$ref"), Attribute{Name: "displayName", Type: "string", ReadOnly: true})},
}

var groupAttributes = []Attribute{
	{Name: "displayName", Type: "string", Required: true, Unique: true},
	{Name: "externalId", Type: "string", Exact: true},
	plural("members", texts("value", "$ref", "display", "type")...),
}

// own are every resource's.
var own = []Attribute{{Name: "id", Type: "string", ReadOnly: true, Exact: true}, {Name: "schemas", Type: "string", Multi: true, ReadOnly: true}, {Name: "meta", Type: "complex", ReadOnly: true}}

// kind is a sort of resource: how its documents are read.
type kind struct {
	schema string
	attrs  []Attribute
}

var (
	userKind = kind{UserSchema, append(append([]Attribute{}, userAttributes...), append(own,
		Attribute{Name: EnterpriseSchema, Type: "complex", Sub: enterpriseAttributes})...)}
	groupKind = kind{GroupSchema, append(append([]Attribute{}, groupAttributes...), own...)}
)

// Schema is one as the standard wants it described.
type Schema struct {
	ID, Name, Text string
	Attributes     []Attribute
}

// Schemas are those that are understood here.
func Schemas() []Schema {
	return []Schema{
		{UserSchema, "User", "A person of the company", userAttributes},
		{GroupSchema, "Group", "A group whose name may give roles", groupAttributes},
		{EnterpriseSchema, "EnterpriseUser", "A person's place in the company", enterpriseAttributes},
	}
}

// find is an attribute by its name, whose capitals do not matter.
func find(attrs []Attribute, name string) (Attribute, bool) {
	for _, a := range attrs {
		if strings.EqualFold(a.Name, name) {
			return a, true
		}
	}
	return Attribute{}, false
}
