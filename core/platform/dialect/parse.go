package dialect

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Schema is a checked schema, ready to use from many goroutines.
type Schema struct {
	root     *node
	compiled *jsonschema.Schema
	digest   string
}

// node is one place of a schema, its references followed.
type node struct {
	kind        string // object array string number integer boolean; "" where only a condition speaks
	title, help string
	props       []prop
	items       *node
	required    []string
	options     []any
	initial     json.RawMessage
	format      string
	pattern     string
	least, most string // of a number, as written
	lenMost     int
	hints       hints
	when        bool // required only under a condition
}

type prop struct {
	name string
	node *node
}

// hints are what says how a value is meant and shown.
type hints struct {
	Unit        string          `json:"x-uom"`
	UnitClass   string          `json:"x-unit-class"`
	Money       string          `json:"x-money"`
	Secret      bool            `json:"x-secret"`
	Ref         string          `json:"x-ref"`
	Texts       map[string]text `json:"x-i18n"`
	Order       int             `json:"x-order"`
	Group       string          `json:"x-group"`
	Widget      string          `json:"x-widget"`
	Searchable  bool            `json:"x-searchable"`
	Facet       bool            `json:"x-facet"`
	VariantAxis bool            `json:"x-variant-axis"`
	Derived     bool            `json:"x-derived"`
}

// text is what a person reads, in another language.
type text struct {
	Title       string            `json:"title"`
	Description string            `json:"description"`
	Group       string            `json:"group"`
	Enum        map[string]string `json:"enum"`
}

var (
	kinds    = []string{"object", "array", "string", "number", "integer", "boolean"}
	formats  = []string{"date", "date-time", "uri", "uuid"}
	widgets  = []string{"text", "textarea", "select", "radios", "combobox", "date"}
	keywords = []string{
		"$schema", "$defs", "$ref", "type", "properties", "required", "additionalProperties", "enum", "const", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum",
		"minLength", "maxLength", "minItems", "maxItems", "pattern", "format", "items", "if", "then", "else", "default", "title", "description", "examples",
		"x-uom", "x-unit-class", "x-money", "x-secret", "x-ref", "x-i18n", "x-order", "x-group", "x-widget", "x-searchable", "x-facet", "x-variant-axis", "x-derived",
	}
	conditional = []string{"properties", "required", "const", "enum"} // all that if, then and else may say
)

const draft = "https://json-schema.org/draft/2020-12/schema"

// Parse reads a schema of an object. What is not of the dialect is refused with the place
// and the reason, whether or not a validator would let it pass.
func Parse(raw []byte) (*Schema, error) {
	if len(raw) > MostBytes {
		return nil, wrong("", "it has more than 256 KiB")
	}
	p := parser{defs: map[string]json.RawMessage{}}
	top, err := p.object("", raw)
	if err != nil {
		return nil, err
	}
	if defs, ok := top["$defs"]; ok {
		if err := json.Unmarshal(defs, &p.defs); err != nil {
			return nil, wrong("/$defs", "this is no object of schemas")
		}
	}
	if s, ok := top["$schema"]; ok && string(s) != `"`+draft+`"` {
		return nil, wrong("/$schema", "only "+draft+" is spoken")
	}
	s := &Schema{}
	if s.root, err = p.node("", raw, nil); err != nil {
		return nil, err
	}
	if s.root.kind != "object" {
		return nil, wrong("", "what is filled in is an object")
	}
	doc, err := closed(raw)
	if err != nil {
		return nil, wrong("", err.Error())
	}
	c := jsonschema.NewCompiler()
	c.AssertFormat()
	c.UseLoader(nothing{})
	if err := c.AddResource("kontor:schema", doc); err != nil {
		return nil, wrong("", err.Error())
	}
	if s.compiled, err = c.Compile("kontor:schema"); err != nil {
		return nil, wrong("", err.Error())
	}
	sum := sha256.Sum256(raw)
	s.digest = "sha256:" + hex.EncodeToString(sum[:])
	return s, s.examples(top)
}

// Digest names the schema by its bytes.
func (s *Schema) Digest() string { return s.digest }

// examples must be what the schema takes, or nobody can trust them.
func (s *Schema) examples(top map[string]json.RawMessage) error {
	var list []json.RawMessage
	if raw, ok := top["examples"]; ok && json.Unmarshal(raw, &list) != nil {
		return wrong("/examples", "this is no list")
	}
	for i, e := range list {
		if fields := s.Check(e); len(fields) > 0 {
			return wrong(fmt.Sprintf("/examples/%d", i), fields[0].Path+" "+fields[0].Reason)
		}
	}
	return nil
}

