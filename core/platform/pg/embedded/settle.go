package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// settle deals with what a killed predecessor left in the folder. We hold the lock, so
// whatever runs here is nobody's: a server that is still going down, one that was never
// told to, or only a name on a file.
func (c *Cluster) settle(ctx context.Context) error {
	deadline := time.Now().Add(40 * time.Second)
	var told time.Time
	for {
		p, named := c.postmaster()
		switch {
		case !named || !alive(p.pid) || zombie(p.pid) || !c.serves(p.pid):
			// Its own helpers notice within moments that it died; until then they keep its memory.
			if inUse(c.Data) {
				break
			}
			// In a container nobody may ever reap it, or its number belongs to another process by
			// now; the server would refuse to start because of either.
			return c.tidy()
		case told.IsZero():
			_ = syscall.Kill(p.pid, syscall.SIGINT)
			told = time.Now()
		case time.Since(told) > 30*time.Second:
			_ = syscall.Kill(p.pid, syscall.SIGQUIT)
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("embedded: an older PostgreSQL (process %d) still uses %s", p.pid, c.Data)
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// tidy removes the names that a dead server left: in its folder and at its socket.
func (c *Cluster) tidy() error {
	var errs []error
	for _, f := range []string{c.pidFile(), filepath.Join(c.Socket, ".s.PGSQL.5432"), filepath.Join(c.Socket, ".s.PGSQL.5432.lock")} {
		if err := os.Remove(f); err != nil && !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// alive: a process that we may not signal is alive as well.
func alive(pid int) bool {
	err := syscall.Kill(pid, 0)
	return err == nil || errors.Is(err, syscall.EPERM)
}

// same compares folders by what they are, not by how they are spelled.
func same(a, b string) bool {
	ra, err1 := filepath.EvalSymlinks(a)
	rb, err2 := filepath.EvalSymlinks(b)
	return err1 == nil && err2 == nil && ra == rb
}
