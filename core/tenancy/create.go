package tenancy

import (
	"context"
	"fmt"
	"maps"
	"net/mail"
	"regexp"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// NewMarket is what a marketplace is ordered by. Pack names the goods and rules that it
// begins with, Region its money, tax and time.
type NewMarket struct {
	Slug   string            `json:"slug"`
	Name   map[string]string `json:"name"`
	Kind   Kind              `json:"kind"`
	Pack   string            `json:"pack"`
	Region string            `json:"region"`
	Email  string            `json:"email"` // of its first operator
	Locale string            `json:"locale"`
	Note   string            `json:"-"`
}

// Pack is a ready choice of goods and rules. Kinds are the markets that it makes sense for.
type Pack struct {
	Key   string
	Names map[string]string
	Kinds []Kind
}

// Region is where a market is at home.
type Region struct {
	Key   string
	Names map[string]string
}

// Kinds are the sorts of markets that can be ordered.
var Kinds = []Kind{Open, Vertical, Portal, Single}

var slugForm = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

func (s *Service) checkMarket(in NewMarket) error {
	var check fault.Check
	check.If(!slugForm.MatchString(in.Slug), "slug", "malformed", "Small letters, digits and hyphens, beginning with a letter.")
	check.If(len(in.Slug) < 3 || len(in.Slug) > 30, "slug", "length", "Three to thirty characters.")
	check.If(slices.Contains(reserved, in.Slug), "slug", "reserved", "This name belongs to the platform.")
	for l := range maps.Keys(in.Name) {
		check.If(l != "en" && l != "zh-CN", "name."+l, "unknown", "")
	}
	for _, l := range []string{"en", "zh-CN"} {
		check.Text("name."+l, in.Name[l], 2, 80)
	}
	check.If(!slices.Contains(Kinds, in.Kind), "kind", "unknown", "")
	check.If(!slices.ContainsFunc(s.Models.Packs(), func(p Pack) bool { return p.Key == in.Pack && slices.Contains(p.Kinds, in.Kind) }), "pack", "unknown", "It does not go with this kind.")
	check.If(!slices.ContainsFunc(s.Models.Regions(), func(r Region) bool { return r.Key == in.Region }), "region", "unknown", "")
	a, err := mail.ParseAddress(in.Email)
	check.If(err != nil || a.Address != in.Email || len(in.Email) > 254, "email", "malformed", "")
	check.If(in.Locale != "en" && in.Locale != "zh-CN", "locale", "unknown", "")
	return check.Or(ErrMarket)
}

// Create orders a marketplace: it is made step by step, and its first operator is written
// to. Two orders of one name are one too many, also when they come at once.
func (s *Service) Create(ctx context.Context, in NewMarket) (Run, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return Run{}, err
	}
	in.Email, in.Slug = strings.ToLower(strings.TrimSpace(in.Email)), strings.TrimSpace(in.Slug)
	if err := s.checkMarket(in); err != nil {
		return Run{}, err
	}
	if _, err := s.Store.BySlug(ctx, in.Slug); err == nil {
		return Run{}, ErrSlugTaken.With("slug", in.Slug)
	} else if fault.KindOf(err) != fault.NotFound {
		return Run{}, err
	}
	b, err := s.Models.Blueprint(in)
	if err != nil {
		return Run{}, err
	}
	if err := b.check(s.Verticals, s.BaseDomain); err != nil {
		return Run{}, err
	}
	var r Run
	err = s.Unit.Do(ctx, func(ctx context.Context) (err error) {
		r, err = s.begin(ctx, Run{Workflow: Provision, About: TenantID(in.Slug), Slug: in.Slug, Note: in.Note}, in)
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("create %s: %w", in.Slug, err)
	}
	return r, nil
}

// Found makes the market's own row and hosts, closed to everybody but those who make it.
// It is a step's work, and brings what is there to the blueprint.
func (s *Service) Found(ctx context.Context, b Blueprint) (Tenant, error) {
	b.Making = true
	t, _, err := s.Apply(ctx, b)
	return t, err
}

// Arrive is Found for a market that comes as an export. It refuses a name that is taken, by
// whatever but an earlier try of the same.
func (s *Service) Arrive(ctx context.Context, b Blueprint) (Tenant, error) {
	if !slugForm.MatchString(b.Slug) || len(b.Slug) > 30 {
		return Tenant{}, ErrMarket.At(fault.Field{Path: "slug", Reason: "malformed"})
	}
	t, err := s.Store.BySlug(ctx, b.Slug)
	switch {
	case err == nil && (t.State != Provisioning || t.BlueprintHash != b.Hash):
		return Tenant{}, ErrSlugTaken.With("slug", b.Slug)
	case err == nil:
		return t, nil // its roles may have come already
	case fault.KindOf(err) != fault.NotFound:
		return Tenant{}, err
	}
	return s.Found(ctx, b)
}

// Opened is the last step of making a market: it answers from now on.
func (s *Service) Opened(ctx context.Context, about id.Tenant) error {
	t, err := s.Store.ByID(ctx, about)
	if err != nil {
		return err
	}
	if t.State != Provisioning {
		return nil // it was opened before we were cut off
	}
	return s.change(ctx, t, Active, "provisioned")
}

// change moves a tenant and records it on both sides, as SetState does for people.
func (s *Service) change(ctx context.Context, t Tenant, to State, note string) error {
	from := t.State
	if err := t.move(to); err != nil {
		return err
	}
	if err := s.intend(ctx, t, from, note); err != nil {
		return err
	}
	if err := s.Store.SetState(ctx, t, s.Now()); err != nil {
		return err
	}
	s.forget(t.ID)
	return s.told(ctx, t, from, note)
}

// intend records what is about to be done.
func (s *Service) intend(ctx context.Context, t Tenant, from State, note string) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionManage), ObjectKind: "tenant", ObjectID: t.ID.String(), Outcome: audit.Done,
			Data: map[string]string{"slug": t.Slug, "from": string(from), "to": string(t.State), "note": note, "step": "about to change"},
		})
	})
}

// told tells that it was.
func (s *Service) told(ctx context.Context, t Tenant, from State, note string) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Events.Append(ctx, event.TenantStateChanged{Tenant: t.ID.String(), Slug: t.Slug, From: string(from), To: string(t.State), Note: note})
	})
}
