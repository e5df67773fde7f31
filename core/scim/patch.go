package scim

import (
	"maps"
	"reflect"
	"slices"
	"strings"
)

// Op is one change of a PATCH (RFC 7644 section 3.5.2).
type Op struct {
	Op    string `json:"op"`
	Path  string `json:"path"`
	Value any    `json:"value"`
}

// ReadPatch reads the changes of a PATCH.
func ReadPatch(body []byte) ([]Op, error) {
	var in struct {
		Operations []Op `json:"Operations"`
	}
	if err := decode(body, &in); err != nil {
		return nil, err
	}
	if len(in.Operations) == 0 {
		return nil, ErrSyntax.With("why", "there are no Operations")
	}
	if len(in.Operations) > maxOps {
		return nil, ErrTooMany.With("most", maxOps)
	}
	for i, o := range in.Operations { // Entra writes Add, Replace and Remove
		in.Operations[i].Op = strings.ToLower(o.Op)
		if !slices.Contains([]string{"add", "replace", "remove"}, in.Operations[i].Op) {
			return nil, ErrSyntax.With("why", "op is add, replace or remove")
		}
	}
	return in.Operations, nil
}

// target is where a change goes: attr, attr.sub, attr[filter] or attr[filter].sub.
type target struct {
	attr   Attribute
	filter []Term
	sub    *Attribute
}

// parsePath reads a path, with or without the schema's name before it.
func (k kind) parsePath(path string) (target, error) {
	bad := ErrPath.With("path", clip(path))
	p := trim(path, k.schema)
	if strings.EqualFold(p, EnterpriseSchema) { // Entra's way to say the whole extension
		a, ok := find(k.attrs, EnterpriseSchema)
		if !ok {
			return target{}, bad
		}
		return target{attr: a}, nil
	}
	if rest := trim(p, EnterpriseSchema); rest != p {
		ext, ok := find(k.attrs, EnterpriseSchema)
		name, _, _ := strings.Cut(rest, ".")
		sub, is := find(ext.Sub, name)
		if !ok || !is {
			return target{}, bad
		}
		return target{attr: ext, sub: &sub}, nil
	}
	var t target
	name, rest := p, ""
	if i := strings.IndexAny(p, ".["); i >= 0 {
		name, rest = p[:i], p[i:]
	}
	a, ok := find(k.attrs, name)
	if !ok {
		return target{}, bad
	}
	t.attr = a
	if strings.HasPrefix(rest, "[") {
		end := strings.LastIndexByte(rest, ']')
		if end < 0 || !a.Multi {
			return target{}, bad
		}
		f, err := ParseFilter(rest[1:end])
		if err != nil {
			return target{}, bad
		}
		for _, c := range f {
			if _, ok := find(a.Sub, c.Path); !ok {
				return target{}, bad
			}
		}
		t.filter, rest = f, rest[end+1:]
	}
	if rest == "" {
		return t, nil
	}
	sub, ok := find(a.Sub, strings.TrimPrefix(rest, "."))
	if !ok || rest[0] != '.' {
		return target{}, bad
	}
	t.sub = &sub
	return t, nil
}

func trim(path, schema string) string {
	if len(path) > len(schema) && strings.EqualFold(path[:len(schema)], schema) && path[len(schema)] == ':' {
		return path[len(schema)+1:]
	}
	return path
}

// apply carries changes out on a resource, all of them or none.
func (k kind) apply(d Doc, ops []Op) (Doc, error) {
	out := Doc(clone(map[string]any(d)).(map[string]any))
	for _, o := range ops {
		if o.Path != "" {
			if err := k.change(out, o.Op, o.Path, o.Value); err != nil {
				return nil, err
			}
			continue
		}
		m, ok := o.Value.(map[string]any)
		if !ok {
			return nil, ErrTarget
		}
		for _, path := range slices.Sorted(maps.Keys(m)) { // also name.givenName and emails[…].value, as Entra sends them
			if t, err := k.parsePath(path); err != nil || t.attr.ReadOnly {
				continue // a whole resource names what it is, and may say more than is kept
			}
			if err := k.change(out, o.Op, path, m[path]); err != nil {
				return nil, err
			}
		}
	}
	return shape(k.attrs, k.schema, out)
}

func (k kind) change(d Doc, op, path string, v any) error {
	t, err := k.parsePath(path)
	if err != nil {
		return err
	}
	if t.attr.ReadOnly || t.sub != nil && t.sub.ReadOnly {
		return ErrFixed.With("attribute", t.attr.Name)
	}
	if op == "replace" && empty(v) { // an empty value clears
		op, v = "remove", nil
	}
	switch {
	case !t.attr.Multi:
		return t.one(d, op, v)
	case t.filter != nil || t.sub != nil:
		return t.some(d, op, v)
	}
	return t.all(d, op, v)
}

func empty(v any) bool {
	switch x := v.(type) {
	case nil:
		return true
	case string:
		return x == ""
	case []any:
		return len(x) == 0
	}
	return false
}

