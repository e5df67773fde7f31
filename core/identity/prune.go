package identity

import (
	"context"
	"time"
)

// How long what has ended is kept. A count is forgiven after minutes; an ended session may
// answer "who was in there, and from where" for a while.
const (
	keepAttempts = 24 * time.Hour
	keepSessions = 90 * 24 * time.Hour
)

// Prune removes the tenant's old counts of attempts and its long-ended sessions, and says
// how many rows went.
func (s *Service) Prune(ctx context.Context) (n int64, err error) {
	now := s.Now()
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		n, err = s.Store.Prune(ctx, now.Add(-keepAttempts), now.Add(-keepSessions))
		return err
	})
	return n, err
}
