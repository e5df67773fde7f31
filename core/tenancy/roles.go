package tenancy

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/policy"
)

// What one may do with a market's roles.
const (
	ActionRolesRead   policy.Action = "policy.role.read"
	ActionRolesManage policy.Action = "policy.role.manage"
)

// RoleTables is the gate, asked what roles would come to.
type RoleTables interface {
	// Propose compiles a market's lines; it refuses what the gate would refuse.
	Propose(lines []RoleLine) (RoleTable, error)
	// IsBase reports whether a role came with the platform.
	IsBase(role string) bool
	// Known are all permissions that exist.
	Known() []policy.Action
}

// RoleTable is who may what by a market's lines.
type RoleTable interface {
	Roles() []string
	May(roles ...string) []policy.Action
	Grantable() []string
}

// Holders are the people of one set of roles. Names are the first of them.
type Holders struct {
	Roles []string
	Names []string
	Count int
}

// RoleHolders finds who holds any of some roles, by set of roles.
type RoleHolders interface {
	Holders(ctx context.Context, roles []string) ([]Holders, error)
}

// RoleState is a market's lines and the number of its newest edition, 0 if nobody edited.
type RoleState struct {
	Version int64
	Lines   []RoleLine
}

// RoleVersion is one edition of a market's roles.
type RoleVersion struct {
	Version   int64
	At        time.Time
	Actor     string
	ActorName string
	Role      string
	Note      string
	Before    []RoleLine
	After     []RoleLine
}

// Role is one role as a person looks at it.
type Role struct {
	Name        string
	Own         bool // the market's, not the platform's
	Inherits    []string
	Permissions []string        // by lines of its own
	May         []policy.Action // with what it inherits
	Grantable   bool            // by companies
}

// Roles lists the market's roles, its own first, and the edition that they are.
func (s *Service) Roles(ctx context.Context) ([]Role, int64, error) {
	if err := s.Gate.Allow(ctx, ActionRolesRead, nil); err != nil {
		return nil, 0, err
	}
	state, err := s.Store.RoleState(ctx)
	if err != nil {
		return nil, 0, err
	}
	table, err := s.Tables.Propose(state.Lines)
	if err != nil {
		return nil, 0, ErrRoleInvalid.Because(err)
	}
	var own, base []Role
	for _, name := range table.Roles() {
		r := Role{Name: name, Own: !s.Tables.IsBase(name), May: table.May(name), Grantable: slices.Contains(table.Grantable(), name)}
		r.Inherits, r.Permissions = grants(state.Lines, name)
		if r.Own {
			own = append(own, r)
		} else {
			base = append(base, r)
		}
	}
	return append(own, base...), state.Version, nil
}

func grants(lines []RoleLine, role string) (inherits, permissions []string) {
	for _, l := range lines {
		switch {
		case l.Role != role:
		case l.Type == "g":
			inherits = append(inherits, l.Grants)
		default:
			permissions = append(permissions, l.Grants)
		}
	}
	return inherits, permissions
}

// Permissions are all that a role of this market could hold: what companies' own roles
// hold, and what the caller himself may.
func (s *Service) Permissions(ctx context.Context) ([]policy.Action, error) {
	if err := s.Gate.Allow(ctx, ActionRolesRead, nil); err != nil {
		return nil, err
	}
	table, err := s.Tables.Propose(nil)
	if err != nil {
		return nil, err
	}
	within := s.ceiling(ctx, table)
	var out []policy.Action
	for _, a := range s.Tables.Known() {
		if within(a) {
			out = append(out, a)
		}
	}
	return out, nil
}

// RoleHistory lists the newest editions.
func (s *Service) RoleHistory(ctx context.Context) ([]RoleVersion, error) {
	if err := s.Gate.Allow(ctx, ActionRolesRead, nil); err != nil {
		return nil, err
	}
	return s.Store.RoleHistory(ctx, 50)
}

// ceiling is what the caller may put into a role: he gives nobody what he lacks, beyond
// what companies give their own people anyway.
func (s *Service) ceiling(ctx context.Context, base RoleTable) func(policy.Action) bool {
	company := base.May("admin", "buyer", "approver", "seller")
	return func(a policy.Action) bool {
		return slices.Contains(company, a) || s.Can.Can(ctx, a)
	}
}
