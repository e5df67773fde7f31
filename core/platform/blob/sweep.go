package blob

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
)

// Sweep removes the caller's tenant's bytes that no row speaks of: their unit rolled back,
// or the process died in between. Younger ones may still be waiting for their commit.
func (s *Store) Sweep(ctx context.Context, olderThan time.Duration) (removed int, err error) {
	c, err := caller.From(ctx)
	if err != nil {
		return 0, err
	}
	files := map[string]string{} // id -> path
	err = fs.WalkDir(s.root.FS(), c.Tenant.String(), func(p string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		st, err := d.Info()
		if err == nil && s.now().Sub(st.ModTime()) >= olderThan {
			files[filepath.Base(p)] = p
		}
		return nil
	})
	if errors.Is(err, os.ErrNotExist) || (err == nil && len(files) == 0) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	ids := make([]string, 0, len(files))
	for i := range files {
		ids = append(ids, i)
	}
	err = s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id::text FROM blob_objects WHERE id = ANY($1::uuid[])`, ids).Query(func(rows pgx.Rows) error {
			var known string
			_, err := pgx.ForEachRow(rows, []any{&known}, func() error { delete(files, known); return nil })
			return err
		})
	})
	if err != nil {
		return 0, err
	}
	for _, p := range files {
		if err := s.root.Remove(p); err != nil {
			return removed, err
		}
		removed++
	}
	return removed, nil
}
