package gate

import (
	"crypto/sha256"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync"

	"github.com/casbin/casbin/v2"
	"github.com/casbin/casbin/v2/model"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/policy"
)

// Where a role line comes from.
const (
	SourceBase   = "base"
	SourceTenant = "tenant"
)

// Rule is one role line: "p, buyer, sourcing.rfq.publish" or "g, buyer, person".
type Rule struct {
	Type   string `json:"type"`
	Role   string `json:"role"`
	Grants string `json:"grants"` // an action, or the role inherited
	Source string `json:"source"`
}

// String is the line as a person would write it.
func (r Rule) String() string { return r.Type + ", " + r.Role + ", " + r.Grants }

// ErrRule is why a role line is refused.
var ErrRule = errors.New("gate: role line refused")

// Check says whether a tenant may add the line: it cannot reach the platform's own rights,
// nor widen what strangers may do.
func (r Rule) Check() error {
	switch {
	case r.Type != "p" && r.Type != "g":
		return fmt.Errorf("%w: %s: type must be p or g", ErrRule, r)
	case !word(r.Role) || !word(r.Grants):
		return fmt.Errorf("%w: %s: only small letters, digits, dots and underscores", ErrRule, r)
	case slices.Contains([]string{roleGuest, caller.RoleVisitor, rolePerson, caller.RolePlatform, caller.RoleSystem}, r.Role):
		return fmt.Errorf("%w: %s: the role %s is the platform's", ErrRule, r, r.Role)
	case r.Type == "g" && slices.Contains([]string{caller.RolePlatform, caller.RoleSystem}, r.Grants):
		return fmt.Errorf("%w: %s: nobody inherits %s", ErrRule, r, r.Grants)
	case r.Type == "p" && strings.HasPrefix(r.Grants, "tenancy."):
		return fmt.Errorf("%w: %s: tenants are the platform's business", ErrRule, r)
	}
	return nil
}

func word(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz0123456789._") == ""
}

// base is the role lines of the house, resolved by Casbin, and the tables of tenants that
// add to them. Many tenants of a platform add nothing or the same blueprint's lines, so
// tables are shared.
type base struct {
	own     *table
	parents map[string][]string // role -> what it inherits by a line of its own
	direct  map[string]actions  // role -> what it may by a line of its own

	mu     sync.Mutex
	shared map[[32]byte]*table
}

const maxShared = 512

func loadBase(policies fs.FS) (*base, error) {
	m, err := fs.ReadFile(policies, "casbin/model.conf")
	if err != nil {
		return nil, err
	}
	f, err := policies.Open("casbin/roles.csv")
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	rules, err := readRules(f)
	if err != nil {
		return nil, err
	}
	b := &base{parents: map[string][]string{}, direct: map[string]actions{}, shared: map[[32]byte]*table{}}
	if b.own, err = houseTable(string(m), rules); err != nil {
		return nil, err
	}
	for _, r := range rules {
		if r.Type == "g" {
			b.parents[r.Role] = append(b.parents[r.Role], r.Grants)
		} else {
			b.direct[r.Role] = b.direct[r.Role].with(b.own.index, policy.Action(r.Grants))
		}
	}
	return b, nil
}

// houseTable lets Casbin resolve the inheritance. Subjects carry a prefix, so that nothing
// else that is called like a role can be mistaken for one.
func houseTable(text string, rules []Rule) (*table, error) {
	e, err := enforcer(text, rules)
	if err != nil {
		return nil, err
	}
	t := &table{may: map[string]actions{}, index: map[policy.Action]int{}, added: rules, reach: reaches(rules)}
	for _, r := range rules {
		if _, known := t.index[policy.Action(r.Grants)]; r.Type == "p" && !known {
			t.index[policy.Action(r.Grants)] = len(t.index)
		}
	}
	for _, r := range rules {
		if _, done := t.may[r.Role]; done {
			continue
		}
		perms, err := e.GetImplicitPermissionsForUser("r:" + r.Role)
		if err != nil {
			return nil, err
		}
		var acts actions
		for _, p := range perms {
			acts = acts.with(t.index, policy.Action(p[1]))
		}
		t.may[r.Role] = acts
	}
	t.grantable = t.ofCompany()
	return t, prove(t)
}

