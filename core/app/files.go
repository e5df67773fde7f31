package app

import (
	"context"
	"errors"
	"io"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/sourcing"
)

// keep stores a document that the platform itself made.
func (h *House) keep(ctx context.Context, name, media string, body io.Reader) (id.Blob, error) {
	o, err := h.Blobs.Put(ctx, blob.Upload{Name: name, Body: body, Allow: []string{media}})
	return o.ID, err
}

func (h *House) open(ctx context.Context, b id.Blob) (io.ReadCloser, int64, error) {
	body, o, err := h.Blobs.Open(ctx, b)
	return body, o.Size, err
}

type filesFor struct{ *House }

// Owned implements sourcing.Files.
func (h filesFor) Owned(ctx context.Context, org id.Org, files []id.Blob) (map[id.Blob]sourcing.File, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	out := map[id.Blob]sourcing.File{}
	for _, f := range files {
		o, err := h.Blobs.Get(ctx, f)
		if errors.Is(err, blob.ErrNotFound) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if o.Org == org && (!org.IsZero() || c.Kind == caller.System) {
			out[f] = sourcing.File{Name: o.Name, MediaType: o.MediaType, Size: o.Size}
		}
	}
	return out, nil
}

type papersFor struct{ *House }

// Owns implements parties.Files.
func (h papersFor) Owns(ctx context.Context, org id.Org, file id.Blob) (bool, error) {
	mine, err := filesFor(h).Owned(ctx, org, []id.Blob{file})
	return len(mine) > 0, err
}
