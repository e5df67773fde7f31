package app_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// Several look at the same things through the same routes, and see different sides of them.
// Which side is committed (trust.md S03): a property that suddenly shows itself to one who
// did not have it stands in the review, whoever wrote the view.
func TestWhatOfOneThingEachRoleSeesIsTheCommittedOne(t *testing.T) {
	h := apptest.New(t)
	sale := settled(t, h)
	viewers := []struct {
		name string
		who  *apptest.Client
	}{
		{"visitor", h.Visitor(t, "steel")},
		{"buyer", sale.buyer},
		{"another buyer", h.Client(t, "steel", "buyer3@steel.example")},
		{"seller", sale.lanqiao},
		{"another seller", sale.huheng},
		{"operator", h.Client(t, "steel", "operator@steel.example")},
	}
	steel := tenantID(t, h, "steel")
	var b strings.Builder
	b.WriteString("route\tproperty\tseen by\tnot by, who sees the rest\n")
	shared := 0
	for _, line := range h.Web.Table() {
		ps, ok := params(line.Path)
		if line.Method != http.MethodGet || !line.API || !ok || len(ps) == 0 {
			continue
		}
		path, _ := owned(t, h, steel, line.Path, ps)
		seen := map[string][]string{}
		var in []string
		for _, v := range viewers {
			a := ask(t, h, v.who, http.MethodGet, path, "", nil)
			if a.status != http.StatusOK {
				continue
			}
			in = append(in, v.name)
			for k := range properties(a.body) {
				seen[k] = append(seen[k], v.name)
			}
		}
		if len(in) < 2 {
			continue
		}
		shared++
		for _, k := range slices.Sorted(maps.Keys(seen)) {
			if blind := without(in, seen[k]); len(blind) > 0 {
				fmt.Fprintf(&b, "%s\t%s\t%s\t%s\n", line.Path, k, strings.Join(seen[k], ", "), strings.Join(blind, ", "))
			}
		}
	}
	if shared < 10 {
		t.Errorf("only %d routes answered two of them; do the requests get as far as the objects?", shared)
	}
	sameFile(t, filepath.Join("testdata", "role_properties.tsv"), []byte(b.String()), "make gen, and look at who sees what now")
}

// properties are the places of a document that say something, and how long its lists are:
// nothing, zero and no are what a view gives who must not know.
func properties(body string) map[string]bool {
	out := map[string]bool{}
	var walk func(at string, v any)
	walk = func(at string, v any) {
		switch v := v.(type) {
		case map[string]any:
			if amount, ok := v["amount"].(string); ok && strings.Trim(amount, "0.") == "" {
				return // no money
			}
			for k, x := range v {
				walk(strings.TrimPrefix(at+"."+k, "."), x)
			}
		case []any:
			out[fmt.Sprintf("%s × %d", at, len(v))] = true
			for _, x := range v {
				walk(at+"[]", x)
			}
		case nil:
		case string:
			out[at] = out[at] || v != ""
		case bool:
			out[at] = out[at] || v
		case float64:
			out[at] = out[at] || v != 0
		}
	}
	var v any
	if json.Unmarshal([]byte(body), &v) == nil {
		walk("", v)
	}
	maps.DeleteFunc(out, func(_ string, says bool) bool { return !says })
	return out
}

func without(all, these []string) []string {
	return slices.DeleteFunc(slices.Clone(all), func(s string) bool { return slices.Contains(these, s) })
}
