package identity

import (
	"context"
	"crypto/sha256"
	"time"
)

// The slow-down of trust.md S31: a few mistakes are free, then every further one costs
// a longer wait, and a quiet quarter of an hour forgives. There is no lock-out, which
// anybody could inflict on anybody.
const (
	freeAttempts = 5
	longestWait  = 32 * time.Second
	forgiveAfter = 15 * time.Minute
)

// after is the count once another attempt is made at now.
func (a Attempts) after(now time.Time) Attempts {
	if now.Sub(a.LastAt) > forgiveAfter {
		a.Failures = 0
	}
	a.Failures++
	wait := time.Duration(0)
	if over := a.Failures - freeAttempts; over >= 0 {
		wait = min(time.Second<<min(over, 5), longestWait)
	}
	a.LastAt, a.NextAt = now, now.Add(wait)
	return a
}

// attemptKey separates those who have signed in from an address before from everybody
// else: while a stranger hammers at the account, its owner can still get in.
func attemptKey(email, knownIP string) Hash {
	return sha256.Sum256([]byte(email + "\x00" + knownIP))
}

// Letters cost their reader more than a guess costs the house: a few an hour are free, and
// then there is a pause.
const (
	lettersForget  = time.Hour
	lettersPause   = 15 * time.Minute
	freePerAccount = 3
	freePerAddress = 30 // a whole office may share one
)

// spaced is the count once another letter is asked for at now.
func (a Attempts) spaced(now time.Time, free int) Attempts {
	if now.Sub(a.LastAt) > lettersForget {
		a.Failures = 0
	}
	a.Failures++
	a.LastAt, a.NextAt = now, now
	if a.Failures >= free {
		a.NextAt = now.Add(lettersPause)
	}
	return a
}

// count notes an attempt before the password is looked at, so that a thousand guesses in
// parallel are a thousand attempts. It answers how long to wait instead.
func (s *Service) count(ctx context.Context, key Hash) (wait time.Duration, err error) {
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		wait = 0
		a, err := s.Store.Attempt(ctx, key)
		if err != nil {
			return err
		}
		now := s.Now()
		if wait = a.NextAt.Sub(now); wait > 0 {
			return nil
		}
		return s.Store.SetAttempt(ctx, key, a.after(now))
	})
	return wait, err
}
