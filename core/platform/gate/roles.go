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

// table is who may what, compiled: role -> actions, inheritance resolved.
type table struct {
	may       map[string]map[policy.Action]struct{}
	rules     []Rule
	grantable []string            // what a company may give its people
	reach     map[string][]string // role -> itself and all that it inherits
}

func (t *table) grants(role string, do policy.Action) bool {
	_, ok := t.may[role][do]
	return ok
}

// base is the role lines of the house, and the tables of tenants that add to them. Most
// tenants of a platform add nothing or the same blueprint's lines, so tables are shared.
type base struct {
	model string
	rules []Rule
	own   *table

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
	b := &base{model: string(m), rules: rules, shared: map[[32]byte]*table{}}
	if b.own, err = b.compile(nil); err != nil {
		return nil, err
	}
	return b, nil
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

// compile lets Casbin resolve the inheritance. Subjects carry a prefix, so that nothing
// else that is called like a role can be mistaken for one.
func (b *base) compile(added []Rule) (*table, error) {
	for _, r := range added {
		if err := r.Check(); err != nil {
			return nil, err
		}
	}
	rules := slices.Concat(b.rules, added)
	e, err := enforcer(b.model, rules)
	if err != nil {
		return nil, err
	}
	t := &table{may: map[string]map[policy.Action]struct{}{}, rules: rules}
	for _, r := range rules {
		if _, done := t.may[r.Role]; done {
			continue
		}
		perms, err := e.GetImplicitPermissionsForUser("r:" + r.Role)
		if err != nil {
			return nil, err
		}
		acts := make(map[policy.Action]struct{}, len(perms))
		for _, p := range perms {
			acts[policy.Action(p[1])] = struct{}{}
		}
		t.may[r.Role] = acts
	}
	t.grantable, t.reach = t.ofCompany(), reaches(rules)
	return t, prove(t)
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

// ofCompany are the roles that bring nothing beyond what companies' own roles bring: a
// tenant's role that reaches further is for the operator to give.
func (t *table) ofCompany() []string {
	reach := map[policy.Action]bool{}
	company := []string{"admin", caller.RoleBuyer, caller.RoleApprover, caller.RoleSeller}
	for _, r := range company {
		for do := range t.may[r] {
			reach[do] = true
		}
	}
	out := company
	for r, acts := range t.may {
		if slices.Contains([]string{roleGuest, caller.RoleVisitor, rolePerson}, r) || slices.Contains(company, r) {
			continue
		}
		within := true
		for do := range acts {
			within = within && reach[do]
		}
		if within {
			out = append(out, r)
		}
	}
	slices.Sort(out)
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
