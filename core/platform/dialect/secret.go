package dialect

import "encoding/json"

// Split takes the secrets out of a value: what is left may be shown and kept as it is, and
// the secrets, by path, are for the vault alone.
func (s *Schema) Split(value []byte) (open []byte, secrets map[string]string) {
	v, secrets := object(value), map[string]string{}
	if v == nil {
		v = map[string]any{}
	}
	split(s.root, "", v, secrets)
	open, _ = json.Marshal(v)
	return open, secrets
}

func split(n *node, under string, v map[string]any, into map[string]string) {
	for _, p := range n.props {
		name := under + p.name
		switch {
		case p.node.kind == "object":
			if inner, ok := v[p.name].(map[string]any); ok {
				split(p.node, name+".", inner, into)
			}
		case p.node.hints.Secret:
			if secret, ok := v[p.name].(string); ok {
				into[name] = secret
				delete(v, p.name)
			}
		}
	}
}

// Join puts secrets back where Split took them from.
func (s *Schema) Join(open []byte, secrets map[string]string) []byte {
	v := object(open)
	if v == nil {
		v = map[string]any{}
	}
	join(s.root, "", v, secrets)
	b, _ := json.Marshal(v)
	return b
}

func join(n *node, under string, v map[string]any, secrets map[string]string) {
	for _, p := range n.props {
		name := under + p.name
		switch {
		case p.node.kind == "object":
			inner, ok := v[p.name].(map[string]any)
			if !ok {
				inner = map[string]any{}
			}
			if join(p.node, name+".", inner, secrets); len(inner) > 0 {
				v[p.name] = inner
			}
		case p.node.hints.Secret:
			if secret, ok := secrets[name]; ok {
				v[p.name] = secret
			}
		}
	}
}

// Secrets are the paths of all secrets.
func (s *Schema) Secrets() []string {
	var out []string
	var walk func(n *node, under string)
	walk = func(n *node, under string) {
		for _, p := range n.props {
			if p.node.kind == "object" {
				walk(p.node, under+p.name+".")
			} else if p.node.hints.Secret {
				out = append(out, under+p.name)
			}
		}
	}
	walk(s.root, "")
	return out
}

// Keep puts those secrets into a value that it does not name itself. One that is null is
// taken away.
func (s *Schema) Keep(value []byte, secrets map[string]string) ([]byte, error) {
	var v map[string]any
	if err := decode(value, &v); err != nil || v == nil {
		return nil, ErrValue
	}
	keep(s.root, "", v, secrets)
	return json.Marshal(v)
}

func keep(n *node, under string, v map[string]any, secrets map[string]string) {
	for _, p := range n.props {
		name := under + p.name
		have, there := v[p.name]
		switch {
		case p.node.kind == "object":
			inner, ok := have.(map[string]any)
			if there && !ok {
				continue // the check says what is wrong
			}
			if !ok {
				inner = map[string]any{}
			}
			if keep(p.node, name+".", inner, secrets); len(inner) > 0 {
				v[p.name] = inner
			}
		case !p.node.hints.Secret:
		case there && have == nil:
			delete(v, p.name)
		case !there:
			if secret, ok := secrets[name]; ok {
				v[p.name] = secret
			}
		}
	}
}
