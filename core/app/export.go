package app

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/identifier"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/contact"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/tenancy"
)

// exporting is how a market's data is taken out: rows, then everything in one file.
func (h *House) exporting() []tenancy.Stage {
	return []tenancy.Stage{
		{Name: "rows", Do: func(ctx context.Context, r tenancy.Run, _ *tenancy.Step, progress func(int64, int64)) (bool, error) {
			return h.Archive.Rows(caller.AsSystem(ctx, r.About, "export"), r.ID, progress)
		}},
		{Name: "pack", Do: func(ctx context.Context, r tenancy.Run, s *tenancy.Step, progress func(int64, int64)) (bool, error) {
			t, err := h.Tenancy.Store.ByID(ctx, r.About)
			if err != nil {
				return false, err
			}
			self, err := json.Marshal(exported{t.ID.String(), t.Slug, t.Kind, t.Name, t.Settings, t.Blueprint})
			if err != nil {
				return false, err
			}
			out, err := h.Archive.Pack(caller.AsSystem(ctx, r.About, "export"), r.ID, self, progress)
			if err != nil {
				return false, err
			}
			s.Notes, err = json.Marshal(out)
			return false, err
		}},
		{Name: "tidy", Do: func(_ context.Context, r tenancy.Run, _ *tenancy.Step, _ func(int64, int64)) (bool, error) {
			return false, h.Archive.Tidy(r.About, r.ID) // once the packed one is noted
		}},
	}
}

// Travels is what lies sealed and is its market's own, so that an export holds it opened.
// Secrets by which somebody enters or is trusted stay behind.
var Travels = []archive.Travel{
	{
		Column: vault.Column{Table: contact.Table, Column: contact.Sealed, Row: "id"}, As: "phone",
		Index: map[string]func(string) string{contact.Text: asItIs, contact.Digits: contact.Dialled},
	},
	{
		Column: vault.Column{Table: "parties_orgs", Column: "iban_sealed", Row: "id"}, As: "iban", Plain: "iban",
		Index: map[string]func(string) string{"iban_index": asItIs}, Shown: "iban_shown", Show: identifier.Shown,
	},
	{Column: vault.Column{Table: "payments_payouts", Column: "account_sealed", Row: "id"}, As: "account"},
}

func asItIs(s string) string { return s }

// exported is the marketplace itself in a manifest.
type exported struct {
	ID        string            `json:"id"`
	Slug      string            `json:"slug"`
	Kind      tenancy.Kind      `json:"kind"`
	Name      map[string]string `json:"name"`
	Settings  tenancy.Settings  `json:"settings"`
	Blueprint string            `json:"blueprint"`
}

// Packed is what an export came to; ok is false while it is not done.
func Packed(r tenancy.Run) (p archive.Packed, ok bool) {
	if r.Workflow != tenancy.Export || r.State != tenancy.RunDone || len(r.Steps) < 2 {
		return p, false
	}
	err := json.Unmarshal(r.Steps[1].Notes, &p)
	return p, err == nil && p.Bytes > 0
}

// OpenExport gives a finished export's bytes, until its time has passed.
func (h *House) OpenExport(r tenancy.Run) (io.ReadCloser, int64, error) {
	p, ok := Packed(r)
	switch {
	case !ok:
		return nil, 0, archive.ErrNotReady
	case h.Now().After(r.EndedAt.Add(tenancy.ExportKept)):
		return nil, 0, archive.ErrGone
	}
	f, err := h.Archive.Open(r.About, r.ID)
	return f, p.Bytes, err
}

// ExportNow makes an export and waits for it: the operator's tool. A running server or this
// process itself does the work.
func (h *House) ExportNow(ctx context.Context, slug string, progress func(string)) (tenancy.Run, error) {
	t, err := h.Tenancy.Store.BySlug(ctx, slug)
	if err != nil {
		return tenancy.Run{}, err
	}
	ctx = caller.AsSystem(ctx, t.ID, "tool")
	r, err := h.Tenancy.ExportTool(ctx)
	if err != nil {
		return r, err
	}
	return h.finish(ctx, r, progress)
}

// finish works at a run until it has ended.
func (h *House) finish(ctx context.Context, r tenancy.Run, progress func(string)) (_ tenancy.Run, err error) {
	for r.State == tenancy.RunOpen {
		if err := h.Tenancy.Work(ctx, tenancy.RunArgs{Run: r.ID, Round: r.Round}); err != nil {
			return r, err
		}
		if r, err = h.Tenancy.Store.Run(ctx, r.ID); err != nil {
			return r, err
		}
		for _, s := range r.Steps {
			if s.State == tenancy.StepRunning || s.State == tenancy.StepFailed {
				progress(cmp.Or(s.Error, s.Name))
			}
		}
		if r.State == tenancy.RunOpen {
			time.Sleep(time.Second)
		}
	}
	return r, nil
}
