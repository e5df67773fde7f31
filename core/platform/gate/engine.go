package gate

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"

	"github.com/kontorhq/kontor/core/policy"
)

// engine holds the compiled rules of the trade and one prepared query per action and set
// of verticals.
type engine struct {
	compiler  *ast.Compiler
	actions   map[policy.Action]*ruleset
	verticals map[string]map[string]bool // name -> "catalog.publish_item" that it adds to
	rev       string                     // of the files, so that a decision can be replayed

	prepared sync.Map // queryKey -> *rego.PreparedEvalQuery
}

// ruleset is the package that judges one action.
type ruleset struct {
	path   string // "catalog.publish_item"
	title  string
	about  string
	schema *schema
}

type queryKey struct{ path, verticals string }

// deadline stops a runaway rule. Rules take microseconds, so two seconds stop one that never
// ends all the same; it is the wall's clock that counts, and on a machine that is short of
// cores a shorter one refused people who had done nothing wrong.
const deadline = 2 * time.Second

// Why a question could not be answered.
var (
	errUndefined = errors.New("gate: the rules gave no whole decision")
	errVertical  = errors.New("gate: the tenant names a vertical that does not exist")
)

func loadEngine(policies fs.FS) (*engine, error) {
	schemas, set, err := loadSchemas(policies)
	if err != nil {
		return nil, err
	}
	modules, rev, err := loadModules(policies)
	if err != nil {
		return nil, err
	}
	c := ast.NewCompiler().WithStrict(true).WithCapabilities(capabilities()).WithSchemas(set).WithUseTypeCheckAnnotations(true)
	if c.Compile(modules); c.Failed() {
		return nil, c.Errors
	}
	e := &engine{compiler: c, actions: map[policy.Action]*ruleset{}, verticals: map[string]map[string]bool{}, rev: rev}
	for _, m := range modules {
		if err := e.register(m, schemas); err != nil {
			return nil, err
		}
	}
	// Prepared now, so that a rule that cannot run is found at the start.
	for _, r := range e.actions {
		if _, err := e.query(context.Background(), r, nil); err != nil {
			return nil, err
		}
	}
	return e, nil
}

// capabilities are what rules may call: nothing that reaches outside, and nothing whose
// answer differs from one evaluation to the next, so that as_of replays a decision.
func capabilities() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool {
		return b.IsNondeterministic() || b.Name == "http.send" || b.Name == "opa.runtime" || strings.HasPrefix(b.Name, "net.")
	})
	c.AllowNet = []string{}
	return c
}

// loadModules parses every rule file but the tests.
func loadModules(policies fs.FS) (map[string]*ast.Module, string, error) {
	out := map[string]*ast.Module{}
	h := sha256.New()
	err := fs.WalkDir(policies, "rego", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || path.Ext(p) != ".rego" || strings.HasSuffix(p, "_test.rego") {
			return err
		}
		src, err := fs.ReadFile(policies, p)
		if err != nil {
			return err
		}
		fmt.Fprintf(h, "%s %d\n%s", p, len(src), src)
		out[p], err = ast.ParseModuleWithOpts(p, string(src), ast.ParserOptions{ProcessAnnotation: true, Capabilities: capabilities()})
		return err
	})
	return out, hex.EncodeToString(h.Sum(nil))[:12], err
}

// register reads a package's annotations: the action it judges, or the vertical it is of.
func (e *engine) register(m *ast.Module, schemas map[string]*schema) error {
	pkg := strings.TrimPrefix(m.Package.Path.String(), "data.kontor.")
	if rest, ok := strings.CutPrefix(pkg, "vertical."); ok {
		name, of, _ := strings.Cut(rest, ".")
		if e.verticals[name] == nil {
			e.verticals[name] = map[string]bool{}
		}
		e.verticals[name][of] = true
		return nil
	}
	for _, a := range m.Annotations {
		action, _ := a.Custom["action"].(string)
		if action == "" {
			continue
		}
		facts, _ := a.Custom["facts"].(string)
		if schemas[facts] == nil {
			return fmt.Errorf("gate: package %s: no schema %q for its facts", pkg, facts)
		}
		if e.actions[policy.Action(action)] != nil {
			return fmt.Errorf("gate: two packages judge %s", action)
		}
		e.actions[policy.Action(action)] = &ruleset{path: pkg, title: a.Title, about: strings.TrimSpace(a.Description), schema: schemas[facts]}
	}
	return nil
}

func (e *engine) has(do policy.Action) bool { return e.actions[do] != nil }

// Verticals are the names that a tenant's settings may give.
func (g *Gate) Verticals() []string {
	var out []string
	for name := range g.rules.verticals {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

// query is the prepared question. Every package named in it must answer: a set that is
// undefined leaves the whole decision undefined, and that is a refusal.
func (e *engine) query(ctx context.Context, r *ruleset, verticals []string) (*rego.PreparedEvalQuery, error) {
	key := queryKey{r.path, strings.Join(verticals, ",")}
	if q, ok := e.prepared.Load(key); ok {
		return q.(*rego.PreparedEvalQuery), nil
	}
	deny := "data.kontor." + r.path + ".deny"
	for _, v := range verticals {
		switch adds, ok := e.verticals[v]; {
		case !ok:
			return nil, fmt.Errorf("%w: %s", errVertical, v)
		case adds[r.path]:
			deny += " | data.kontor.vertical." + v + "." + r.path + ".deny"
		}
	}
	q, err := rego.New(
		rego.Query("decision := data.kontor.decide.combine("+deny+", data.kontor."+r.path+".review)"),
		rego.Compiler(e.compiler),
		rego.Capabilities(capabilities()),
		rego.StrictBuiltinErrors(true),
	).PrepareForEval(ctx)
	if err != nil {
		return nil, fmt.Errorf("gate: package %s: %w", r.path, err)
	}
	e.prepared.Store(key, &q)
	return &q, nil
}

// judge runs the rules on an input and demands one whole decision.
func (e *engine) judge(ctx context.Context, r *ruleset, verticals []string, input ast.Value) (Outcome, []Reason, error) {
	q, err := e.query(ctx, r, verticals)
	if err != nil {
		return Deny, nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, deadline)
	defer cancel()
	rs, err := q.Eval(ctx, rego.EvalParsedInput(input))
	if err != nil {
		return Deny, nil, err
	}
	if len(rs) != 1 {
		return Deny, nil, errUndefined
	}
	return decode(rs[0].Bindings["decision"])
}

func decode(v any) (Outcome, []Reason, error) {
	m, ok := v.(map[string]any)
	if !ok {
		return Deny, nil, errUndefined
	}
	outcome, _ := m["outcome"].(string)
	list, ok := m["reasons"].([]any)
	if !ok {
		return Deny, nil, errUndefined
	}
	if outcome == string(Allow) && len(list) == 0 {
		return Allow, nil, nil
	}
	if (outcome != string(Deny) && outcome != string(Review)) || len(list) == 0 {
		return Deny, nil, errUndefined
	}
	raw, err := json.Marshal(list)
	if err != nil {
		return Deny, nil, err
	}
	var reasons []Reason
	if err := json.Unmarshal(raw, &reasons); err != nil {
		return Deny, nil, err
	}
	return Outcome(outcome), reasons, nil
}
