package tenancy

import (
	"context"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
)

// EditRoleInput makes, changes or removes one role of the market's own, or undoes the
// newest edition. Version is the edition that was looked at.
type EditRoleInput struct {
	Version     int64
	Role        string
	Inherits    []string
	Permissions []string
	Remove      bool
	Undo        bool
	Note        string
}

const (
	maxRoleName  = 40
	maxRoleLines = 2000 // of a market
)

// Impact is what an edition changes for the people of one set of roles.
type Impact struct {
	Holders
	Gains []policy.Action
	Loses []policy.Action
}

// RoleChange is an edition before it is saved.
type RoleChange struct {
	Role    string
	Version int64 // the edition that it follows
	Before  []RoleLine
	After   []RoleLine
	Removed []RoleLine
	Added   []RoleLine
	Gains   []policy.Action // of the role itself
	Loses   []policy.Action
	People  []Impact
}

// Gaining and Losing count people.
func (c RoleChange) Gaining() int { return c.count(func(i Impact) bool { return len(i.Gains) > 0 }) }

// Losing counts the people who lose something.
func (c RoleChange) Losing() int { return c.count(func(i Impact) bool { return len(i.Loses) > 0 }) }

func (c RoleChange) count(of func(Impact) bool) (n int) {
	for _, i := range c.People {
		if of(i) {
			n += i.Count
		}
	}
	return n
}

// PreviewRole says who would gain and who would lose what. Nothing is saved.
func (s *Service) PreviewRole(ctx context.Context, in EditRoleInput) (RoleChange, error) {
	if err := s.Gate.Allow(ctx, ActionRolesManage, nil); err != nil {
		return RoleChange{}, err
	}
	return s.roleChange(ctx, in)
}

// EditRole saves an edition: lines, version, event and record in one unit. This node asks
// anew at once, the others when they see the policy's version.
func (s *Service) EditRole(ctx context.Context, in EditRoleInput) (RoleChange, error) {
	var c RoleChange
	err := s.Unit.Do(ctx, func(ctx context.Context) (err error) {
		if err := s.Gate.Allow(ctx, ActionRolesManage, nil); err != nil {
			return err
		}
		if c, err = s.roleChange(ctx, in); err != nil {
			return err
		}
		if len(c.Added)+len(c.Removed) == 0 {
			return ErrRoleSame
		}
		if err := s.Store.PutRoleVersion(ctx, c, strings.TrimSpace(in.Note), s.Now()); err != nil {
			return err
		}
		if err := s.Events.Append(ctx, event.RolesChanged{Role: c.Role, Version: c.Version + 1, Gaining: c.Gaining(), Losing: c.Losing()}); err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionRolesManage), ObjectKind: "role", ObjectID: c.Role, Outcome: audit.Done,
			Data: map[string]any{"version": c.Version + 1, "note": strings.TrimSpace(in.Note), "added": written(c.Added), "removed": written(c.Removed)},
		})
	})
	if err != nil {
		return RoleChange{}, err
	}
	t, err := s.Current(ctx)
	if err == nil {
		s.forget(t.ID)
	}
	return c, err
}

func written(lines []RoleLine) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = l.String()
	}
	return out
}

func (s *Service) roleChange(ctx context.Context, in EditRoleInput) (RoleChange, error) {
	state, err := s.Store.RoleState(ctx)
	if err != nil {
		return RoleChange{}, err
	}
	if in.Version != state.Version {
		return RoleChange{}, ErrRolesStale
	}
	c := RoleChange{Role: in.Role, Version: state.Version, Before: state.Lines}
	if in.Undo {
		err = s.undone(ctx, &c)
	} else {
		err = s.edited(in, &c)
	}
	if err != nil {
		return RoleChange{}, err
	}
	c.Removed, c.Added = lineDiff(c.Before, c.After)
	return c, s.weigh(ctx, &c)
}

// undone goes back to what was before the newest edition.
func (s *Service) undone(ctx context.Context, c *RoleChange) error {
	past, err := s.Store.RoleHistory(ctx, 1)
	if err != nil {
		return err
	}
	if len(past) == 0 {
		return ErrRoleFirst
	}
	c.Role, c.After = past[0].Role, past[0].Before
	return nil
}

