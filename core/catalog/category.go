package catalog

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/id"
)

// Category is a shelf of the catalogue. Path names its place: "sections/h-beams".
type Category struct {
	ID         id.Category
	Parent     id.Category
	Slug       string
	Path       string
	Names      Names
	Attributes []string // keys of the attributes that its items have, in order
	Position   int
	Picture    string
}

var slug = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Check says what is wrong with a category.
func (c Category) Check() error {
	switch {
	case !slug.MatchString(c.Slug) || len(c.Slug) > 80:
		return ErrCategorySlug.With("slug", c.Slug)
	case c.Names.Blank():
		return ErrNameMissing
	}
	return nil
}

// Tree is a tenant's categories, made once and then only read.
type Tree struct {
	byPath   map[string]*Category
	byID     map[id.Category]*Category
	children map[string][]*Category
}

// NewTree orders categories by position, then path.
func NewTree(cs []Category) *Tree {
	t := &Tree{byPath: map[string]*Category{}, byID: map[id.Category]*Category{}, children: map[string][]*Category{}}
	for i := range cs {
		c := &cs[i]
		t.byPath[c.Path], t.byID[c.ID] = c, c
		t.children[Above(c.Path)] = append(t.children[Above(c.Path)], c)
	}
	for _, kids := range t.children {
		slices.SortFunc(kids, func(a, b *Category) int {
			return cmp.Or(cmp.Compare(a.Position, b.Position), cmp.Compare(a.Path, b.Path))
		})
	}
	return t
}

// Above is the path of the parent, empty for a root.
func Above(path string) string {
	i := strings.LastIndexByte(path, '/')
	return path[:max(i, 0)]
}

// Chain is the path's ancestors and itself, from the root: "a", "a/b", "a/b/c".
func Chain(path string) []string {
	var out []string
	for i, r := range path {
		if r == '/' {
			out = append(out, path[:i])
		}
	}
	if path != "" {
		out = append(out, path)
	}
	return out
}

// At finds a category by its path.
func (t *Tree) At(path string) (*Category, bool) { c, ok := t.byPath[path]; return c, ok }

// ByID finds a category by its identifier.
func (t *Tree) ByID(c id.Category) (*Category, bool) { got, ok := t.byID[c]; return got, ok }

// Children are the categories directly below a path; "" gives the roots.
func (t *Tree) Children(path string) []*Category { return t.children[path] }

// Trail is the way from the root to a path, for breadcrumbs.
func (t *Tree) Trail(path string) []*Category {
	var out []*Category
	for _, p := range Chain(path) {
		if c, ok := t.byPath[p]; ok {
			out = append(out, c)
		}
	}
	return out
}

// All is every category, parents before children.
func (t *Tree) All() []*Category {
	out := make([]*Category, 0, len(t.byPath))
	var walk func(path string)
	walk = func(path string) {
		for _, c := range t.children[path] {
			out = append(out, c)
			walk(c.Path)
		}
	}
	walk("")
	return out
}

// AttributesOf are the keys of a category's attributes: its own, or those of the nearest
// ancestor that names any.
func (t *Tree) AttributesOf(path string) []string {
	chain := Chain(path)
	for _, p := range slices.Backward(chain) {
		if c, ok := t.byPath[p]; ok && len(c.Attributes) > 0 {
			return c.Attributes
		}
	}
	return nil
}
