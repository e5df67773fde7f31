package pluginhost

import "runtime"

// starter is one goroutine that keeps its operating-system thread for good. Linux sends
// the parent-death signal when the *thread* that forked ends, and Go ends idle threads.
type starter struct {
	jobs chan func()
	done chan struct{}
}

func newStarter() *starter {
	s := &starter{make(chan func()), make(chan struct{})}
	go func() {
		// Unlocked at last: a thread that ended with us would take along whatever else was ever
		// started on it, such as a database.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		for {
			select {
			case f := <-s.jobs:
				f()
			case <-s.done:
				return
			}
		}
	}()
	return s
}

func (s *starter) do(f func() error) error {
	err := make(chan error, 1)
	select {
	case s.jobs <- func() { err <- f() }:
		return <-err
	case <-s.done:
		return ErrUnavailable
	}
}

func (s *starter) close() { close(s.done) }
