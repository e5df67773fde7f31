package parties

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontorhq/kontor/core/id"
)

// chain is a company whose units stand one below the other.
func chain(n int) []Unit {
	var us []Unit
	var parent id.Unit
	for i := range n {
		u := Unit{ID: id.Unit{}.New(), Parent: parent, Code: fmt.Sprint(i), Name: fmt.Sprint("U", i)}
		us, parent = append(us, u), u.ID
	}
	return us
}

func TestAUnitFindsNoPlaceBelowItselfOrTooDeep(t *testing.T) {
	t.Parallel()
	us := chain(MaxDepth)
	pair := []Unit{{ID: id.Unit{}.New(), Code: "a"}, {ID: id.Unit{}.New(), Code: "b"}}
	pair[1].Parent = pair[0].ID
	tree := newTree(append(slices.Clone(us), pair...))
	for name, c := range map[string]struct {
		unit, parent id.Unit
		want         error
	}{
		"below itself":               {us[3].ID, us[3].ID, ErrCycle},
		"below what is below it":     {us[3].ID, us[7].ID, ErrCycle},
		"a new one on the last step": {id.Unit{}.New(), us[MaxDepth-1].ID, ErrDepth},
		"a new one before it":        {id.Unit{}.New(), us[MaxDepth-2].ID, nil},
		"two where one has room":     {pair[0].ID, us[MaxDepth-2].ID, ErrDepth},
		"two where two have":         {pair[0].ID, us[MaxDepth-3].ID, nil},
		"where nothing is":           {us[3].ID, id.Unit{}.New(), ErrUnit},
		"at the top":                 {us[5].ID, id.Unit{}, nil},
		"where it is":                {us[5].ID, us[4].ID, nil},
	} {
		if err := tree.mayStand(c.unit, c.parent); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", name, err, c.want)
		}
	}
}

// Whatever is moved where, every unit keeps one way to the company, and none is too long.
func TestAnyMovesLeaveATree(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(7, 11))
	tree := newTree(chain(6))
	for i := range 40 {
		us := tree.Units()
		tree = newTree(append(slices.Clone(us), Unit{ID: id.Unit{}.New(), Parent: us[r.IntN(4)].ID, Code: fmt.Sprint("n", i)}))
	}
	moves := 0
	for range 2000 {
		us := tree.Units()
		u, p := us[r.IntN(len(us))].ID, us[r.IntN(len(us))].ID
		if r.IntN(5) == 0 {
			p = id.Unit{}
		}
		if tree.mayStand(u, p) != nil {
			continue
		}
		moves++
		tree = tree.moved(u, p)
		for _, x := range tree.Units() {
			way := tree.Path(x.ID)
			if len(way) == 0 || len(way) > MaxDepth || !way[0].Parent.IsZero() {
				t.Fatalf("after %d moves %s stands %d deep", moves, x.Code, len(way))
			}
		}
	}
	if moves < 500 {
		t.Errorf("only %d moves were tried", moves)
	}
}

// A circle cannot come to be; should a table hold one, nothing runs for ever.
func TestACircleInATableEnds(t *testing.T) {
	t.Parallel()
	a, b := id.Unit{}.New(), id.Unit{}.New()
	tree := newTree([]Unit{{ID: a, Parent: b}, {ID: b, Parent: a}})
	if n := len(tree.Path(a)); n > 3 {
		t.Errorf("a way of %d", n)
	}
	if n := len(tree.Below(a)); n > 4 {
		t.Errorf("%d below", n)
	}
}

func TestWhatAUnitDoesNotSetItInherits(t *testing.T) {
	t.Parallel()
	us := chain(3)
	st := NewStructure(us, []Setting{
		{Unit: id.Unit{}, Key: SetLanguage, Value: "en"}, {Unit: us[0].ID, Key: SetLimit, Value: "5000"}, {Unit: us[2].ID, Key: SetLanguage, Value: "zh-CN"},
	})
	for _, c := range []struct {
		unit id.Unit
		key  SettingKey
		want Effective
	}{
		{us[2].ID, SetLanguage, Effective{SetLanguage, "zh-CN", true, true, us[2].ID, false}},
		{us[1].ID, SetLanguage, Effective{SetLanguage, "en", false, true, id.Unit{}, true}},
		{us[2].ID, SetLimit, Effective{SetLimit, "5000", false, true, us[0].ID, false}},
		{id.Unit{}, SetLanguage, Effective{SetLanguage, "en", true, true, id.Unit{}, true}},
		{id.Unit{}, SetLimit, Effective{Key: SetLimit}},
		{us[2].ID, SetAddress, Effective{Key: SetAddress}},
	} {
		if got := st.Effective(c.unit, c.key); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.key, got, c.want)
		}
	}
	if st.Limit(us[2].ID) != 5000 || st.Limit(id.Unit{}) != 0 {
		t.Error("without a limit anywhere one always asks")
	}
}
