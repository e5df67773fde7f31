package parties

import (
	"slices"

	"github.com/kontorhq/kontor/core/id"
)

// MaxDepth is how many levels a company has below itself.
const MaxDepth = 10

// UnitKind is what a part of a company is. Any kind may stand below any other.
type UnitKind string

// The kinds of units.
const (
	Division UnitKind = "division"
	Location UnitKind = "location"
	Team     UnitKind = "team"
)

// UnitKinds are all of them, from the large to the small.
var UnitKinds = []UnitKind{Division, Location, Team}

// Tree is a company's units with who stands below whom. It is read whole: a company has
// hundreds of them at most, and one look then answers every question.
type Tree struct {
	units []Unit
	at    map[id.Unit]int
	kids  map[id.Unit][]id.Unit
}

func newTree(us []Unit) Tree {
	t := Tree{units: us, at: make(map[id.Unit]int, len(us)), kids: map[id.Unit][]id.Unit{}}
	for i, u := range us {
		t.at[u.ID] = i
		t.kids[u.Parent] = append(t.kids[u.Parent], u.ID)
	}
	return t
}

// Unit is one of the company's.
func (t Tree) Unit(u id.Unit) (Unit, bool) {
	i, ok := t.at[u]
	if !ok {
		return Unit{}, false
	}
	return t.units[i], true
}

// Units are all of them, by code.
func (t Tree) Units() []Unit { return t.units }

// Children stand directly below a unit, or below the company itself.
func (t Tree) Children(u id.Unit) []id.Unit { return t.kids[u] }

// Path leads from the company down to the unit, which it includes.
func (t Tree) Path(u id.Unit) []Unit {
	var out []Unit
	for !u.IsZero() && len(out) <= len(t.units) {
		x, ok := t.Unit(u)
		if !ok {
			break
		}
		out, u = append(out, x), x.Parent
	}
	slices.Reverse(out)
	return out
}

// Below are the unit and all that stand under it.
func (t Tree) Below(u id.Unit) []id.Unit {
	out := []id.Unit{u}
	for i := 0; i < len(out) && len(out) <= len(t.units); i++ {
		out = append(out, t.kids[out[i]]...)
	}
	return out
}

// height is how many levels a unit and what stands under it take.
func (t Tree) height(u id.Unit) int {
	most := 0
	for _, x := range t.Below(u) {
		most = max(most, len(t.Path(x)))
	}
	return most - len(t.Path(u)) + 1
}

// mayStand refuses a place for a unit: one that is not there, one below itself and one
// too deep. A new unit is of no height yet.
func (t Tree) mayStand(u, parent id.Unit) error {
	if !parent.IsZero() {
		if _, ok := t.Unit(parent); !ok {
			return ErrUnit
		}
	}
	height := 1
	if _, known := t.Unit(u); known {
		if slices.Contains(t.Below(u), parent) {
			return ErrCycle
		}
		height = t.height(u)
	}
	if len(t.Path(parent))+height > MaxDepth {
		return ErrDepth.With("most", MaxDepth)
	}
	return nil
}

// moved is the tree as it would be with the unit elsewhere.
func (t Tree) moved(u, parent id.Unit) Tree {
	us := slices.Clone(t.units)
	us[t.at[u]].Parent = parent
	return newTree(us)
}
