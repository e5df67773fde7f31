package tenancy

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Blueprint is the tenant's own part of a blueprint: what it is before it has any goods.
type Blueprint struct {
	Slug     string
	Kind     Kind
	Name     map[string]string
	Hosts    []Host
	Settings Settings
	Roles    []RoleLine
	Ref      string // where the blueprint came from
	Hash     string // of its content
	Closed   bool   // a new tenant stays a draft until somebody opens it
	Making   bool   // a new tenant is provisioned step by step and opened by the last of them
}

// RoleLine is a line of the tenant's roles: p, role, action or g, role, parent role.
type RoleLine struct{ Type, Role, Grants string }

func (l RoleLine) String() string { return l.Type + ", " + l.Role + ", " + l.Grants }

// Change is one difference between a tenant and its blueprint.
type Change struct{ Path, From, To string }

// Diff is what applying a blueprint changes.
type Diff struct {
	Slug    string
	New     bool
	Changes []Change
	Kept    []Change // role lines that the operator edited: the blueprint says otherwise and is not followed
}

// Empty reports whether there is nothing to do.
func (d Diff) Empty() bool { return !d.New && len(d.Changes) == 0 }

// String is the diff as the operator's tool prints it.
func (d Diff) String() string {
	if d.Empty() {
		return d.Slug + ": up to date\n" + d.kept()
	}
	var b strings.Builder
	word := "changes"
	if d.New {
		word = "new"
	}
	fmt.Fprintf(&b, "%s: %s\n", d.Slug, word)
	for _, c := range d.Changes {
		switch {
		case c.From == "":
			fmt.Fprintf(&b, "  + %s: %s\n", c.Path, c.To)
		case c.To == "":
			fmt.Fprintf(&b, "  - %s: %s\n", c.Path, c.From)
		default:
			fmt.Fprintf(&b, "  ~ %s: %s -> %s\n", c.Path, c.From, c.To)
		}
	}
	return b.String() + d.kept()
}

func (d Diff) kept() string {
	var b strings.Builder
	for _, c := range d.Kept {
		fmt.Fprintf(&b, "  = %s: kept as edited by the operator (here %s, in the blueprint %s)\n", c.Path, cmp.Or(c.From, "absent"), cmp.Or(c.To, "absent"))
	}
	return b.String()
}

// TenantID is the identifier of the tenant with this slug, the same in every run, so that
// a first start that was killed half-way finds what it made.
func TenantID(slug string) id.Tenant { return id.Tenant(id.Named[struct{}]("kontor", "tenant", slug)) }

// Plan says what Apply would change.
func (s *Service) Plan(ctx context.Context, b Blueprint) (Diff, error) {
	d, _, _, err := s.plan(ctx, b)
	return d, err
}

func (s *Service) plan(ctx context.Context, b Blueprint) (Diff, Tenant, []RoleLine, error) {
	if err := b.check(s.Verticals, s.BaseDomain); err != nil {
		return Diff{}, Tenant{}, nil, err
	}
	d := Diff{Slug: b.Slug}
	old, err := s.Store.BySlug(ctx, b.Slug)
	if fault.KindOf(err) == fault.NotFound {
		d.New, old, err = true, Tenant{ID: TenantID(b.Slug)}, nil
	}
	if err != nil {
		return Diff{}, Tenant{}, nil, err
	}
	roles, edited, err := s.rolesBefore(asTool(ctx, old.ID))
	if err != nil {
		return Diff{}, Tenant{}, nil, err
	}
	before := map[string]string{}
	if !d.New {
		before = flatten(old.Kind, old.Name, old.Hosts, old.Settings)
	}
	after := flatten(b.Kind, b.Name, b.Hosts, b.Settings)
	if edited {
		d.Kept = compare(granted(roles), granted(b.Roles))
	} else {
		maps.Copy(before, granted(roles))
		maps.Copy(after, granted(b.Roles))
	}
	d.Changes = compare(before, after)
	return d, old, roles, nil
}

// rolesBefore are the lines to compare with a blueprint's. Once the operator has edited
// his roles they are his, all of them: see decision 0009.
func (s *Service) rolesBefore(ctx context.Context) (lines []RoleLine, edited bool, err error) {
	state, err := s.Store.RoleState(ctx)
	if err != nil || state.Version > 0 {
		return state.Lines, true, err
	}
	lines, err = s.Store.Roles(ctx)
	return lines, false, err
}

func granted(lines []RoleLine) map[string]string {
	out := map[string]string{}
	for _, l := range lines {
		out["roles["+l.String()+"]"] = "granted"
	}
	return out
}

