package tenancy

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// ActionExport takes a market's data out.
const ActionExport policy.Action = "tenancy.export.make"

// ExportKept is for how long a finished export can be fetched: its link ends with it.
const ExportKept = 7 * 24 * time.Hour

// DeleteInput ends a closing market before its window does. Typed is its short name once
// more, by hand.
type DeleteInput struct {
	Slug  string
	Typed string
	Note  string
}

// Delete deletes a market that is closing, or that never opened, step by step and for good.
func (s *Service) Delete(ctx context.Context, in DeleteInput) (Run, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return Run{}, err
	}
	t, err := s.Store.BySlug(ctx, in.Slug)
	if err != nil {
		return Run{}, err
	}
	switch {
	case t.Kind == Platform:
		return Run{}, ErrOneself
	case t.State != Closing && t.State != Draft && t.State != Provisioning:
		return Run{}, ErrNotClosing.With("state", t.State)
	case in.Typed != t.Slug:
		return Run{}, ErrTyped.With("slug", t.Slug)
	}
	if err := reason(in.Note); err != nil {
		return Run{}, err
	}
	return s.start(ctx, Run{Workflow: Delete, About: t.ID, Slug: t.Slug, Note: in.Note}, struct{}{})
}

func (s *Service) start(ctx context.Context, r Run, input any) (Run, error) {
	err := s.Unit.Do(ctx, func(ctx context.Context) (err error) {
		r, err = s.begin(ctx, r, input)
		return err
	})
	if err != nil {
		return Run{}, fmt.Errorf("%s %s: %w", r.Workflow, r.Slug, err)
	}
	return r, nil
}

// Freeze is the first step of deleting a market: from here on nobody gets in, nothing is
// done for it, and its addresses are held back for a while.
func (s *Service) Freeze(ctx context.Context, about id.Tenant, note string) error {
	t, err := s.Store.ByID(ctx, about)
	if err != nil || t.State == Deleted {
		return err
	}
	t.ClosesAt = t.ClosesAt.UTC()
	return s.change(ctx, t, Deleted, note)
}

// Bury takes out of the market's own row who it was.
func (s *Service) Bury(ctx context.Context, about id.Tenant) error {
	err := s.Store.Tombstone(ctx, about, s.Now())
	s.forget(about)
	return err
}

// DeleteDue begins to delete the markets whose window for fetching data has ended. It is
// asked now and then by whoever keeps the house.
func (s *Service) DeleteDue(ctx context.Context) error {
	all, err := s.Store.ClosedBefore(ctx, s.Now())
	if err != nil || len(all) == 0 {
		return err
	}
	home, err := s.Store.Home(ctx)
	if err != nil {
		return err
	}
	ctx = caller.AsSystem(ctx, home, "lifecycle")
	for _, t := range all {
		_, err := s.start(ctx, Run{Workflow: Delete, About: t.ID, Slug: t.Slug, Note: "The window for fetching data has ended."}, struct{}{})
		if err != nil && fault.KindOf(err) != fault.Conflict { // it is being deleted already
			return err
		}
	}
	return nil
}

// ExportOwn begins an export of the caller's own market.
func (s *Service) ExportOwn(ctx context.Context) (Run, error) {
	if err := s.Gate.Allow(ctx, ActionExport, nil); err != nil {
		return Run{}, err
	}
	t, err := s.Current(ctx)
	if err != nil {
		return Run{}, err
	}
	return s.start(ctx, Run{Workflow: Export, About: t.ID, Slug: t.Slug}, struct{}{})
}

// ExportOf begins an export of another market, for whoever runs the platform.
func (s *Service) ExportOf(ctx context.Context, slug, note string) (Run, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return Run{}, err
	}
	if err := reason(note); err != nil {
		return Run{}, err
	}
	t, err := s.Store.BySlug(ctx, slug)
	switch {
	case err != nil:
		return Run{}, err
	case t.State == Deleted || t.State == Provisioning || t.State == Moved:
		return Run{}, ErrNothing.With("state", t.State)
	}
	return s.start(ctx, Run{Workflow: Export, About: t.ID, Slug: t.Slug, Note: note}, struct{}{})
}

// RotateKey gives another market a new key, for whoever runs the platform.
func (s *Service) RotateKey(ctx context.Context, slug, note string) (Run, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return Run{}, err
	}
	if err := reason(note); err != nil {
		return Run{}, err
	}
	t, err := s.Store.BySlug(ctx, slug)
	switch {
	case err != nil:
		return Run{}, err
	case t.State == Deleted || t.State == Provisioning || t.State == Moved:
		return Run{}, ErrNothing.With("state", t.State)
	}
	return s.start(ctx, Run{Workflow: Rotate, About: t.ID, Slug: t.Slug, Note: note}, struct{}{})
}

// Exports are the newest exports that the caller's own market has made of itself.
func (s *Service) Exports(ctx context.Context) ([]Run, error) {
	if err := s.Gate.Allow(ctx, ActionExport, nil); err != nil {
		return nil, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	return s.Store.RunsAbout(ctx, c.Tenant, 10)
}

// OwnExport is one of them.
func (s *Service) OwnExport(ctx context.Context, which id.Run) (Run, error) {
	if err := s.Gate.Allow(ctx, ActionExport, nil); err != nil {
		return Run{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return Run{}, err
	}
	r, err := s.Store.Run(ctx, which)
	if err == nil && (r.About != c.Tenant || r.Workflow != Export) {
		err = ErrNoRun
	}
	return r, err
}

// Fetched records that somebody takes an export away.
func (s *Service) Fetched(ctx context.Context, r Run) error {
	return s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{
			Action: "tenancy.export.fetch", ObjectKind: "run", ObjectID: r.ID.String(), Outcome: audit.Done, Data: map[string]string{"slug": r.Slug},
		})
	})
}

// ExportTool begins an export of the caller's tenant for the operator's tool, or answers the
// one that is under way.
func (s *Service) ExportTool(ctx context.Context) (Run, error) {
	r, err := s.ExportOwn(ctx)
	if !errors.Is(err, ErrUnderway) {
		return r, err
	}
	all, lerr := s.Exports(ctx)
	for _, x := range all {
		if x.Workflow == Export && x.State == RunOpen {
			return x, nil
		}
	}
	return r, errors.Join(err, lerr)
}