func wrong(at, why string) error {
	if at == "" {
		at = "/"
	}
	return ErrSchema.With("at", at).With("why", why)
}

// nothing loads nothing: a schema is complete in itself.
type nothing struct{}

// Load implements jsonschema.URLLoader.
func (nothing) Load(url string) (any, error) { return nil, fmt.Errorf("%s is not fetched", url) }

type parser struct {
	defs  map[string]json.RawMessage
	count int
}

func (p *parser) object(at string, raw []byte) (map[string]json.RawMessage, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil || m == nil {
		return nil, wrong(at, "this is no object")
	}
	for k := range m {
		if !slices.Contains(keywords, k) {
			return nil, wrong(at+"/"+k, "this keyword is not of the dialect")
		}
	}
	return m, nil
}

// node reads one place; seen are the references that led here.
func (p *parser) node(at string, raw json.RawMessage, seen []string) (*node, error) {
	if p.count++; p.count > mostNodes || strings.Count(at, "/") > 2*mostDepth {
		return nil, wrong(at, "there is too much of it")
	}
	m, err := p.object(at, raw)
	if err != nil {
		return nil, err
	}
	if ref, ok := m["$ref"]; ok {
		return p.follow(at, ref, m, seen)
	}
	n := &node{}
	if err := n.words(at, m); err != nil {
		return nil, err
	}
	if err := n.limits(at, m); err != nil {
		return nil, err
	}
	if raw, ok := m["additionalProperties"]; ok && string(raw) != "false" {
		return nil, wrong(at+"/additionalProperties", "an object has no other properties than those named")
	}
	if raw, ok := m["properties"]; ok {
		if n.props, err = p.props(at+"/properties", raw, seen); err != nil {
			return nil, err
		}
	}
	if raw, ok := m["items"]; ok {
		if n.items, err = p.node(at+"/items", raw, seen); err != nil {
			return nil, err
		}
	}
	for _, name := range n.required {
		if n.prop(name) == nil {
			return nil, wrong(at+"/required", name+" is no property")
		}
	}
	for _, k := range []string{"if", "then", "else"} {
		if raw, ok := m[k]; ok {
			if err := n.condition(at+"/"+k, raw, k != "if"); err != nil {
				return nil, err
			}
		}
	}
	return n, nil
}

// follow reads what a reference leads to. What is written beside one is the dialect's only
// for words and hints.
func (p *parser) follow(at string, ref json.RawMessage, beside map[string]json.RawMessage, seen []string) (*node, error) {
	var to string
	_ = json.Unmarshal(ref, &to)
	name, ok := strings.CutPrefix(to, "#/$defs/")
	raw, known := p.defs[name]
	if !ok || !known {
		return nil, wrong(at+"/$ref", to+" is not in $defs")
	}
	if slices.Contains(seen, name) {
		return nil, wrong(at+"/$ref", to+" leads back to itself")
	}
	n, err := p.node(at+"/$ref", raw, append(slices.Clone(seen), name))
	if err != nil {
		return nil, err
	}
	for k := range beside {
		if k != "$ref" && k != "title" && k != "description" && !strings.HasPrefix(k, "x-") {
			return nil, wrong(at+"/"+k, "beside $ref stand only words and hints")
		}
	}
	kept := n.kind
	if err := n.words(at, beside); err != nil {
		return nil, err
	}
	n.kind = kept
	return n, nil
}

// words are kind, title, help and hints.
func (n *node) words(at string, m map[string]json.RawMessage) error {
	for k, into := range map[string]*string{"type": &n.kind, "title": &n.title, "description": &n.help, "format": &n.format} {
		if raw, ok := m[k]; ok && json.Unmarshal(raw, into) != nil {
			return wrong(at+"/"+k, "this is one word or text")
		}
	}
	if _, ref := m["$ref"]; !ref && !slices.Contains(kinds, n.kind) {
		return wrong(at+"/type", "it is one of "+strings.Join(kinds, ", "))
	}
	if n.format != "" && (!slices.Contains(formats, n.format) || n.kind != "string") {
		return wrong(at+"/format", "it is one of "+strings.Join(formats, ", ")+", of a string")
	}
	own := map[string]json.RawMessage{}
	for k, v := range m {
		if strings.HasPrefix(k, "x-") {
			own[k] = v
		}
	}
	b, err := json.Marshal(own)
	if err != nil {
		return wrong(at, err.Error())
	}
	if err := json.Unmarshal(b, &n.hints); err != nil {
		return wrong(at, "a hint is of the wrong kind: "+err.Error())
	}
	switch {
	case n.hints.Widget != "" && !slices.Contains(widgets, n.hints.Widget):
		return wrong(at+"/x-widget", "it is one of "+strings.Join(widgets, ", "))
	case n.hints.Secret && n.kind != "string":
		return wrong(at+"/x-secret", "a secret is a string")
	}
	return nil
}