func (s *Service) edited(in EditRoleInput, c *RoleChange) error {
	if s.Tables.IsBase(in.Role) {
		return ErrRoleBase.With("role", in.Role)
	}
	exists := false
	for _, l := range c.Before {
		if l.Role == in.Role {
			exists = true
			continue
		}
		if in.Remove && l.Type == "g" && l.Grants == in.Role {
			return ErrRoleInherited.With("role", l.Role)
		}
		c.After = append(c.After, l)
	}
	if in.Remove {
		if !exists {
			return ErrRoleUnknown
		}
		return nil
	}
	if err := s.checkRole(in, c.Before); err != nil {
		return err
	}
	for _, r := range unique(in.Inherits) {
		c.After = append(c.After, RoleLine{"g", in.Role, r})
	}
	for _, p := range unique(in.Permissions) {
		c.After = append(c.After, RoleLine{"p", in.Role, p})
	}
	if len(c.After) > maxRoleLines {
		return ErrRoleInvalid.At(fault.Field{Path: "permissions", Reason: "too_many"})
	}
	return nil
}

// checkRole collects all that is wrong with the input itself.
func (s *Service) checkRole(in EditRoleInput, lines []RoleLine) error {
	var bad []fault.Field
	if in.Role == "" || len(in.Role) > maxRoleName || strings.Trim(in.Role, "abcdefghijklmnopqrstuvwxyz0123456789_") != "" {
		bad = append(bad, fault.Field{Path: "role", Reason: "malformed"})
	}
	if len(in.Inherits)+len(in.Permissions) == 0 {
		bad = append(bad, fault.Field{Path: "permissions", Reason: "required"})
	}
	if len(in.Note) > 500 {
		bad = append(bad, fault.Field{Path: "note", Reason: "too_long"})
	}
	known := s.Tables.Known()
	for _, p := range in.Permissions {
		if !slices.Contains(known, policy.Action(p)) {
			bad = append(bad, fault.Field{Path: "permissions", Reason: "unknown", Detail: clip(p, 80)})
		}
	}
	for _, r := range in.Inherits {
		there := s.Tables.IsBase(r) || slices.ContainsFunc(lines, func(l RoleLine) bool { return l.Role == r })
		if !there || r == in.Role || reaches(lines, r, in.Role) {
			bad = append(bad, fault.Field{Path: "inherits", Reason: "unknown", Detail: clip(r, 80)})
		}
	}
	if len(bad) > 0 {
		return ErrRoleInvalid.At(bad...)
	}
	return nil
}

// reaches reports whether a role inherits another by whatever way: going back would be a
// circle.
func reaches(lines []RoleLine, from, to string) bool {
	way := []string{from}
	for i := 0; i < len(way); i++ {
		for _, l := range lines {
			if l.Type == "g" && l.Role == way[i] && !slices.Contains(way, l.Grants) {
				way = append(way, l.Grants)
			}
		}
	}
	return slices.Contains(way, to)
}

func unique(in []string) []string {
	out := slices.Clone(in)
	slices.Sort(out)
	return slices.Compact(out)
}

// weigh asks the gate for the table before and after, refuses what the caller may not give
// and finds whom the difference meets.
func (s *Service) weigh(ctx context.Context, c *RoleChange) error {
	before, err := s.Tables.Propose(c.Before)
	if err != nil {
		return ErrRoleInvalid.Because(err)
	}
	within := s.ceiling(ctx, before)
	for _, l := range c.Added { // by name first, so that the refusal names the permission
		given := []policy.Action{policy.Action(l.Grants)}
		if l.Type == "g" {
			given = before.May(l.Grants)
		}
		for _, a := range given {
			if !within(a) {
				return ErrRoleBeyond.With("permission", a).With("role", l.Role)
			}
		}
	}
	after, err := s.Tables.Propose(c.After)
	if err != nil {
		return ErrRoleRefused.Because(err)
	}
	var touched []string
	for _, r := range unique(append(before.Roles(), after.Roles()...)) {
		gains, loses := gap(before.May(r), after.May(r))
		if len(gains)+len(loses) == 0 {
			continue
		}
		touched = append(touched, r)
		for _, a := range gains {
			if !within(a) {
				return ErrRoleBeyond.With("permission", a).With("role", r)
			}
		}
		if r == c.Role {
			c.Gains, c.Loses = gains, loses
		}
	}
	return s.meet(ctx, c, before, after, touched)
}

func (s *Service) meet(ctx context.Context, c *RoleChange, before, after RoleTable, touched []string) error {
	if len(touched) == 0 {
		return nil
	}
	sets, err := s.Holders.Holders(ctx, touched)
	if err != nil {
		return err
	}
	for _, h := range sets {
		gains, loses := gap(before.May(h.Roles...), after.May(h.Roles...))
		if len(gains)+len(loses) > 0 {
			c.People = append(c.People, Impact{h, gains, loses})
		}
	}
	return nil
}

// gap is what is in one set and not in the other, both ways.
func gap(before, after []policy.Action) (gains, loses []policy.Action) {
	for _, a := range after {
		if !slices.Contains(before, a) {
			gains = append(gains, a)
		}
	}
	for _, a := range before {
		if !slices.Contains(after, a) {
			loses = append(loses, a)
		}
	}
	return gains, loses
}
