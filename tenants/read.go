package tenants

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"gopkg.in/yaml.v3"
)

// read fills the blueprint from its small files. Unknown keys are refused everywhere: a
// misspelt one would otherwise be a setting that silently does nothing.
func (b *Blueprint) read(p *Problems) {
	b.readYAML(p, "tenant.yaml", &b.Tenant)
	b.readCategories(p)
	b.readAttributes(p)
	b.readRoles(p)
	b.readTexts(p)
	b.readYAML(p, "seed/orgs.yaml", &b.Orgs)
	b.readYAML(p, "seed/people.yaml", &b.People)
	b.readYAML(p, "seed/licences.yaml", &b.Licences)
	b.readTables(p)
	for i := range b.Orgs {
		if b.Orgs[i].State == "" {
			b.Orgs[i].State = "approved"
		}
	}
	for i := range b.Licences {
		if b.Licences[i].State == "" {
			b.Licences[i].State = "valid"
		}
	}
}

// readYAML reads one file; one that is not there leaves into as it is.
func (b *Blueprint) readYAML(p *Problems, name string, into any) {
	text, err := fs.ReadFile(b.dir, name)
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err == nil {
		d := yaml.NewDecoder(bytes.NewReader(text))
		d.KnownFields(true)
		err = d.Decode(into)
	}
	if err != nil && !errors.Is(err, io.EOF) {
		p.add(name, "%v", err)
	}
}

// node is a category as categories.yaml nests it.
type node struct {
	Slug       string   `yaml:"slug"`
	Names      Names    `yaml:"names"`
	Attributes []string `yaml:"attributes"`
	Picture    string   `yaml:"picture"`
	Children   []node   `yaml:"children"`
}

func (b *Blueprint) readCategories(p *Problems) {
	var roots []node
	b.readYAML(p, "categories.yaml", &roots)
	b.flatten(roots, Category{})
}

func (b *Blueprint) flatten(nodes []node, parent Category) {
	for _, n := range nodes {
		c := Category{
			Slug: n.Slug, Parent: parent.Slug, Path: strings.TrimPrefix(parent.Path+"/"+n.Slug, "/"),
			Names: n.Names, Attributes: n.Attributes, Picture: n.Picture, Position: len(b.Categories) + 1,
		}
		if len(c.Attributes) == 0 {
			c.Attributes = parent.Attributes
		}
		if c.Picture == "" {
			c.Picture = parent.Picture
		}
		b.Categories = append(b.Categories, c)
		b.flatten(n.Children, c)
	}
}

func (b *Blueprint) readAttributes(p *Problems) {
	files, _ := fs.Glob(b.dir, "attributes/*.json")
	for _, name := range files {
		var list []Attribute
		if err := readJSON(b.dir, name, &list); err != nil {
			p.add(name, "%v", err)
		}
		for _, a := range list {
			a.Position = len(b.Attributes) + 1
			if a.Facet == "" {
				a.Facet = "none"
			}
			b.Attributes = append(b.Attributes, a)
		}
	}
}

func (b *Blueprint) readTexts(p *Problems) {
	files, _ := fs.Glob(b.dir, "locales/*.json")
	b.Texts = make(map[string]map[string]string, len(files))
	for _, name := range files {
		texts := map[string]string{}
		if err := readJSON(b.dir, name, &texts); err != nil {
			p.add(name, "%v", err)
		}
		b.Texts[strings.TrimSuffix(strings.TrimPrefix(name, "locales/"), ".json")] = texts
	}
}

func readJSON(dir fs.FS, name string, into any) error {
	text, err := fs.ReadFile(dir, name)
	if err != nil {
		return err
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	return d.Decode(into)
}

func (b *Blueprint) readRoles(p *Problems) {
	text, err := fs.ReadFile(b.dir, "roles.csv")
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	c := csv.NewReader(bytes.NewReader(text))
	c.Comment, c.TrimLeadingSpace, c.FieldsPerRecord = '#', true, 3
	lines, rerr := c.ReadAll()
	if err = errors.Join(err, rerr); err != nil {
		p.add("roles.csv", "%v", err)
	}
	for _, l := range lines {
		b.Roles = append(b.Roles, RoleLine{l[0], l[1], l[2]})
	}
}

func (b *Blueprint) readTables(p *Problems) {
	orgs := shape{"key", "name", "country", "reg_kind", "reg_no", "city", "email", "about:", "buys", "sells", "iban"}
	p.check("seed/orgs.csv", eachRow(b.dir, "orgs", orgs, func(r *row) error {
		b.Orgs = append(b.Orgs, Org{
			Key: r.text("key"), Name: r.text("name"), Country: r.text("country"), RegKind: r.text("reg_kind"),
			RegNo: r.text("reg_no"), City: r.text("city"), Email: r.text("email"), About: r.named("about:"),
			Buys: r.flag("buys"), Sells: r.flag("sells"), Account: r.text("iban"),
		})
		return nil
	}))
	p.check("seed/licences.csv", eachRow(b.dir, "licences", shape{"org", "kind", "number", "scope", "from", "to"}, func(r *row) error {
		b.Licences = append(b.Licences, Licence{
			Org: r.text("org"), Kind: r.text("kind"), Number: r.text("number"), Scope: strings.Fields(r.text("scope")),
			From: r.day("from"), To: r.day("to"),
		})
		return nil
	}))
	p.check("seed/warehouses.csv", eachRow(b.dir, "warehouses", shape{"org", "code", "name", "country", "city"}, func(r *row) error {
		b.Warehouses = append(b.Warehouses, Warehouse{r.text("org"), r.text("code"), r.text("name"), r.text("country"), r.text("city")})
		return nil
	}))
	p.check("seed/indices.csv", eachRow(b.dir, "indices", shape{"key", "name:", "unit", "days_ago", "price", "source"}, func(r *row) error {
		b.Indices = append(b.Indices, Index{
			Key: r.text("key"), Names: r.named("name:"), Unit: r.text("unit"), DaysAgo: r.number("days_ago"),
			Price: r.micro("price"), Source: r.text("source"),
		})
		return nil
	}))
}

// Problems is everything that is wrong with a blueprint.
type Problems struct{ Found []string }

// most is how many findings are worth reading at once.
const most = 100

func (p *Problems) Error() string {
	n := len(p.Found)
	shown := p.Found[:min(n, most)]
	text := fmt.Sprintf("the blueprint has %d problems:\n  %s", n, strings.Join(shown, "\n  "))
	if n > most {
		text += fmt.Sprintf("\n  … and %d more", n-most)
	}
	return text
}

func (p *Problems) add(where, format string, args ...any) {
	p.Found = append(p.Found, where+": "+fmt.Sprintf(format, args...))
}

func (p *Problems) check(where string, err error) {
	if err != nil {
		p.add(where, "%v", err)
	}
}