func readRules(r io.Reader) ([]Rule, error) {
	c := csv.NewReader(r)
	c.Comment, c.TrimLeadingSpace, c.FieldsPerRecord = '#', true, 3
	lines, err := c.ReadAll()
	if err != nil {
		return nil, err
	}
	out := make([]Rule, len(lines))
	for i, l := range lines {
		out[i] = Rule{l[0], l[1], l[2], SourceBase}
		if (l[0] != "p" && l[0] != "g") || !word(l[1]) || !word(l[2]) {
			return nil, fmt.Errorf("%w: %s", ErrRule, out[i])
		}
	}
	return out, nil
}

// table compiles the base with a tenant's lines, or finds that somebody has already.
func (b *base) table(added []Rule) (*table, error) {
	if len(added) == 0 {
		return b.own, nil
	}
	h := sha256.New()
	for _, r := range added {
		_, _ = io.WriteString(h, r.String()+"\n")
	}
	key := [32]byte(h.Sum(nil))
	b.mu.Lock()
	defer b.mu.Unlock()
	if t, ok := b.shared[key]; ok {
		return t, nil
	}
	t, err := b.compile(added)
	if err != nil {
		return nil, err
	}
	if len(b.shared) >= maxShared {
		clear(b.shared)
	}
	b.shared[key] = t
	return t, nil
}

// compile lays a tenant's lines over the house's table: the roles that they name, and the
// house's roles that inherit one of those, are resolved anew, all others are the house's. A
// test holds the outcome against Casbin's, which would need half a millisecond and forty
// kilobytes for each tenant.
func (b *base) compile(added []Rule) (*table, error) {
	for _, r := range added {
		if err := r.Check(); err != nil {
			return nil, err
		}
	}
	t := &table{house: b.own, index: b.own.index, added: slices.Clone(added), may: map[string]actions{}, reach: map[string][]string{}}
	for _, r := range added {
		t.may[r.Role] = actions{}
	}
	for role, all := range b.own.reach {
		if slices.ContainsFunc(all, func(r string) bool { _, touched := t.may[r]; return touched }) {
			t.may[role] = actions{}
		}
	}
	for role := range t.may {
		t.may[role], t.reach[role] = b.resolve(role, added)
	}
	t.grantable = t.ofCompany()
	return t, prove(t)
}

// resolve follows one role's inheritance through the house's lines and a tenant's.
func (b *base) resolve(role string, added []Rule) (actions, []string) {
	var acts actions
	all := []string{role}
	inherit := func(r string) {
		if !slices.Contains(all, r) {
			all = append(all, r)
		}
	}
	for i := 0; i < len(all); i++ {
		acts = acts.or(b.direct[all[i]])
		for _, parent := range b.parents[all[i]] {
			inherit(parent)
		}
		for _, r := range added {
			switch {
			case r.Role != all[i]:
			case r.Type == "g":
				inherit(r.Grants)
			default:
				acts = acts.with(b.own.index, policy.Action(r.Grants))
			}
		}
	}
	if len(all) == 1 {
		return acts, nil
	}
	return acts, all
}

// reaches follows the inheritance of every role that inherits anything.
func reaches(rules []Rule) map[string][]string {
	out := map[string][]string{}
	for _, first := range rules {
		if first.Type != "g" || out[first.Role] != nil {
			continue
		}
		all := []string{first.Role}
		for i := 0; i < len(all); i++ {
			for _, r := range rules {
				if r.Type == "g" && r.Role == all[i] && !slices.Contains(all, r.Grants) {
					all = append(all, r.Grants)
				}
			}
		}
		out[first.Role] = all
	}
	return out
}

func enforcer(text string, rules []Rule) (*casbin.Enforcer, error) {
	m, err := model.NewModelFromString(text)
	if err != nil {
		return nil, err
	}
	e, err := casbin.NewEnforcer(m)
	if err != nil {
		return nil, err
	}
	var ps, gs [][]string
	for _, r := range rules {
		if r.Type == "g" {
			gs = append(gs, []string{"r:" + r.Role, "r:" + r.Grants})
		} else {
			ps = append(ps, []string{"r:" + r.Role, r.Grants})
		}
	}
	if _, err := e.AddPoliciesEx(ps); err != nil {
		return nil, err
	}
	_, err = e.AddGroupingPoliciesEx(gs)
	return e, err
}