// one changes an attribute of one value, or a part of it.
func (t target) one(d Doc, op string, v any) error {
	if vs, ok := v.([]any); ok && len(vs) == 1 { // some send a list of one
		v = vs[0]
	}
	name := t.attr.Name
	if t.sub == nil {
		if op == "remove" {
			delete(d, name)
			return nil
		}
		got, err := single(t.attr, v)
		if err != nil {
			return err
		}
		if old, ok := d[name].(map[string]any); ok {
			if m, ok := got.(map[string]any); ok { // parts that are not named stay
				maps.Copy(old, m)
				return nil
			}
		}
		set(d, name, got)
		return nil
	}
	obj, _ := d[name].(map[string]any)
	if obj == nil {
		obj = map[string]any{}
	}
	if op == "remove" {
		delete(obj, t.sub.Name)
	} else {
		got, err := single(*t.sub, v)
		if err != nil {
			return err
		}
		set(obj, t.sub.Name, got)
	}
	if len(obj) == 0 {
		delete(d, name)
		return nil
	}
	d[name] = obj
	return nil
}

func set(m map[string]any, name string, v any) {
	if v == nil {
		delete(m, name)
		return
	}
	m[name] = v
}

// all changes a list as a whole.
func (t target) all(d Doc, op string, v any) error {
	name := t.attr.Name
	old, _ := d[name].([]any)
	if op == "remove" && empty(v) {
		delete(d, name)
		return nil
	}
	got, err := proper(t.attr, v)
	if err != nil {
		return err
	}
	vs, _ := got.([]any)
	switch op {
	case "replace":
		set(d, name, got)
	case "remove": // Entra names the values to remove beside the path
		gone := index(vs)
		left := slices.DeleteFunc(slices.Clone(old), func(x any) bool { return gone[key(x)] })
		set(d, name, orNone(left))
	default:
		have := index(old)
		for _, x := range vs {
			m, _ := x.(map[string]any)
			if have[key(x)] {
				continue
			}
			if m["primary"] == true {
				unmark(old)
			}
			old, have[key(x)] = append(old, x), true
		}
		set(d, name, orNone(old))
	}
	return nil
}

func orNone(vs []any) any {
	if len(vs) == 0 {
		return nil
	}
	return vs
}

func unmark(vs []any) {
	for _, v := range vs {
		if m, ok := v.(map[string]any); ok {
			delete(m, "primary")
		}
	}
}

// key is by what two values of a list are the same.
func key(v any) string {
	m, _ := v.(map[string]any)
	s, _ := m["value"].(string)
	kind, _ := m["type"].(string)
	if s == "" {
		s, _ = m["formatted"].(string)
	}
	if _, member := m["$ref"]; member || kind == "User" {
		kind = ""
	}
	return s + "\x00" + kind
}

func index(vs []any) map[string]bool {
	out := make(map[string]bool, len(vs))
	for _, v := range vs {
		out[key(v)] = true
	}
	return out
}

// some changes those values of a list that a filter finds, or a part of them. Where a part is
// set and no value fits, one that does is made: directories say emails[type eq "work"].value
// of people who have no such address yet.
func (t target) some(d Doc, op string, v any) error {
	name := t.attr.Name
	vs, _ := d[name].([]any)
	hit := false
	var left []any
	for _, x := range vs {
		m, ok := x.(map[string]any)
		if !ok || !t.fits(m) {
			left = append(left, x)
			continue
		}
		hit = true
		kept, err := t.element(m, op, v)
		if err != nil {
			return err
		}
		if kept != nil {
			left = append(left, kept)
		}
	}
	if !hit && op != "remove" {
		m := map[string]any{}
		for _, c := range t.filter {
			sub, _ := find(t.attr.Sub, c.Path)
			m[sub.Name] = c.Value
		}
		made, err := t.element(m, op, v)
		if err != nil {
			return err
		}
		if made["primary"] == true {
			unmark(left)
		}
		left = append(left, made)
	}
	set(d, name, orNone(left))
	return nil
}

func (t target) element(m map[string]any, op string, v any) (map[string]any, error) {
	switch {
	case t.sub == nil && op == "remove":
		return nil, nil
	case t.sub == nil:
		got, err := single(t.attr, v)
		if n, ok := got.(map[string]any); ok {
			maps.Copy(m, n)
		}
		return m, err
	case op == "remove":
		delete(m, t.sub.Name)
		if t.sub.Name == "value" { // an address without its address is none
			return nil, nil
		}
		return m, nil
	}
	got, err := single(*t.sub, v)
	if err == nil {
		set(m, t.sub.Name, got)
	}
	return m, err
}

func (t target) fits(m map[string]any) bool {
	for _, c := range t.filter {
		sub, _ := find(t.attr.Sub, c.Path)
		have := m[sub.Name]
		if sub.Type == "boolean" {
			want, _ := truth(c.Value)
			if is, _ := have.(bool); is != want {
				return false
			}
			continue
		}
		a, _ := have.(string)
		b, ok := c.Value.(string)
		if !ok || !strings.EqualFold(a, b) {
			return false
		}
	}
	return true
}

// clone copies what JSON can be.
func clone(v any) any {
	switch x := v.(type) {
	case Doc:
		return clone(map[string]any(x))
	case map[string]any:
		out := make(map[string]any, len(x))
		for k, v := range x {
			out[k] = clone(v)
		}
		return out
	case []any:
		out := make([]any, len(x))
		for i, v := range x {
			out[i] = clone(v)
		}
		return out
	}
	return v
}

func same(a, b Doc) bool { return reflect.DeepEqual(clone(a), clone(b)) }
