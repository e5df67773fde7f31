package scim

import (
	"context"
	"fmt"
	"slices"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/sso"
)

// groupWords are what groups are searched by.
var groupWords = map[string]string{
	"displayname": "displayName", "externalid": "externalId", "id": "id", "members": "members", "members.value": "members",
}

// Group is one of the directory's, with its members.
func (s *Service) Group(ctx context.Context, g id.DirectoryGroup) (Group, error) {
	x, err := s.directory(ctx, ActionRead)
	if err != nil {
		return Group{}, err
	}
	return s.Store.Group(ctx, x.ID, g)
}

// Groups are those that a filter finds, and how many there are of them.
func (s *Service) Groups(ctx context.Context, filter string, p Page) ([]Group, int, error) {
	x, err := s.directory(ctx, ActionRead)
	if err != nil {
		return nil, 0, err
	}
	f, err := wanted(filter, GroupSchema, groupWords)
	if err != nil {
		return nil, 0, s.refused(ctx, x, "GET Groups", filter, err)
	}
	return s.Store.Groups(ctx, x.ID, f, p)
}

// CreateGroup makes a group with its members.
func (s *Service) CreateGroup(ctx context.Context, body []byte) (out Group, err error) {
	d, err := groupKind.read(body)
	if err != nil {
		return Group{}, s.unread(ctx, "POST Groups", err)
	}
	err = s.write(ctx, "POST Groups", d.str("displayName"), func(ctx context.Context, x sso.Connection) error {
		g := Group{ID: id.DirectoryGroup{}.New(), Connection: x.ID, CreatedAt: s.Now()}
		out, err = s.regroup(ctx, x, g, d, "created")
		return err
	})
	if err != nil {
		return Group{}, fmt.Errorf("create group: %w", err)
	}
	return out, nil
}

// ReplaceGroup puts another document in the place of a group's.
func (s *Service) ReplaceGroup(ctx context.Context, which id.DirectoryGroup, m Match, body []byte) (Group, error) {
	d, err := groupKind.read(body)
	if err != nil {
		return Group{}, s.unread(ctx, "PUT Groups", err)
	}
	return s.editGroup(ctx, "PUT Groups", which, m, func(Group) (Doc, error) { return d, nil })
}

// PatchGroup changes parts of a group.
func (s *Service) PatchGroup(ctx context.Context, which id.DirectoryGroup, m Match, body []byte) (Group, error) {
	ops, err := ReadPatch(body)
	if err != nil {
		return Group{}, s.unread(ctx, "PATCH Groups", err)
	}
	return s.editGroup(ctx, "PATCH Groups", which, m, func(g Group) (Doc, error) { return groupKind.apply(g.doc(), ops) })
}

// doc is the group as clients write it.
func (g Group) doc() Doc {
	d := Doc{"displayName": g.Name}
	if g.External != "" {
		d["externalId"] = g.External
	}
	var ms []any
	for _, m := range g.Members {
		ms = append(ms, map[string]any{"value": m.ID})
	}
	if ms != nil {
		d["members"] = ms
	}
	return d
}

func (s *Service) editGroup(ctx context.Context, what string, which id.DirectoryGroup, m Match, next func(Group) (Doc, error)) (out Group, err error) {
	err = s.write(ctx, what, which.String(), func(ctx context.Context, x sso.Connection) error {
		g, err := s.Store.Group(ctx, x.ID, which)
		if err == nil {
			err = m.check(g.Version)
		}
		if err != nil {
			return err
		}
		d, err := next(g)
		if err != nil {
			return err
		}
		out, err = s.regroup(ctx, x, g, d, "changed")
		return err
	})
	if err != nil {
		return Group{}, fmt.Errorf("change group: %w", err)
	}
	return out, nil
}

