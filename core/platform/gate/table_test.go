package gate

import (
	"io/fs"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/policies"
)

// Whatever lines a tenant adds, its table answers for every role and every action what
// Casbin answers for the house's lines and the tenant's together.
func TestATenantsTableAnswersAsCasbinDoes(t *testing.T) {
	t.Parallel()
	b, err := loadBase(policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	text, err := fs.ReadFile(policies.FS, "casbin/model.conf")
	if err != nil {
		t.Fatal(err)
	}
	for seed := range uint64(60) {
		added := someLines(rand.New(rand.NewPCG(seed, 1)), b.own) //nolint:gosec // to be repeated
		got, gerr := b.compile(added)
		want, werr := houseTable(string(text), slices.Concat(b.own.added, added))
		if (gerr == nil) != (werr == nil) {
			t.Fatalf("seed %d, %v: %v, and Casbin's: %v", seed, added, gerr, werr)
		}
		if werr != nil {
			continue
		}
		if !slices.Equal(got.roles(), want.roles()) || !slices.Equal(got.grantable, want.grantable) {
			t.Fatalf("seed %d, %v: roles %v, grantable %v; Casbin's: %v, %v", seed, added, got.roles(), got.grantable, want.roles(), want.grantable)
		}
		for _, role := range append(want.roles(), "nobody", "") {
			for do := range want.index {
				if got.grants(role, do) != want.grants(role, do) {
					t.Fatalf("seed %d, %v: %s may %s: %v, and Casbin's answer is %v", seed, added, role, do, got.grants(role, do), want.grants(role, do))
				}
			}
			g, w := slices.Sorted(slices.Values(got.reaches(role))), slices.Sorted(slices.Values(want.reaches(role)))
			if !slices.Equal(g, w) {
				t.Fatalf("seed %d, %v: %s reaches %v, by all lines %v", seed, added, role, g, w)
			}
		}
	}
}

// someLines are up to twenty that pass the check of each: roles of the tenant's own and of
// the house, inheritance in rings, actions that the house does not know.
func someLines(r *rand.Rand, house *table) (out []Rule) {
	roles := append(house.roles(), "own_a", "own_b", "own_c", "own_d")
	var acts []policy.Action
	for do := range house.index {
		acts = append(acts, do)
	}
	slices.Sort(acts)
	acts = append(acts, "own.thing.do", "own.thing.read")
	for range 1 + r.IntN(20) {
		l := Rule{"p", roles[r.IntN(len(roles))], string(acts[r.IntN(len(acts))]), SourceTenant}
		if r.IntN(3) == 0 {
			l.Type, l.Grants = "g", roles[r.IntN(len(roles))]
		}
		if l.Check() == nil && l.Role != l.Grants {
			out = append(out, l)
		}
	}
	return out
}
