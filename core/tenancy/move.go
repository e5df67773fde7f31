package tenancy

import (
	"context"

	"github.com/kontorhq/kontor/core/id"
)

// MoveInput is what the run of a move is told.
type MoveInput struct {
	From string `json:"from"` // the cell that it leaves
	To   string `json:"to"`
}

// AtHome makes sure that the caller is of the platform's own tenant, as everybody is who has
// a say over marketplaces.
func (s *Service) AtHome(ctx context.Context) error {
	t, err := s.Current(ctx)
	if err == nil && t.Kind != Platform {
		err = ErrNotFound
	}
	return err
}

// StartMove begins the work of moving a market to another cell. Whoever asks was allowed to.
func (s *Service) StartMove(ctx context.Context, t Tenant, in MoveInput, note string) (Run, error) {
	if err := reason(note); err != nil {
		return Run{}, err
	}
	return s.start(ctx, Run{Workflow: Move, About: t.ID, Slug: t.Slug, Note: note}, in)
}

// Forget has this process ask anew who a market is and where.
func (s *Service) Forget(t id.Tenant) { s.forget(t) }
