package policies_test

import (
	"context"
	"encoding/json"
	"io/fs"
	"path"
	"strings"
	"testing"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"

	"github.com/kontorhq/kontor/policies"
)

// Every rule has its tests beside it, and they all pass.
func TestRego(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	store := inmem.New()
	var results []*tester.Result
	err := storage.Txn(ctx, store, storage.TransactionParams{}, func(txn storage.Transaction) error {
		ch, err := tester.NewRunner().SetStore(store).SetModules(modules(t, true)).RaiseBuiltinErrors(false).RunTests(ctx, txn)
		if err != nil {
			return err
		}
		for r := range ch {
			results = append(results, r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if !r.Pass() {
			t.Errorf("%s.%s: %v", r.Package, r.Name, r)
		}
	}
	if len(results) < 40 {
		t.Fatalf("only %d tests ran", len(results))
	}
}

// A misspelt fact is found when the rules are compiled, not when an order is placed.
func TestRegoCompilesStrictlyAgainstTheSchemas(t *testing.T) {
	t.Parallel()
	c := compiler(t)
	c.Compile(modules(t, false))
	if c.Failed() {
		t.Fatal(c.Errors)
	}
}

func TestAMisspeltFactDoesNotCompile(t *testing.T) {
	t.Parallel()
	ms := modules(t, false)
	name := "rego/kontor/ordering/place/place.rego"
	src, err := fs.ReadFile(policies.FS, name)
	if err != nil {
		t.Fatal(err)
	}
	wrong := strings.ReplaceAll(string(src), "input.facts.buyer", "input.facts.byer")
	ms[name] = ast.MustParseModuleWithOpts(wrong, ast.ParserOptions{ProcessAnnotation: true})
	c := compiler(t)
	if c.Compile(ms); !c.Failed() || !strings.Contains(c.Errors.Error(), "byer") {
		t.Fatalf("got %v, want a type error that names the misspelt fact", c.Errors)
	}
}

// Folder and package agree, and each package says what it is about, or nobody finds it.
func TestPackagesLieWhereTheirNamesSay(t *testing.T) {
	t.Parallel()
	for name, m := range modules(t, true) {
		pkg := strings.TrimSuffix(strings.TrimPrefix(m.Package.Path.String(), "data."), "_test")
		if want := strings.ReplaceAll(strings.TrimPrefix(path.Dir(name), "rego/"), "/", "."); pkg != want {
			t.Errorf("%s holds package %s, want %s", name, pkg, want)
		}
		if strings.HasSuffix(name, "_test.rego") {
			continue
		}
		if len(m.Annotations) == 0 || m.Annotations[0].Title == "" {
			t.Errorf("%s has no title", name)
		}
		if _, err := fs.Stat(policies.FS, strings.TrimSuffix(name, ".rego")+"_test.rego"); err != nil {
			t.Errorf("%s has no test beside it", name)
		}
	}
}

// The law adds to the house's rules: a vertical may refuse, never allow or wave through.
func TestVerticalsOnlyDeny(t *testing.T) {
	t.Parallel()
	for name, m := range modules(t, false) {
		if !strings.HasPrefix(name, "rego/kontor/vertical/") {
			continue
		}
		for _, r := range m.Rules {
			if r.Head.Ref().String() == "review" || r.Head.Ref().String() == "decision" {
				t.Errorf("%s defines %s", name, r.Head.Ref())
			}
		}
	}
}

func modules(t *testing.T, tests bool) map[string]*ast.Module {
	t.Helper()
	out := map[string]*ast.Module{}
	err := fs.WalkDir(policies.FS, "rego", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || (!tests && strings.HasSuffix(p, "_test.rego")) {
			return err
		}
		src, err := fs.ReadFile(policies.FS, p)
		if err != nil {
			return err
		}
		out[p], err = ast.ParseModuleWithOpts(p, string(src), ast.ParserOptions{ProcessAnnotation: true})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func compiler(t *testing.T) *ast.Compiler {
	t.Helper()
	set := ast.NewSchemaSet()
	files, err := fs.Glob(policies.FS, "schema/*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		raw, err := fs.ReadFile(policies.FS, f)
		if err != nil {
			t.Fatal(err)
		}
		var schema any
		if err := json.Unmarshal(raw, &schema); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
		set.Put(ast.SchemaRootRef.Append(ast.StringTerm(strings.TrimSuffix(path.Base(f), ".json"))), schema)
	}
	return ast.NewCompiler().WithStrict(true).WithSchemas(set).WithUseTypeCheckAnnotations(true)
}