// regroup stores a group as its document says, and gives the people whom that concerns the
// roles of all their groups.
func (s *Service) regroup(ctx context.Context, x sso.Connection, g Group, d Doc, what string) (Group, error) {
	name := d.str("displayName")
	if name == "" || len(name) > 300 {
		return g, ErrValue.With("attribute", "displayName")
	}
	want, err := s.members(ctx, x, d)
	if err != nil {
		return g, err
	}
	have := make([]id.DirectoryUser, 0, len(g.Members))
	for _, m := range g.Members {
		have = append(have, userOf(m.ID))
	}
	add, gone := without(want, have), without(have, want)
	if g.Version > 0 && name == g.Name && d.str("externalId") == g.External && len(add)+len(gone) == 0 {
		return g, nil
	}
	moved := append(slices.Clone(add), gone...)
	if g.Name != name {
		moved = append(slices.Clone(want), gone...)
	}
	if len(moved) > maxAtOnce {
		return g, ErrTooMany.With("most", maxAtOnce)
	}
	g.Name, g.External, g.ChangedAt, g.Version = name, d.str("externalId"), s.Now(), g.Version+1
	if err := s.Store.PutGroup(ctx, g); err != nil {
		return g, err
	}
	if err := s.Store.SetMembers(ctx, g.ID, add, gone); err != nil {
		return g, err
	}
	if err := s.stand(ctx, x, moved); err != nil {
		return g, err
	}
	if err := s.tellGroup(ctx, x, g, what); err != nil {
		return g, err
	}
	return s.Store.Group(ctx, x.ID, g.ID)
}

// members are the users that a document names. Another directory's, or one that is nobody,
// is refused alike.
func (s *Service) members(ctx context.Context, x sso.Connection, d Doc) ([]id.DirectoryUser, error) {
	var ids []id.DirectoryUser
	for _, m := range d.values("members") {
		v, _ := m["value"].(string)
		u := userOf(v)
		if u.IsZero() {
			return nil, ErrValue.With("attribute", "members")
		}
		ids = append(ids, u)
	}
	if len(ids) > maxMembers {
		return nil, ErrTooMany.With("most", maxMembers)
	}
	known, err := s.Store.Known(ctx, x.ID, ids)
	if err == nil && len(without(ids, known)) > 0 {
		err = ErrValue.With("attribute", "members")
	}
	return known, err
}

func without(all, those []id.DirectoryUser) (out []id.DirectoryUser) {
	gone := make(map[id.DirectoryUser]bool, len(those))
	for _, u := range those {
		gone[u] = true
	}
	for _, u := range all {
		if !gone[u] {
			gone[u] = true // each once
			out = append(out, u)
		}
	}
	return out
}

// stand gives users the roles of the groups that they are in now.
func (s *Service) stand(ctx context.Context, x sso.Connection, ids []id.DirectoryUser) error {
	us, err := s.Store.Standing(ctx, x.ID, ids)
	if err != nil {
		return err
	}
	// Who gets more comes first, so that nobody is the last administrator for a moment alone.
	slices.SortStableFunc(us, func(a, b User) int { return len(x.RolesOf(names(b.Groups))) - len(x.RolesOf(names(a.Groups))) })
	for _, u := range us {
		if !u.Active {
			continue
		}
		if err := s.settle(ctx, x, u, names(u.Groups)); err != nil {
			return err
		}
	}
	return nil
}

// DeleteGroup ends a group; what it gave goes with it.
func (s *Service) DeleteGroup(ctx context.Context, which id.DirectoryGroup, m Match) error {
	return s.write(ctx, "DELETE Groups", which.String(), func(ctx context.Context, x sso.Connection) error {
		g, err := s.Store.Group(ctx, x.ID, which)
		if err == nil {
			err = m.check(g.Version)
		}
		if err != nil {
			return err
		}
		var ids []id.DirectoryUser
		for _, m := range g.Members {
			ids = append(ids, userOf(m.ID))
		}
		if err := s.Store.RemoveGroup(ctx, g.ID); err != nil {
			return err
		}
		if err := s.stand(ctx, x, ids); err != nil {
			return err
		}
		return s.tellGroup(ctx, x, g, "deleted")
	})
}

func (s *Service) tellGroup(ctx context.Context, x sso.Connection, g Group, what string) error {
	return s.Events.Append(ctx, event.DirectoryGroupChanged{Connection: x.ID.String(), Name: x.Name, Group: g.ID.String(), Called: g.Name, Members: len(g.Members), What: what})
}

// userOf is a user's identifier, zero for what is none.
func userOf(s string) (u id.DirectoryUser) {
	if u.UnmarshalText([]byte(s)) != nil {
		return id.DirectoryUser{}
	}
	return u
}
