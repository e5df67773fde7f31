package tenancy

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
)

// Look is a run of the caller's tenant, for whoever runs the platform.
func (s *Service) Look(ctx context.Context, which id.Run) (Run, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return Run{}, err
	}
	return s.Store.Run(ctx, which)
}

// Runs are the newest about a market, for whoever runs the platform.
func (s *Service) Runs(ctx context.Context, about id.Tenant) ([]Run, error) {
	if err := s.allow(ctx, ActionRead); err != nil {
		return nil, err
	}
	return s.Store.RunsAbout(ctx, about, 10)
}

// Retry has a run that was given up tried again from the step that failed.
func (s *Service) Retry(ctx context.Context, which id.Run) (Run, error) {
	if err := s.allow(ctx, ActionManage); err != nil {
		return Run{}, err
	}
	r, err := s.Store.Run(ctx, which)
	if err != nil {
		return Run{}, err
	}
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		reopened, err := s.Store.Reopen(ctx, which, s.Now())
		if err == nil && !reopened {
			err = ErrRunRuns
		}
		if err != nil {
			return err
		}
		return s.Tasks.Enqueue(ctx, TaskRun, RunArgs{r.ID, r.Round})
	})
	if err != nil {
		return Run{}, err
	}
	return s.Store.Run(ctx, which)
}
