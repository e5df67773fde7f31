package partiesdb_test

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/parties/partiesdb"
	"github.com/kontorhq/kontor/core/platform/pg"
)

func (h *hiring) unit(t *testing.T, code string, parent id.Unit) id.Unit {
	t.Helper()
	u, err := h.PutUnit(h.admin, parties.Unit{Org: h.org, Code: code, Name: "Unit " + code, Kind: parties.Team, Parent: parent})
	if err != nil {
		t.Fatal(err)
	}
	return u.ID
}

// hand makes somebody a member whose limit is his unit's.
func (h *hiring) hand(t *testing.T, email string, unit id.Unit) id.Person {
	t.Helper()
	p, err := h.people.SignUp(h.sys, identity.SignUpInput{Email: email, Name: "Hand", Password: "correct horse battery"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := h.PutMember(h.sys, parties.MemberInput{Org: h.org, Person: p.ID, Roles: []string{"buyer"}, Unit: unit, Inherit: true}); err != nil {
		t.Fatal(err)
	}
	return p.ID
}

func (h *hiring) limit(t *testing.T, p id.Person) int64 {
	t.Helper()
	m, err := h.Member(h.sys, h.org, p)
	if err != nil || m.LimitMinor == nil {
		t.Fatal(m, err)
	}
	return *m.LimitMinor
}

func (h *hiring) setLimit(t *testing.T, u id.Unit, euros int64) {
	t.Helper()
	limit := money.Of(euros*100, "EUR")
	if _, err := h.PutSetting(h.admin, parties.SettingInput{Org: h.org, Unit: u, Key: parties.SetLimit, Limit: &limit}); err != nil {
		t.Fatal(err)
	}
}

func TestALimitFollowsTheTree(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	north := h.unit(t, "N", id.Unit{})
	south := h.unit(t, "S", id.Unit{})
	plant := h.unit(t, "P", north)
	bob := h.hand(t, "bob@n.example", plant)
	if got := h.limit(t, bob); got != 0 {
		t.Errorf("nobody has set a limit: %d", got)
	}
	h.setLimit(t, id.Unit{}, 100)
	h.setLimit(t, north, 500)
	h.setLimit(t, south, 50)
	if got := h.limit(t, bob); got != 500_00 {
		t.Errorf("from the division: %d", got)
	}
	in := parties.MoveInput{Org: h.org, Unit: plant, Parent: south}
	e, err := h.PreviewMove(h.admin, in)
	if err != nil || e.Units != 1 || len(e.People) != 1 || *e.People[0].LimitMinor != 500_00 || *e.People[0].LimitAfter != 50_00 || len(e.Settings) != 1 || e.Settings[0].After.From != south {
		t.Fatalf("%+v %v", e, err)
	}
	if got := h.limit(t, bob); got != 500_00 {
		t.Errorf("a preview moved something: %d", got)
	}
	if _, err := h.Move(h.admin, in); err != nil {
		t.Fatal(err)
	}
	if got := h.limit(t, bob); got != 50_00 {
		t.Errorf("after the move: %d", got)
	}
	if _, err := h.PutSetting(h.admin, parties.SettingInput{Org: h.org, Unit: south, Key: parties.SetLimit}); err != nil {
		t.Fatal(err)
	}
	if got := h.limit(t, bob); got != 100_00 {
		t.Errorf("reset, the company's holds: %d", got)
	}
	limit := money.Of(7_00, "EUR")
	if _, err := h.PutMember(h.admin, parties.MemberInput{Org: h.org, Person: bob, Roles: []string{"buyer"}, Unit: plant, Limit: &limit}); err != nil {
		t.Fatal(err)
	}
	h.setLimit(t, south, 900)
	if got := h.limit(t, bob); got != 7_00 {
		t.Errorf("his own limit was overwritten: %d", got)
	}
}

// Two moves that are each fine and together a circle: whoever is second is refused.
func TestTwoMovesAtOnceMakeNoCircle(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	a, b := h.unit(t, "A", id.Unit{}), h.unit(t, "B", id.Unit{})
	one, two := h.overlapping(t,
		func(ctx context.Context) error {
			return second(h.Move(with(ctx, h.admin), parties.MoveInput{Org: h.org, Unit: a, Parent: b}))
		},
		func() error { return second(h.Move(h.admin, parties.MoveInput{Org: h.org, Unit: b, Parent: a})) })
	if one != nil || !errors.Is(two, parties.ErrCycle) {
		t.Fatalf("%v and %v", one, two)
	}
	st, err := h.Structure(h.admin, h.org)
	if err != nil || len(st.Path(a)) != 2 || len(st.Path(b)) != 1 {
		t.Errorf("%+v %v", st.Units(), err)
	}
}

func TestTheTreeIsTheCompanysOwnAndTenDeep(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	var parent id.Unit
	for i := range parties.MaxDepth {
		parent = h.unit(t, fmt.Sprint(i), parent)
	}
	if _, err := h.PutUnit(h.admin, parties.Unit{Org: h.org, Code: "11", Name: "x", Parent: parent}); !errors.Is(err, parties.ErrDepth) {
		t.Errorf("the eleventh level: %v", err)
	}
	if _, err := h.PutUnit(h.admin, parties.Unit{Org: h.org, Code: "0", Name: "x", Parent: parent}); !errors.Is(err, parties.ErrCycle) {
		t.Errorf("a circle by writing: %v", err)
	}
	other, err := h.Ensure(h.sys, parties.OrgInput{Name: "Other", Country: "DE", RegKind: "other", RegNo: "HRB 1", Buys: true})
	if err != nil {
		t.Fatal(err)
	}
	theirs, err := h.PutUnit(h.sys, parties.Unit{Org: other.ID, Code: "X", Name: "X"})
	if err != nil {
		t.Fatal(err)
	}
	address, err := h.PutAddress(h.sys, parties.Address{Org: other.ID, Label: "Gate", Country: "DE", City: "Ulm", Street: "1"})
	if err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"below another company's":     second(h.Move(h.admin, parties.MoveInput{Org: h.org, Unit: parent, Parent: theirs.ID})),
		"another company's":           second(h.Move(h.admin, parties.MoveInput{Org: h.org, Unit: theirs.ID})),
		"a unit below another's":      second(h.PutUnit(h.admin, parties.Unit{Org: h.org, Code: "Y", Name: "Y", Parent: theirs.ID})),
		"a setting of another's":      second(h.PutSetting(h.admin, parties.SettingInput{Org: h.org, Unit: theirs.ID, Key: parties.SetLanguage, Value: "en"})),
		"in another company":          second(h.PutSetting(h.admin, parties.SettingInput{Org: other.ID, Key: parties.SetLanguage, Value: "en"})),
		"a look at another's":         second(h.Structure(h.admin, other.ID)),
		"a preview in another's tree": second(h.PreviewMove(h.admin, parties.MoveInput{Org: other.ID, Unit: theirs.ID})),
	} {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, in := range map[string]parties.SettingInput{
		"another company's address": {Org: h.org, Key: parties.SetAddress, Value: address.ID.String()},
		"no language of ours":       {Org: h.org, Key: parties.SetLanguage, Value: "fr"},
		"a negative limit":          {Org: h.org, Key: parties.SetLimit, Value: "-1"},
		"no such setting":           {Org: h.org, Key: "colour", Value: "red"},
	} {
		if _, err := h.PutSetting(h.admin, in); !errors.Is(err, parties.ErrSetting) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := h.Move(h.as(h.boss, h.org, "buyer"), parties.MoveInput{Org: h.org, Unit: parent}); fault.KindOf(err) != fault.Denied {
		t.Errorf("a buyer moves: %v", err)
	}
	if h.count(t, "parties_settings") != 0 {
		t.Error("a refused setting was stored")
	}
}

func TestWhatHoldsForAMemberComesFromTheNearest(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	north := h.unit(t, "N", id.Unit{})
	plant := h.unit(t, "P", north)
	bob := h.hand(t, "bob@n.example", plant)
	var ids []id.Address
	for _, label := range []string{"Head office", "Gate 3"} {
		a, err := h.PutAddress(h.admin, parties.Address{Org: h.org, Label: label, Country: "DE", City: "Ulm", Street: "1"})
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, a.ID)
	}
	set := func(u id.Unit, a id.Address) {
		t.Helper()
		if _, err := h.PutSetting(h.admin, parties.SettingInput{Org: h.org, Unit: u, Key: parties.SetAddress, Value: a.String()}); err != nil {
			t.Fatal(err)
		}
	}
	set(id.Unit{}, ids[0])
	set(north, ids[1])
	me := h.as(bob, h.org, "buyer")
	for _, c := range []struct {
		who  id.Person
		want id.Address
	}{{bob, ids[1]}, {h.boss, ids[0]}} {
		if got, err := h.Choices(me, h.org, c.who); err != nil || got.Address != c.want {
			t.Errorf("%v %v, want %v", got, err, c.want)
		}
	}
	if err := h.RemoveAddress(h.admin, h.org, ids[1]); err != nil {
		t.Fatal(err)
	}
	if got, err := h.Choices(me, h.org, bob); err != nil || got.Address != ids[0] {
		t.Errorf("an address that is gone still holds: %v %v", got, err)
	}
}

// However large the company, one trip reads it.
func TestTheWholeTreeIsReadInOneTrip(t *testing.T) {
	t.Parallel()
	h := hire(t, nil)
	for i := range 60 {
		h.unit(t, fmt.Sprint(i), id.Unit{})
	}
	ctx, cost := pg.Counting(h.admin)
	if st, err := partiesdb.New(h.db.DB, h.phones).Structure(ctx, h.org); err != nil || len(st.Units()) != 60 {
		t.Fatal(err)
	}
	if cost.Trips() != 1 {
		t.Errorf("%d trips", cost.Trips())
	}
}
