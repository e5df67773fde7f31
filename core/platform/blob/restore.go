package blob

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// Restore writes the bytes of a file whose row comes by another way, under the caller's
// tenant. What lies there already is replaced: an import that was cut off is done again.
func (s *Store) Restore(ctx context.Context, b id.Blob, body io.Reader) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	name := place(c.Tenant, b)
	if err := s.root.Remove(name); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	_, _, err = s.write(name, body, s.max)
	return err
}

// RemoveAll removes every file of the caller's tenant, whether or not a row speaks of it.
func (s *Store) RemoveAll(ctx context.Context) error {
	c, err := caller.From(ctx)
	if err != nil {
		return err
	}
	return s.root.RemoveAll(c.Tenant.String())
}