// limits are what bounds a value.
func (n *node) limits(at string, m map[string]json.RawMessage) error {
	for k, into := range map[string]any{"required": &n.required, "enum": &n.options, "pattern": &n.pattern, "maxLength": &n.lenMost} {
		if raw, ok := m[k]; ok && decode(raw, into) != nil {
			return wrong(at+"/"+k, "this is of the wrong kind")
		}
	}
	if _, err := regexp.Compile(n.pattern); err != nil {
		return wrong(at+"/pattern", err.Error())
	}
	for k, into := range map[string]*string{"minimum": &n.least, "maximum": &n.most} {
		raw, ok := m[k]
		if ok && !numeral(string(raw)) {
			return wrong(at+"/"+k, "this is a plain number")
		}
		*into = string(raw)
	}
	n.initial = m["default"]
	return nil
}

// condition is one level deep, and only ever asks what values are or are there.
func (n *node) condition(at string, raw json.RawMessage, demands bool) error {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return wrong(at, "this is no object")
	}
	for k := range m {
		if !slices.Contains(conditional, k) || k == "const" || k == "enum" {
			return wrong(at+"/"+k, "a condition has properties and required")
		}
	}
	var props map[string]map[string]json.RawMessage
	if raw, ok := m["properties"]; ok && json.Unmarshal(raw, &props) != nil {
		return wrong(at+"/properties", "this is no object of schemas")
	}
	for name, of := range props {
		if n.prop(name) == nil {
			return wrong(at+"/properties/"+name, "it is no property")
		}
		for k := range of {
			if k != "const" && k != "enum" {
				return wrong(at+"/properties/"+name+"/"+k, "a condition asks for const or enum")
			}
		}
	}
	var required []string
	if raw, ok := m["required"]; ok && json.Unmarshal(raw, &required) != nil {
		return wrong(at+"/required", "this is a list of names")
	}
	for _, name := range required {
		p := n.prop(name)
		if p == nil {
			return wrong(at+"/required", name+" is no property")
		}
		p.when = p.when || demands
	}
	return nil
}

func (n *node) prop(name string) *node {
	for _, p := range n.props {
		if p.name == name {
			return p.node
		}
	}
	return nil
}

// props keeps the author's order where x-order does not say otherwise.
func (p *parser) props(at string, raw json.RawMessage, seen []string) (out []prop, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, wrong(at, "this is no object of schemas")
	}
	for d.More() {
		t, err := d.Token()
		name, ok := t.(string)
		var one json.RawMessage
		if err == nil {
			err = d.Decode(&one)
		}
		if err != nil || !ok {
			return nil, wrong(at, "this is no object of schemas")
		}
		if !nameForm.MatchString(name) {
			return nil, wrong(at+"/"+name, "a name is lower case letters, digits and _")
		}
		n, err := p.node(at+"/"+name, one, seen)
		if err != nil {
			return nil, err
		}
		out = append(out, prop{name, n})
	}
	slices.SortStableFunc(out, func(a, b prop) int { return rank(a.node) - rank(b.node) })
	return out, nil
}

// A name is a column of imports and a field of forms; "." divides those.
var nameForm = regexp.MustCompile(`^[a-z][a-z0-9_]{0,63}$`)

func rank(n *node) int {
	if n.hints.Order == 0 {
		return math.MaxInt32
	}
	return n.hints.Order
}

// decode keeps numbers as they were written.
func decode(raw []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	if err := d.Decode(into); err != nil {
		return err
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("something follows the value")
	}
	return nil
}

// closed is the schema as the validator gets it: hints are left out, and an object has no
// other properties than those named, whether or not its author said so.
func closed(raw []byte) (any, error) {
	var doc any
	if err := decode(raw, &doc); err != nil {
		return nil, err
	}
	var walk func(v any, schema, bare bool)
	walk = func(v any, schema, bare bool) {
		m, ok := v.(map[string]any)
		if !ok {
			return
		}
		if !schema { // a map of schemas by name
			for _, one := range m {
				walk(one, true, bare)
			}
			return
		}
		for k, one := range m {
			switch {
			case strings.HasPrefix(k, "x-"), k == "examples", k == "default":
				delete(m, k)
			case k == "properties", k == "$defs":
				walk(one, false, bare)
			case k == "items":
				walk(one, true, false)
			case k == "if", k == "then", k == "else":
				walk(one, true, true)
			}
		}
		if m["type"] == "object" && !bare {
			m["additionalProperties"] = false
		}
	}
	walk(doc, true, false)
	return doc, nil
}
