package jobs

import (
	"time"

	"github.com/riverqueue/river/rivertype"

	"github.com/kontorhq/kontor/core/clock"
)

// backoff doubles from one second to a quarter of an hour.
func backoff(attempt int) time.Duration {
	d := time.Second << min(max(attempt-1, 0), 10)
	return min(d, 15*time.Minute)
}

// retries is backoff as the queue asks for it.
type retries struct{ now clock.Now }

func (r retries) NextRetry(job *rivertype.JobRow) time.Time {
	return r.now().Add(backoff(job.Attempt))
}
