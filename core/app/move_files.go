package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// files takes over the files that were stored since a moment, as far as they are not there
// yet, and says how many went. The rows that speak of them are there already; what arrives
// is compared with the hash in them.
func (w *way) files(ctx context.Context, since time.Time) (sent int, err error) {
	all, err := w.Files(ctx, since)
	if err != nil {
		return 0, err
	}
	for i, b := range all {
		w.progress(int64(i), int64(len(all)))
		there, err := w.has(ctx, b)
		if err != nil {
			return sent, err
		}
		if there {
			continue
		}
		if err := w.send(ctx, b); err != nil {
			return sent, err
		}
		sent++
	}
	w.progress(int64(len(all)), int64(len(all)))
	return sent, nil
}

func (w *way) file(b id.Blob) string { return "/files/" + w.run.About.String() + "/" + b.String() }

func (w *way) as(ctx context.Context) context.Context {
	return caller.AsSystem(ctx, w.run.About, "cells")
}

// has reports whether the target holds a file whole.
func (w *way) has(ctx context.Context, b id.Blob) (bool, error) {
	if w.Target == w.h.cell.own {
		return w.h.Blobs.Verify(w.as(ctx), b) == nil, nil
	}
	res, err := w.h.ask(ctx, http.MethodHead, w.toAt, w.file(b), nil)
	if err != nil {
		return false, err
	}
	_ = res.Body.Close()
	return res.StatusCode == http.StatusOK, nil
}

// send takes one file over. One that is gone or damaged where it was is so on the other side
// too: it does not hold the marketplace back.
func (w *way) send(ctx context.Context, b id.Blob) error {
	body, err := w.open(ctx, b)
	if err != nil {
		return err
	}
	if body == nil {
		w.h.Log.WarnContext(ctx, "a file is missing where the marketplace comes from", "file", b)
		return nil
	}
	defer body.Close()
	if w.Target == w.h.cell.own {
		return errors.Join(w.h.Blobs.Restore(w.as(ctx), b, body), w.h.Blobs.Verify(w.as(ctx), b))
	}
	res, err := w.h.ask(ctx, http.MethodPut, w.toAt, w.file(b), body)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("file %s was not taken: status %d", b, res.StatusCode)
	}
	return nil
}

// open reads a file where it was; nil where it is not.
func (w *way) open(ctx context.Context, b id.Blob) (io.ReadCloser, error) {
	if w.Source == w.h.cell.own {
		if w.h.Blobs.Verify(w.as(ctx), b) != nil {
			return nil, nil
		}
		f, _, err := w.h.Blobs.Open(w.as(ctx), b)
		return f, err
	}
	res, err := w.h.ask(ctx, http.MethodGet, w.fromAt, w.file(b), nil)
	if err != nil {
		return nil, err
	}
	if res.StatusCode != http.StatusOK {
		_ = res.Body.Close()
		return nil, nil
	}
	return res.Body, nil
}
