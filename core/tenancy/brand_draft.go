package tenancy

import (
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// BrandState is the draft, or what is published where there is none, and the number of the
// published edition: 0 while the theme is shown as it is.
type BrandState struct {
	BrandDraft
	Edition   int64
	Published Brand
}

// Branding is what an operator works on.
func (s *Service) Branding(ctx context.Context) (BrandState, error) {
	if err := s.Gate.Allow(ctx, ActionBranding, nil); err != nil {
		return BrandState{}, err
	}
	return s.branding(ctx)
}

func (s *Service) branding(ctx context.Context) (BrandState, error) {
	t, err := s.Current(ctx)
	if err != nil {
		return BrandState{}, err
	}
	if t, err = s.Store.ByID(ctx, t.ID); err != nil { // from memory it could be seconds old
		return BrandState{}, err
	}
	d, err := s.Store.BrandDraft(ctx)
	if err != nil {
		return BrandState{}, err
	}
	if !d.Open {
		d.Brand = t.Brand
	}
	return BrandState{d, t.BrandEdition, t.Brand}, nil
}

// SaveBrandInput is a whole draft. Of pictures only the identifiers are read.
type SaveBrandInput struct {
	Version int64
	Brand   Brand
}

// SaveBrand keeps a draft that could be published as it is: whatever cannot be read well is
// refused here, with what would help.
func (s *Service) SaveBrand(ctx context.Context, in SaveBrandInput) (BrandState, error) {
	var out BrandState
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionBranding, nil); err != nil {
			return err
		}
		t, err := s.Current(ctx)
		if err != nil {
			return err
		}
		b := in.Brand
		if err := s.fit(ctx, t, &b); err != nil {
			return err
		}
		if err := s.putDraft(ctx, in.Version, true, b); err != nil {
			return err
		}
		if out, err = s.branding(ctx); err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionBranding), ObjectKind: "brand", ObjectID: t.ID.String(), Outcome: audit.Done,
			Data: map[string]any{"what": "draft", "version": out.Version, "changed": paths(BrandChanges(out.Published, b))},
		})
	})
	return out, err
}

// fit makes a brand one that pages can show, or says why it is none.
func (s *Service) fit(ctx context.Context, t Tenant, b *Brand) error {
	b.tidy()
	if err := b.check(t.Settings.Locales, s.Looks); err != nil {
		return err
	}
	for _, k := range PictureKinds {
		p := b.Of(k)
		if p.ID.IsZero() {
			*p = Picture{}
			continue
		}
		found, err := s.Store.BrandPicture(ctx, p.ID)
		if err == nil && found.Kind != k {
			err = ErrNoPicture
		}
		if errors.Is(err, ErrNoPicture) {
			return ErrNoPicture.At(fault.Field{Path: string(k), Reason: "unknown"})
		}
		if err != nil {
			return err
		}
		*p = found
	}
	return clashes(s.Looks.Clashes(t.Settings.Theme, *b))
}

// clashes is the fault that names every pair, what it reached and what would do.
func clashes(all []Clash) error {
	if len(all) == 0 {
		return nil
	}
	fields := make([]fault.Field, len(all))
	for i, c := range all {
		fields[i] = fault.Field{Path: c.Field, Reason: "contrast", Detail: c.String()}
	}
	return ErrContrast.At(fields...)
}

// String is short and the same in every language: the pair, what it reached, what it needs
// and the nearest colour that would do.
func (c Clash) String() string {
	out := fmt.Sprintf("%s / %s: %.2f < %.1f", c.Over, c.Under, c.Ratio, c.Least)
	if c.Nearest != "" {
		out += " → " + c.Nearest
	}
	return out
}

func (s *Service) putDraft(ctx context.Context, version int64, open bool, b Brand) error {
	who, err := caller.From(ctx)
	if err != nil {
		return err
	}
	return s.Store.PutBrandDraft(ctx, BrandDraft{Open: open, Brand: b, Version: version, At: s.Now(), Actor: who.Subject(), Name: who.Name})
}

// DiscardBrand throws the draft away.
func (s *Service) DiscardBrand(ctx context.Context, version int64) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		now, err := s.Branding(ctx)
		if err != nil {
			return err
		}
		if !now.Open {
			return ErrNoDraft
		}
		if err := s.putDraft(ctx, version, false, Brand{}); err != nil {
			return err
		}
		t, err := s.Current(ctx)
		if err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionBranding), ObjectKind: "brand", ObjectID: t.ID.String(), Outcome: audit.Done, Data: map[string]any{"what": "discard", "version": version},
		})
	})
}

// AddPicture takes a picture in. It is shown nowhere before a draft names it.
func (s *Service) AddPicture(ctx context.Context, kind PictureKind, name string, body io.Reader) (Picture, error) {
	if !kind.Known() {
		return Picture{}, ErrPictureKind
	}
	var p Picture
	err := s.Unit.Do(ctx, func(ctx context.Context) (err error) {
		if err := s.Gate.Allow(ctx, ActionBranding, nil); err != nil {
			return err
		}
		if p, err = s.Pictures.Paint(ctx, kind, name, body); err != nil {
			return err
		}
		if err := s.Store.AddBrandPicture(ctx, p); err != nil {
			return err
		}
		return s.Audit.Record(ctx, audit.Entry{
			Action: string(ActionBranding), ObjectKind: "brand_picture", ObjectID: p.ID.String(), Outcome: audit.Done,
			Data: map[string]any{"what": "picture", "kind": string(kind), "width": p.Width, "height": p.Height},
		})
	})
	return p, err
}

// MayShowPicture reports whether the caller may see a file of the brand: everybody what is
// published, and who manages the brand what is drafted.
func (s *Service) MayShowPicture(ctx context.Context, file id.Blob) error {
	t, err := s.Current(ctx)
	if err != nil {
		return err
	}
	if t.Brand.Has(file) {
		return nil
	}
	if s.Can.Can(ctx, ActionBranding) {
		st, err := s.branding(ctx)
		if err != nil {
			return err
		}
		if st.Brand.Has(file) || st.Published.Has(file) {
			return nil
		}
	}
	return ErrNoPicture
}
