package gate

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
)

// schema is the part of JSON Schema that the facts' files use. Facts are checked before
// the rules see them: in Rego a field that is missing makes a rule undefined, which reads
// exactly like a rule with nothing to say.
type schema struct {
	Type        string             `json:"type"`
	Ref         string             `json:"$ref"`
	AnyOf       []*schema          `json:"anyOf"`
	Enum        []string           `json:"enum"`
	Pattern     string             `json:"pattern"`
	Properties  map[string]*schema `json:"properties"`
	Required    []string           `json:"required"`
	Items       *schema            `json:"items"`
	Definitions map[string]*schema `json:"definitions"`

	pattern *regexp.Regexp
}

func loadSchemas(policies fs.FS) (map[string]*schema, *ast.SchemaSet, error) {
	files, err := fs.Glob(policies, "schema/*.json")
	if err != nil {
		return nil, nil, err
	}
	out, set := map[string]*schema{}, ast.NewSchemaSet()
	for _, f := range files {
		raw, err := fs.ReadFile(policies, f)
		if err != nil {
			return nil, nil, err
		}
		var whole any
		s := &schema{}
		if err := json.Unmarshal(raw, &whole); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f, err)
		}
		if err := json.Unmarshal(raw, s); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f, err)
		}
		if err := s.resolve(s.Definitions); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", f, err)
		}
		name := strings.TrimSuffix(path.Base(f), ".json")
		out[name] = s
		set.Put(ast.SchemaRootRef.Append(ast.StringTerm(name)), whole)
	}
	return out, set, nil
}

// resolve follows references and compiles patterns, once.
func (s *schema) resolve(defs map[string]*schema) error {
	if s == nil {
		return nil
	}
	var err error
	if s.Pattern != "" {
		if s.pattern, err = regexp.Compile(s.Pattern); err != nil {
			return err
		}
	}
	if s.Items, err = s.Items.follow(defs); err != nil {
		return err
	}
	for i := range s.AnyOf {
		if s.AnyOf[i], err = s.AnyOf[i].follow(defs); err != nil {
			return err
		}
	}
	for _, group := range []map[string]*schema{s.Properties, s.Definitions} {
		for name := range group {
			if group[name], err = group[name].follow(defs); err != nil {
				return err
			}
		}
	}
	return nil
}

// follow is the schema that s refers to, or s itself with what is inside it resolved. A
// definition is resolved where it stands.
func (s *schema) follow(defs map[string]*schema) (*schema, error) {
	if s == nil || s.Ref == "" {
		return s, s.resolve(defs)
	}
	if d := defs[strings.TrimPrefix(s.Ref, "#/definitions/")]; d != nil {
		return d, nil
	}
	return nil, fmt.Errorf("no definition for %s", s.Ref)
}

// check names the first place where v is not as the schema says; at is its path.
func (s *schema) check(v any, at string) error {
	if len(s.AnyOf) > 0 {
		var err error
		for _, a := range s.AnyOf {
			if err = a.check(v, at); err == nil {
				return nil
			}
		}
		return err
	}
	switch s.Type {
	case "":
		return nil
	case "null":
		if v != nil {
			return wrong(at, "null")
		}
	case "string":
		return s.checkString(v, at)
	case "integer":
		if n, ok := v.(json.Number); !ok || strings.ContainsAny(n.String(), ".eE") {
			return wrong(at, "a whole number")
		}
	case "boolean":
		if _, ok := v.(bool); !ok {
			return wrong(at, "true or false")
		}
	case "array":
		return s.checkArray(v, at)
	case "object":
		return s.checkObject(v, at)
	default:
		return fmt.Errorf("%s: the schema names the unknown type %s", at, s.Type)
	}
	return nil
}

func (s *schema) checkString(v any, at string) error {
	text, ok := v.(string)
	if !ok {
		return wrong(at, "text")
	}
	if s.pattern != nil && !s.pattern.MatchString(text) {
		return wrong(at, "text like "+s.Pattern)
	}
	for _, e := range s.Enum {
		if e == text {
			return nil
		}
	}
	if len(s.Enum) > 0 {
		return wrong(at, "one of "+strings.Join(s.Enum, ", "))
	}
	return nil
}

func (s *schema) checkArray(v any, at string) error {
	list, ok := v.([]any)
	if !ok {
		return wrong(at, "a list")
	}
	if s.Items == nil {
		return nil
	}
	for i, x := range list {
		if err := s.Items.check(x, fmt.Sprintf("%s[%d]", at, i)); err != nil {
			return err
		}
	}
	return nil
}

func (s *schema) checkObject(v any, at string) error {
	m, ok := v.(map[string]any)
	if !ok {
		return wrong(at, "an object")
	}
	for _, name := range s.Required {
		if _, ok := m[name]; !ok {
			return wrong(at+"."+name, "there")
		}
	}
	for name, p := range s.Properties {
		x, ok := m[name]
		if !ok {
			continue
		}
		if err := p.check(x, at+"."+name); err != nil {
			return err
		}
	}
	return nil
}

func wrong(at, want string) error { return fmt.Errorf("%s is not %s", at, want) }
