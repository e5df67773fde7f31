package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/tenancy"
)

// ImportInput says under which name an export becomes a market here.
type ImportInput struct {
	File      string
	Slug      string
	Names     map[string]string // empty: as exported
	Base      string            // the domain that markets live below; "" is localhost
	Anonymise bool              // for testing: nobody in it can be recognised
}

// Imported is what came of it.
type Imported struct {
	Tenant id.Tenant
	Host   string
	Tables int
	Rows   int64
	Files  int
}

// Import makes a new market out of an export. The export is checked whole before anything
// is done; rows come in one transaction; and the market opens last. What fails leaves
// nothing behind, and what was killed goes on when it is called again with the same file.
func (h *House) Import(ctx context.Context, in ImportInput) (Imported, error) {
	f, err := os.Open(in.File)
	if err != nil {
		return Imported{}, err
	}
	defer f.Close()
	st, err := f.Stat()
	if err != nil {
		return Imported{}, err
	}
	r, err := archive.Read(f, st.Size())
	if err != nil {
		return Imported{}, err
	}
	b, err := arriving(r, in)
	if err != nil {
		return Imported{}, err
	}
	t, err := h.Tenancy.Arrive(ctx, b)
	if err != nil {
		return Imported{}, err
	}
	ctx = caller.AsSystem(ctx, t.ID, "import")
	if err := h.arrive(ctx, t, r, in); err != nil {
		// Rows are in one transaction, so none came; files and the market's own row go too.
		return Imported{}, errors.Join(fmt.Errorf("import %s: %w", in.Slug, err), h.Blobs.RemoveAll(ctx), h.Tenancy.Store.Discard(ctx, t.ID), h.withdraw(ctx, t.ID))
	}
	out := Imported{Tenant: t.ID, Host: t.CanonicalHost(), Tables: len(r.Tables), Files: len(r.Files)}
	for _, x := range r.Tables {
		out.Rows += x.Rows
	}
	return out, h.Tenancy.Opened(ctx, t.ID)
}

// arriving is the market that an export becomes.
func arriving(r *archive.Reader, in ImportInput) (tenancy.Blueprint, error) {
	var self exported
	if err := json.Unmarshal(r.Tenant, &self); err != nil || self.Kind == tenancy.Platform || self.Kind == "" {
		return tenancy.Blueprint{}, archive.ErrNotExport.Because(err)
	}
	if len(in.Names) == 0 {
		in.Names = self.Name
	}
	if in.Anonymise {
		self.Settings.SupportMail, self.Settings.SupportPhone = "support@example.invalid", ""
		for l, n := range in.Names {
			in.Names[l] = n + " (test)"
		}
	}
	return tenancy.Blueprint{
		Slug: in.Slug, Kind: self.Kind, Name: in.Names, Settings: self.Settings, Hosts: []tenancy.Host{{Name: in.Slug + "." + cmp.Or(in.Base, "localhost"), Canonical: true}},
		Ref: "import", Hash: fmt.Sprintf("import:%s:%v", r.SHA256, in.Anonymise), Making: true,
	}, nil
}

// arrival is what the run of an import keeps of it.
type arrival struct {
	Anonymised bool `json:"anonymised"` // it came without its record
}

func (h *House) arrive(ctx context.Context, t tenancy.Tenant, r *archive.Reader, in ImportInput) error {
	hash, err := h.Identity.Hash(ctx, rand.Text()) // nobody knows it: people ask for a new password
	if err != nil {
		return err
	}
	into := archive.Into{Fill: map[string]any{"identity_people.password_hash": hash}, Travels: Travels, Vault: h.Vault}
	if in.Anonymise {
		into.Mask = archive.NewMask()
	}
	what, err := json.Marshal(arrival{Anonymised: in.Anonymise})
	if err != nil {
		return err
	}
	done, err := h.Tenancy.Store.RunsAbout(ctx, t.ID, 1)
	if err != nil || len(done) > 0 {
		return err // killed after the rows came; the rest is to open
	}
	if err := r.Blobs(ctx, h.Blobs, into); err != nil {
		return err
	}
	refs, err := h.references(ctx)
	if err != nil {
		return err
	}
	return h.DB.Do(ctx, func(ctx context.Context) error {
		if err := r.Rows(ctx, h.DB, into); err != nil {
			return err
		}
		if err := errors.Join(counted(ctx, r, into), whole(ctx, refs)); err != nil {
			return err
		}
		return h.Tenancy.Store.InsertRun(ctx, tenancy.Run{
			ID: id.Run{}.New(), Workflow: tenancy.Import, About: t.ID, Slug: t.Slug, State: tenancy.RunDone, Input: what, StartedBy: "system:import", StartedAt: h.Now(), DueAt: h.Now(),
		})
	})
}

// whole makes sure that no row refers to one that did not come.
func whole(ctx context.Context, refs invariant) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	var missing string
	err = tx.QueryRow(ctx, refs.breaches+` LIMIT 1`).Scan(&missing)
	switch {
	case errors.Is(err, pgx.ErrNoRows):
		return nil
	case err != nil:
		return err
	}
	return archive.ErrNotExport.Because(fmt.Errorf("%s is not in it", missing))
}

// counted makes sure that every row came, by the database's own count.
func counted(ctx context.Context, r *archive.Reader, in archive.Into) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	for _, e := range r.Tables {
		if !in.Takes(e.Name) {
			continue
		}
		var n int64
		if err := tx.QueryRow(ctx, `SELECT count(*) FROM `+archive.Quote(e.Name)).Scan(&n); err != nil {
			return err
		}
		if n != e.Rows {
			return fmt.Errorf("%s has %d rows, not %d", e.Name, n, e.Rows)
		}
	}
	return nil
}
