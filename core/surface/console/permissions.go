package console

import (
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/policy"
)

// Area is the permissions of one part of the house.
type Area struct {
	Name string
	Can  []Permit
}

// Permit is a permission, or another thing to tick, in words.
type Permit struct {
	Value, Label string
	On           bool
}

// Permission is an action in words.
func Permission(w *theme.Printer, action string) string {
	if w.Has("permission." + action) {
		return w.T("permission." + action)
	}
	return action
}

// Areas groups actions, which come in order, by what they are about.
func Areas(w *theme.Printer, all []policy.Action, on []string) []Area {
	var out []Area
	for _, a := range all {
		context, _, _ := strings.Cut(string(a), ".")
		name := context
		if w.Has("permission_area." + context) {
			name = w.T("permission_area." + context)
		}
		if len(out) == 0 || out[len(out)-1].Name != name {
			out = append(out, Area{Name: name})
		}
		g := &out[len(out)-1]
		g.Can = append(g.Can, Permit{string(a), Permission(w, string(a)), slices.Contains(on, string(a))})
	}
	return out
}
