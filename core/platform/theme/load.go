package theme

import (
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io/fs"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
	"text/template/parse"
)

// theme is one link of the chain with everything it inherits.
type theme struct {
	name    string
	trees   map[string]*parse.Tree
	layouts map[string]string // page → layout it asked for
	texts   map[string]*catalogue
	assets  *Assets
	tokens  tokens
}

// manifest is theme.json.
type manifest struct {
	Extends string `json:"extends"`
	Title   string `json:"title"`
}

// load reads all themes, parents before children.
func load(files fs.FS, funcs map[string]any, pseudo bool) (map[string]*theme, error) {
	dirs, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	parents := map[string]string{}
	for _, d := range dirs {
		if !d.IsDir() {
			continue
		}
		b, err := fs.ReadFile(files, d.Name()+"/theme.json")
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		var m manifest
		if err := json.Unmarshal(b, &m); err != nil {
			return nil, fmt.Errorf("%s/theme.json: %w", d.Name(), err)
		}
		parents[d.Name()] = m.Extends
	}
	out := map[string]*theme{}
	for name := range parents {
		if err := loadOne(files, name, parents, funcs, out, 0); err != nil {
			return nil, err
		}
	}
	for _, t := range out {
		if err := t.finish(pseudo); err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
	}
	return out, nil
}

func loadOne(files fs.FS, name string, parents map[string]string, funcs map[string]any, out map[string]*theme, depth int) error {
	if out[name] != nil {
		return nil
	}
	parent, ok := parents[name]
	if !ok || depth > 4 {
		return fmt.Errorf("theme %q is missing or extends itself", name)
	}
	t := &theme{name: name, trees: map[string]*parse.Tree{}, layouts: map[string]string{}, texts: map[string]*catalogue{}, assets: newAssets(), tokens: tokens{}}
	if parent != "" {
		if err := loadOne(files, parent, parents, funcs, out, depth+1); err != nil {
			return err
		}
		t.inherit(out[parent])
	}
	own, err := fs.Sub(files, name)
	if err != nil {
		return err
	}
	if err := t.read(own, funcs); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	out[name] = t
	return nil
}

func (t *theme) inherit(p *theme) {
	maps.Copy(t.trees, p.trees)
	maps.Copy(t.layouts, p.layouts)
	for locale, c := range p.texts {
		t.texts[locale] = c.clone()
	}
	t.assets.inherit(p.assets)
	t.tokens = p.tokens.clone()
}

// read takes in the theme's own files.
func (t *theme) read(files fs.FS, funcs map[string]any) error {
	return fs.WalkDir(files, ".", func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		root, rest, _ := strings.Cut(p, "/")
		switch {
		case root == "pages" && path.Ext(p) == ".html":
			return t.parse(files, p, strings.TrimSuffix(rest, ".html"), funcs)
		case (root == "parts" || root == "layouts") && path.Ext(p) == ".html":
			return t.parse(files, p, strings.TrimSuffix(p, ".html"), funcs)
		case root == "locales" && path.Ext(p) == ".json":
			return t.readTexts(files, p, rest)
		case p == "tokens.json":
			return t.readTokens(files, p)
		case root == "css" || root == "js" || root == "assets":
			return t.readAsset(files, p)
		}
		return nil
	})
}

// layoutLine lets a page choose its frame: {{/* layout: print */}} on its first line.
var layoutLine = regexp.MustCompile(`^\{\{/\* layout: ([a-z-]+) \*/\}\}`)

func (t *theme) parse(files fs.FS, file, name string, funcs map[string]any) error {
	b, err := fs.ReadFile(files, file)
	if err != nil {
		return err
	}
	delete(t.layouts, name)
	if m := layoutLine.FindSubmatch(b); m != nil {
		t.layouts[name] = "layouts/" + string(m[1])
	}
	trees, err := parse.Parse(name, string(b), "{{", "}}", funcs, builtins)
	if err != nil {
		return err
	}
	maps.Copy(t.trees, trees)
	return nil
}

// layoutOf is the frame of a page: what it asked for, else its area's.
func (t *theme) layoutOf(name string) string {
	if l := t.layouts[name]; l != "" {
		return l
	}
	switch area, _, _ := strings.Cut(name, "/"); area {
	case "buyer", "seller", "operator", "platform":
		return "layouts/console"
	default:
		return "layouts/storefront"
	}
}

// locale is the wanted one if there are texts for it, else the site's, else English.
func (t *theme) locale(wanted, site string) string {
	for _, l := range []string{wanted, site} {
		if t.texts[l] != nil {
			return l
		}
	}
	return "en"
}

func (t *theme) names(prefix string) []string {
	var out []string
	for _, n := range sortedKeys(t.trees) {
		if strings.HasPrefix(n, prefix) && !strings.Contains(n, "#") {
			out = append(out, n)
		}
	}
	return out
}

// bind makes an executable set. html/template rewrites trees when it escapes them, so
// each set gets copies.
func (t *theme) bind(funcs template.FuncMap) (*template.Template, error) {
	set := template.New(t.name).Funcs(funcs)
	for name, tree := range t.trees {
		if tree == nil || tree.Root == nil {
			continue
		}
		if _, err := set.AddParseTree(name, tree.Copy()); err != nil {
			return nil, err
		}
	}
	return set, nil
}

func (t *theme) finish(pseudo bool) error {
	if pseudo && t.texts["en"] != nil {
		t.texts[PseudoLocale] = t.texts["en"].pseudo()
	}
	return t.assets.finish(t.name, t.tokens)
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// builtins are text/template's own functions; the parser wants to know every name.
var builtins = func() map[string]any {
	m := map[string]any{}
	for _, n := range []string{"and", "break", "call", "continue", "eq", "ge", "gt", "html", "index", "js", "le", "len", "lt", "ne", "not", "or", "print", "printf", "println", "slice", "urlquery"} {
		m[n] = n
	}
	return m
}()
