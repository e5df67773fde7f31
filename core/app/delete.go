package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

// errStill says that somebody who was still at work wrote once more.
var errStill = errors.New("rows were written while the marketplace was being deleted; they are removed now")

// deleting is how a market ends: shut, what the law has kept copied out without who it is
// about, rows and files removed, its key destroyed, its name forgotten. Every step may be
// done again.
func (h *House) deleting() []tenancy.Stage {
	step := func(name string, do func(ctx context.Context, r tenancy.Run, progress func(int64, int64)) error) tenancy.Stage {
		return tenancy.Stage{Name: name, Do: func(ctx context.Context, r tenancy.Run, _ *tenancy.Step, progress func(int64, int64)) (bool, error) {
			return false, do(ctx, r, progress)
		}}
	}
	in := func(ctx context.Context, r tenancy.Run) context.Context {
		return caller.AsSystem(ctx, r.About, "deletion")
	}
	return []tenancy.Stage{
		step("freeze", func(ctx context.Context, r tenancy.Run, _ func(int64, int64)) error {
			return h.Tenancy.Freeze(ctx, r.About, r.Note)
		}),
		step("holds", func(ctx context.Context, r tenancy.Run, progress func(int64, int64)) error {
			return h.hold(in(ctx, r), r, progress)
		}),
		step("rows", func(ctx context.Context, r tenancy.Run, progress func(int64, int64)) error {
			if _, err := archive.Purge(ctx, h.DB, r.About, progress); err != nil {
				return err
			}
			return archive.Forget(ctx, h.DB, r.About)
		}),
		step("files", func(ctx context.Context, r tenancy.Run, _ func(int64, int64)) error {
			return errors.Join(h.Blobs.RemoveAll(in(ctx, r)), h.Archive.RemoveAll(r.About))
		}),
		step("key", func(ctx context.Context, r tenancy.Run, _ func(int64, int64)) error {
			return h.DB.Do(in(ctx, r), h.Vault.Destroy)
		}),
		step("name", func(ctx context.Context, r tenancy.Run, _ func(int64, int64)) error {
			h.Catalog.Forget(r.About)
			h.Shop.Forget(r.About)
			h.Web.Cache().Invalidate(r.About)
			return h.Tenancy.Bury(ctx, r.About)
		}),
		step("check", func(ctx context.Context, r tenancy.Run, progress func(int64, int64)) error {
			n, err := archive.Purge(ctx, h.DB, r.About, progress)
			if err == nil && n > 0 {
				err = fmt.Errorf("%w (%d)", errStill, n)
			}
			return err
		}),
	}
}

// hold copies what the law has kept. A second time, when the rows have gone, it keeps what
// the first has copied.
func (h *House) hold(ctx context.Context, r tenancy.Run, progress func(int64, int64)) error {
	t, err := h.Tenancy.Store.ByID(ctx, r.About)
	if err != nil {
		return err
	}
	holds := archive.Holds(t.Settings.Verticals)
	mask := archive.NewMask()
	for i, x := range holds {
		progress(int64(i), int64(len(holds)))
		until := h.Now().UTC().Truncate(24*time.Hour).AddDate(x.Years, 0, 0)
		err := h.DB.Do(ctx, func(ctx context.Context) error {
			_, err := archive.Keep(ctx, h.DB, r.About, x, until, mask)
			return err
		})
		if err != nil {
			return err
		}
	}
	progress(int64(len(holds)), int64(len(holds)))
	return nil
}

// Ends looks after what has come to its end: windows for fetching data, exports, and legal
// holds.
func (h *House) Ends(ctx context.Context) error {
	err := h.Tenancy.DeleteDue(ctx)
	return errors.Join(err, h.Archive.Expire(tenancy.ExportKept), h.unhold(ctx), h.leftovers(ctx))
}

// unhold removes what the law had kept and does no longer.
func (h *House) unhold(ctx context.Context) error {
	due, err := h.Tenancy.Store.HoldsDue(ctx, h.Now())
	for t, holds := range due {
		for _, what := range holds {
			err = errors.Join(err, h.DB.Do(caller.AsSystem(ctx, t, "deletion"), func(ctx context.Context) error {
				tx, err := pg.Conn(ctx)
				if err != nil {
					return err
				}
				if _, err := tx.Exec(ctx, `DELETE FROM tenancy_held WHERE what = $1`, what); err != nil {
					return err
				}
				_, err = tx.Exec(ctx, `DELETE FROM tenancy_holds WHERE what = $1`, what)
				return err
			}))
		}
	}
	return err
}
