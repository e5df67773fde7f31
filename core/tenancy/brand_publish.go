package tenancy

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
)

// PublishBrand makes the draft what everybody sees. Version is the draft that was looked at.
func (s *Service) PublishBrand(ctx context.Context, version int64, note string) (BrandEdition, error) {
	return s.publish(ctx, version, note, func(_ context.Context, now BrandState) (BrandEdition, error) {
		if !now.Open {
			return BrandEdition{}, ErrNoDraft
		}
		return BrandEdition{Brand: now.Brand}, nil
	})
}

// RestoreBrand publishes an earlier edition's content as a new edition; a draft is thrown
// away by it. What could be read once is checked anew: the theme may have changed.
func (s *Service) RestoreBrand(ctx context.Context, number, version int64, note string) (BrandEdition, error) {
	return s.publish(ctx, version, note, func(ctx context.Context, now BrandState) (BrandEdition, error) {
		old, err := s.Store.BrandEdition(ctx, number)
		if err == nil && number == now.Edition {
			err = ErrSameEdition
		}
		return BrandEdition{Brand: old.Brand, Restored: number}, err
	})
}

func (s *Service) publish(ctx context.Context, version int64, note string, what func(context.Context, BrandState) (BrandEdition, error)) (BrandEdition, error) {
	var e BrandEdition
	var bad fault.Check
	if bad.Text("note", note, 0, 300); bad.Or(ErrBrand) != nil {
		return e, bad.Or(ErrBrand)
	}
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		now, err := s.Branding(ctx)
		if err != nil {
			return err
		}
		if e, err = what(ctx, now); err != nil {
			return err
		}
		t, err := s.Current(ctx)
		if err != nil {
			return err
		}
		if err := s.fit(ctx, t, &e.Brand); err != nil {
			return err
		}
		if err := s.putDraft(ctx, version, false, Brand{}); err != nil { // the first of two passes
			return err
		}
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		e.Number, e.At, e.Actor, e.Name, e.Note = now.Edition+1, s.Now(), who.Subject(), who.Name, strings.TrimSpace(note)
		if err := s.Store.AddBrandEdition(ctx, e); err != nil {
			return err
		}
		if err := s.Events.Append(ctx, event.BrandPublished{Tenant: t.ID.String(), Edition: e.Number, Restored: e.Restored, Note: e.Note}); err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionBranding), ObjectKind: "brand", ObjectID: t.ID.String(), Outcome: audit.Done,
			Data: map[string]any{"what": "publish", "edition": e.Number, "restored": e.Restored, "note": e.Note, "changed": paths(BrandChanges(now.Published, e.Brand))},
		})
	})
	if err != nil {
		return BrandEdition{}, err
	}
	t, err := s.Current(ctx)
	if err == nil {
		s.forget(t.ID)
	}
	return e, err
}

// BrandHistory lists the editions, the newest first.
func (s *Service) BrandHistory(ctx context.Context) ([]BrandEdition, error) {
	if err := s.Gate.Allow(ctx, ActionBranding, nil); err != nil {
		return nil, err
	}
	return s.Store.BrandEditions(ctx, 50)
}

// BrandChange is one value that differs between two brands.
type BrandChange struct{ Path, Old, New string }

// BrandChanges are the differences of two brands, in the order in which a form asks.
func BrandChanges(a, b Brand) []BrandChange {
	var out []BrandChange
	add := func(path, was, is string) {
		if was != is {
			out = append(out, BrandChange{path, was, is})
		}
	}
	for _, s := range []struct {
		name string
		a, b Colours
	}{{"light", a.Light, b.Light}, {"dark", a.Dark, b.Dark}} {
		add(s.name+".accent", s.a.Accent, s.b.Accent)
		add(s.name+".on_accent", s.a.OnAccent, s.b.OnAccent)
		add(s.name+".link", s.a.Link, s.b.Link)
	}
	add("radius", a.Radius, b.Radius)
	add("density", a.Density, b.Density)
	add("font", a.Font, b.Font)
	for _, k := range PictureKinds {
		add(string(k), a.Of(k).size(), b.Of(k).size())
	}
	var locales []string
	for _, m := range []map[string]Words{a.Words, b.Words} {
		for l := range m {
			locales = append(locales, l)
		}
	}
	for _, l := range unique(locales) {
		was, is := a.Words[l], b.Words[l]
		for _, f := range WordFields {
			add("words."+l+"."+f, *was.Text(f), *is.Text(f))
		}
	}
	return out
}

// size tells one picture from another in a few characters.
func (p Picture) size() string {
	if p.ID.IsZero() {
		return ""
	}
	name := p.ID.String()
	return fmt.Sprintf("%d × %d (%s)", p.Width, p.Height, name[len(name)-6:])
}

func paths(cs []BrandChange) []string {
	out := make([]string, len(cs))
	for i, c := range cs {
		out[i] = c.Path
	}
	return slices.Compact(out)
}