// Apply creates the tenant or brings it to the blueprint, and answers what it changed. It
// is for the operator's tool and the start of the program; no route leads here. Killed
// anywhere and run again it ends in the same state.
func (s *Service) Apply(ctx context.Context, b Blueprint) (Tenant, Diff, error) {
	d, t, _, err := s.plan(ctx, b)
	if err != nil {
		return Tenant{}, Diff{}, err
	}
	if t.State == Moved {
		return Tenant{}, Diff{}, ErrElsewhere.With("slug", t.Slug)
	}
	if d.Empty() && t.BlueprintHash == b.Hash {
		return t, d, nil
	}
	// Roles first: the tenant's row carries the policy version that makes every node read
	// them, and if we die in between the next run raises it again.
	// Whether they are still the blueprint's is asked again where they are written.
	err = s.Unit.Do(asTool(ctx, t.ID), func(ctx context.Context) error {
		had, edited, err := s.rolesBefore(ctx)
		if err != nil || edited {
			return err
		}
		remove, add := lineDiff(had, b.Roles)
		return s.Store.PutRoles(ctx, remove, add)
	})
	if err != nil {
		return Tenant{}, Diff{}, err
	}
	t.Slug, t.Kind, t.Name, t.Settings = b.Slug, b.Kind, b.Name, b.Settings
	t.Hosts = append(canonicalHosts(b.Hosts), slices.DeleteFunc(t.Hosts, func(h Host) bool { return !h.Claimed })...)
	t.Blueprint, t.BlueprintHash, t.UpdatedAt = b.Ref, b.Hash, s.Now()
	if d.New {
		t.CreatedAt, t.State = s.Now(), Active
		switch {
		case b.Making:
			t.State = Provisioning
		case b.Closed:
			t.State = Draft
		}
	}
	if s.Names != nil && t.Kind != Platform {
		if err := s.Names.Reserve(ctx, t); err != nil {
			return Tenant{}, Diff{}, err
		}
	}
	if err := s.Store.Put(ctx, t); err != nil {
		return Tenant{}, Diff{}, err
	}
	s.forget(t.ID)
	t, err = s.Store.BySlug(ctx, b.Slug)
	return t, d, err
}

func asTool(ctx context.Context, t id.Tenant) context.Context {
	return caller.AsSystem(ctx, t, "blueprint")
}

func (b Blueprint) check(verticals []string, base string) error {
	if b.Slug == "" || len(b.Name) == 0 {
		return ErrSettings.At(fault.Field{Path: "slug", Reason: "required"})
	}
	canonical := 0
	for _, h := range b.Hosts {
		if CanonicalHost(h.Name) == "" {
			return ErrSettings.At(fault.Field{Path: "hosts", Reason: "malformed", Detail: h.Name})
		}
		if label, ok := below(CanonicalHost(h.Name), base); ok && b.Kind != Platform && slices.Contains(reserved, label) {
			return ErrHostReserved.With("host", h.Name)
		}
		if h.Canonical {
			canonical++
		}
	}
	if canonical != 1 {
		return ErrSettings.At(fault.Field{Path: "hosts", Reason: "required", Detail: "exactly one host is canonical"})
	}
	return b.Settings.Validate(verticals)
}

func canonicalHosts(hs []Host) []Host {
	out := make([]Host, len(hs))
	for i, h := range hs {
		out[i] = Host{CanonicalHost(h.Name), h.Canonical, h.Claimed}
	}
	slices.SortFunc(out, func(a, b Host) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// flatten writes a tenant as path -> value, so that two can be compared line by line.
func flatten(k Kind, name map[string]string, hosts []Host, s Settings) map[string]string {
	out := map[string]string{"kind": string(k)}
	for l, n := range name {
		out["name."+l] = n
	}
	for _, h := range canonicalHosts(hosts) {
		if h.Claimed {
			continue // the market's own doing
		}
		out["hosts["+h.Name+"]"] = map[bool]string{true: "canonical", false: "alias"}[h.Canonical]
	}
	raw, err := json.Marshal(s)
	if err != nil {
		return out
	}
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil {
		return out
	}
	for k, v := range fields {
		if text := string(v); text != "null" && text != `""` {
			out["settings."+k] = text
		}
	}
	return out
}

func compare(before, after map[string]string) []Change {
	var out []Change
	for p, v := range after {
		if before[p] != v {
			out = append(out, Change{p, before[p], v})
		}
	}
	for p, v := range before {
		if _, ok := after[p]; !ok {
			out = append(out, Change{p, v, ""})
		}
	}
	slices.SortFunc(out, func(a, b Change) int { return cmp.Compare(a.Path, b.Path) })
	return out
}

func lineDiff(had, want []RoleLine) (remove, add []RoleLine) {
	for _, l := range had {
		if !slices.Contains(want, l) {
			remove = append(remove, l)
		}
	}
	for _, l := range want {
		if !slices.Contains(had, l) && !slices.Contains(add, l) {
			add = append(add, l)
		}
	}
	return remove, add
}
