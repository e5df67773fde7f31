package tenants

import (
	"io/fs"
	"regexp"
	"slices"
	"strings"
	"time"
)

var (
	slugForm     = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	pluginForm   = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)+$`)
	currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)
	countryForm  = regexp.MustCompile(`^[A-Z]{2}$`)
	localeForm   = regexp.MustCompile(`^[a-z]{2}(-[A-Z]{2})?$`)
	hostForm     = regexp.MustCompile(`^[a-z0-9]+([.-][a-z0-9]+)*$`)
	emailForm    = regexp.MustCompile(`^[a-z0-9.+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+$`)
	pictureForm  = regexp.MustCompile(`^(draw:[a-z0-9-]+|file:[a-z0-9_.-]+\.(gif|png|jpg|svg))$`)
)

var (
	kinds      = []string{"open", "vertical", "portal", "single", "platform"}
	attrTypes  = []string{"text", "number", "enum", "bool", "date"}
	facetKinds = []string{"none", "terms", "range"}
	units      = []string{"H87", "GRM", "KGM", "TNE", "MTR", "MMT", "LTR", "PK", "BX", "DR", "MTK"} // core/quantity
	bases      = []string{"piece", "theoretical", "weighed"}
	baseRoles  = []string{"admin", "buyer", "approver", "seller"} // what a company can give its people
)

// checker carries what later checks look up from earlier ones.
type checker struct {
	*Blueprint
	*Problems
	categories map[string]*Category
	attributes map[string]*Attribute
	roles      map[string]bool
	orgs       map[string]*Org
	warehouses map[[2]string]bool
	items      map[string]string // sku -> category
	offers     map[OfferKey]string
	lots       map[string]bool
}

func (b *Blueprint) validate(slug string, p *Problems) {
	c := checker{
		Blueprint: b, Problems: p, categories: map[string]*Category{}, attributes: map[string]*Attribute{}, roles: map[string]bool{},
		orgs: map[string]*Org{}, warehouses: map[[2]string]bool{}, items: map[string]string{}, offers: map[OfferKey]string{}, lots: map[string]bool{},
	}
	c.tenant(slug)
	c.texts()
	c.vocabulary()
	c.tree()
	c.roleLines()
	c.companies()
	c.people()
	c.licences()
	c.stores()
	c.goods()
	c.references()
	if text, err := fs.ReadFile(b.dir, "seed/SOURCES.md"); err != nil || len(text) < 200 {
		p.add("seed/SOURCES.md", "must say where the seed comes from and under which licence")
	}
}

// names reports a text that misses one of the tenant's locales, or has another.
func (c *checker) names(where string, n Names) {
	for _, l := range c.Tenant.Locales {
		if strings.TrimSpace(n[l]) == "" {
			c.add(where, "has no text in %s", l)
		}
	}
	for l := range n {
		if !slices.Contains(c.Tenant.Locales, l) {
			c.add(where, "has a text in %s, which is none of the tenant's locales", l)
		}
	}
}

func (c *checker) oneOf(where, what, v string, of []string) {
	if !slices.Contains(of, v) {
		c.add(where, "%s %q is none of %s", what, v, strings.Join(of, ", "))
	}
}

func (c *checker) form(where, what, v string, f *regexp.Regexp) {
	if !f.MatchString(v) {
		c.add(where, "%s %q is malformed", what, v)
	}
}

func (c *checker) picture(where, v string) {
	if v == "" {
		return
	}
	c.form(where, "picture", v, pictureForm)
	if kind, name := Picture(v); kind == "file" {
		if _, err := fs.Stat(c.dir, "pictures/"+name); err != nil {
			c.add(where, "picture %s is not in pictures/", name)
		}
	}
}

func (c *checker) tenant(slug string) {
	t, at := c.Tenant, "tenant.yaml"
	if t.Slug != slug {
		c.add(at, "slug %q is not the folder's name", t.Slug)
	}
	c.oneOf(at, "kind", t.Kind, kinds)
	c.oneOf(at, "sign_up", t.SignUp, []string{"open", "invited"})
	c.oneOf(at, "second_factor", t.SecondFactor, []string{"", "staff", "admins", "optional"})
	c.form(at, "currency", t.Currency, currencyForm)
	c.form(at, "country", t.Country, countryForm)
	c.form(at, "theme", t.Theme, slugForm)
	if _, err := time.LoadLocation(t.TimeZone); err != nil || t.TimeZone == "" {
		c.add(at, "time_zone %q is unknown", t.TimeZone)
	}
	for _, l := range t.Locales {
		c.form(at, "locale", l, localeForm)
	}
	c.oneOf(at, "locale", t.Locale, t.Locales)
	c.names(at+" names", t.Names)
	c.names(at+" taglines", t.Taglines)
	if t.Commission < 0 || t.Commission > 500_000 || t.Tax < 0 || t.Tax > 500_000 {
		c.add(at, "a rate is a share between 0 and 0.5")
	}
	if t.ReleaseLimit < 0 {
		c.add(at, "release_limit is negative")
	}
	canonical := 0
	for _, h := range t.Hosts {
		c.form(at, "host", h.Name, hostForm)
		if h.Canonical {
			canonical++
		}
	}
	if canonical != 1 {
		c.add(at, "exactly one host is canonical, not %d", canonical)
	}
	c.tenantLists()
}

func (c *checker) tenantLists() {
	at, seen := "tenant.yaml", map[string]bool{}
	for _, p := range c.Tenant.Plugins {
		c.form(at, "plugin", p.ID, pluginForm)
		if seen[p.ID] {
			c.add(at, "plugin %s is listed twice", p.ID)
		}
		seen[p.ID] = true
	}
	for _, n := range c.Tenant.Notices {
		c.form(at, "notice", n.Key, slugForm)
		c.oneOf(at+" notice "+n.Key, "level", n.Level, []string{"info", "warning"})
		c.names(at+" notice "+n.Key, n.Texts)
	}
	for l := range c.Tenant.Searches {
		c.oneOf(at+" searches", "locale", l, c.Tenant.Locales)
	}
}

func (c *checker) texts() {
	for _, l := range c.Tenant.Locales {
		for key := range c.Texts[c.Tenant.Locale] {
			if strings.TrimSpace(c.Texts[l][key]) == "" {
				c.add("locales/"+l+".json", "has no text for %q", key)
			}
		}
		for key := range c.Texts[l] {
			if _, ok := c.Texts[c.Tenant.Locale][key]; !ok {
				c.add("locales/"+l+".json", "%q is not in the default locale", key)
			}
		}
	}
	for l := range c.Texts {
		c.oneOf("locales", "locale", l, c.Tenant.Locales)
	}
}

func (c *checker) vocabulary() {
	for i := range c.Attributes {
		a := &c.Attributes[i]
		at := "attribute " + a.Key
		if c.attributes[a.Key] != nil {
			c.add(at, "is declared twice")
		}
		c.attributes[a.Key] = a
		c.names(at, a.Names)
		c.oneOf(at, "type", a.Type, attrTypes)
		c.oneOf(at, "facet", a.Facet, facetKinds)
		if a.Facet == "range" && a.Type != "number" {
			c.add(at, "only numbers have a range")
		}
		if (a.Type == "enum") != (len(a.Options) > 0) {
			c.add(at, "enums have options, other types have none")
		}
		for _, o := range a.Options {
			c.names(at+" option "+o.Value, o.Names)
		}
	}
}

func (c *checker) tree() {
	for i := range c.Categories {
		n := &c.Categories[i]
		at := "category " + n.Slug
		c.form(at, "slug", n.Slug, slugForm)
		if c.categories[n.Slug] != nil {
			c.add(at, "is declared twice")
		}
		c.categories[n.Slug] = n
		c.names(at, n.Names)
		c.picture(at, n.Picture)
		for _, key := range n.Attributes {
			if c.attributes[key] == nil {
				c.add(at, "attribute %q is not declared", key)
			}
		}
	}
}

func (c *checker) roleLines() {
	for _, r := range baseRoles {
		c.roles[r] = true
	}
	for _, l := range c.Roles {
		c.oneOf("roles.csv", "kind", l.Kind, []string{"p", "g"})
		if l.Role == "" || l.Value == "" {
			c.add("roles.csv", "a line has an empty field")
		}
		if l.Kind == "g" {
			c.roles[l.Role] = true
		}
	}
}
