package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/tenancy"
)

// VerifyRecord walks the chains of one marketplace, or of all where slug is empty, compares
// them with the notes in a folder ("" is the house's own) and prints a line for each. It
// seals and changes nothing: what it reads is what was there.
func (h *House) VerifyRecord(ctx context.Context, slug, folder string, out io.Writer) (whole bool, err error) {
	if folder == "" {
		folder = h.anchors
	}
	notes, err := jobs.ReadAnchors(folder, id.Tenant{})
	if err != nil {
		return false, err
	}
	all, err := h.Tenancy.All(ctx)
	if err != nil {
		return false, err
	}
	whole, known := true, slug == ""
	for _, t := range all {
		if slug != "" && t.Slug != slug {
			continue
		}
		known = true
		ok, err := h.verifyRecord(caller.AsSystem(ctx, t.ID, "verify"), t, notes, out)
		if err != nil {
			return false, err
		}
		whole = whole && ok
	}
	if !known {
		return false, fmt.Errorf("there is no marketplace %q; kontor tenant list names them", slug)
	}
	return whole, nil
}

func (h *House) verifyRecord(ctx context.Context, t tenancy.Tenant, notes jobs.Anchors, out io.Writer) (bool, error) {
	heads, err := h.Queue.VerifyAgainst(ctx, notes)
	for _, head := range heads {
		fmt.Fprintf(out, "ok     %-12s %-13s %d rows, ends in %x\n", t.Slug, head.Chain, head.Seq, head.Hash)
	}
	var broken *jobs.Broken
	if errors.As(err, &broken) {
		fmt.Fprintf(out, "BROKEN %-12s %s\n", t.Slug, broken)
		return false, nil
	}
	if err == nil {
		fmt.Fprintf(out, "       %-12s compared with %d notes from outside the database\n", t.Slug, len(notes[t.ID]))
	}
	return true, err
}

// ExportRecord writes a marketplace's record of a period as a file that proves itself.
func (h *House) ExportRecord(ctx context.Context, slug string, from, until time.Time, out io.Writer) (jobs.Manifest, error) {
	t, err := h.tenantBySlug(ctx, slug)
	if err == nil && t.ID.IsZero() {
		err = fmt.Errorf("there is no marketplace %q; kontor tenant list names them", slug)
	}
	if err != nil {
		return jobs.Manifest{}, err
	}
	return h.Queue.Export(caller.AsSystem(ctx, t.ID, "export"), from, until, out)
}

// VerifyExport proves an export without a database, against the notes in a folder if one
// is named.
func VerifyExport(file, folder string) (jobs.Manifest, error) {
	notes, err := jobs.ReadAnchors(folder, id.Tenant{})
	if err != nil {
		return jobs.Manifest{}, err
	}
	return jobs.VerifyFile(file, notes)
}
