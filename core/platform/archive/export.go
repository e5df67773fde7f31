package archive

import (
	"archive/zip"
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/vault"
)

// Store makes exports below a folder and keeps them for a while.
type Store struct {
	db      *pg.DB
	files   *blob.Store
	vault   *vault.Vault
	travels []Travel
	dir     string
	now     clock.Now
}

// New keeps exports in a folder. What travels is opened on its way.
func New(db *pg.DB, files *blob.Store, v *vault.Vault, travels []Travel, dir string, now clock.Now) *Store {
	return &Store{db, files, v, travels, dir, now}
}

// Packed is a finished export.
type Packed struct {
	Bytes      int64  `json:"bytes"`
	SHA256     string `json:"sha256"`
	Rows       int64  `json:"rows"`
	Tables     int    `json:"tables"`
	Files      int    `json:"files"`
	Missing    int    `json:"missing"`
	Consistent bool   `json:"consistent"`
}

// work is the folder of an export's parts, and file what becomes of them. Both are made of
// identifiers only.
func (s *Store) work(t id.Tenant, run id.Run) string {
	return filepath.Join(s.dir, t.String(), run.String())
}
func (s *Store) file(t id.Tenant, run id.Run) string { return s.work(t, run) + ".zip" }

// tablesFor is for how long one snapshot is read. What is left then is read in another one,
// and the manifest says so.
const tablesFor = 75 * time.Second

// Rows writes the caller's tenant's tables that are not written yet, all out of one
// snapshot. What was finished before it was cut off is found on the disk and not written
// again; more says that there was no time for the rest.
func (s *Store) Rows(ctx context.Context, run id.Run, progress func(done, total int64)) (more bool, err error) {
	c, err := caller.From(ctx)
	if err != nil {
		return false, err
	}
	all, err := Tables(ctx, s.db)
	if err != nil {
		return false, err
	}
	todo := slices.DeleteFunc(all, func(t Table) bool { return Omitted[t.Name] != "" })
	total, dir := int64(len(todo)), s.work(c.Tenant, run)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return false, err
	}
	written, err := finished(dir)
	if err != nil {
		return false, err
	}
	todo = slices.DeleteFunc(todo, func(t Table) bool { return slices.ContainsFunc(written, func(p part) bool { return p.Name == t.Name }) })
	progress(total-int64(len(todo)), total)
	if len(todo) == 0 {
		return false, nil
	}
	began := s.now().UTC()
	err = s.db.Snapshot(ctx, func(tx pgx.Tx) error {
		for i, t := range todo {
			if err := s.table(ctx, tx, t, dir, began); err != nil {
				return fmt.Errorf("export %s: %w", t.Name, err)
			}
			progress(total-int64(len(todo)-i-1), total)
			if more = i+1 < len(todo) && s.now().Sub(began) > tablesFor; more {
				return nil
			}
		}
		return nil
	})
	return more, err
}

// part is a table that is finished, as it is noted beside its rows.
type part struct {
	TableEntry
	As time.Time `json:"as"` // of the snapshot
}

// finished are the parts that lie in a folder, by name. A part is noted once its rows are
// whole on the disk.
func finished(dir string) (out []part, err error) {
	names, err := filepath.Glob(filepath.Join(dir, "*.json"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	for _, name := range names {
		var p part
		text, err := os.ReadFile(name)
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		if err != nil {
			return nil, err
		}
		out = append(out, p)
	}
	return out, nil
}

// table writes one table's rows, and then the note that they are whole.
func (s *Store) table(ctx context.Context, tx pgx.Tx, t Table, dir string, as time.Time) error {
	e := TableEntry{Name: t.Name, Path: "tables/" + t.Name + ".ndjson", Columns: t.columns(travel(s.travels, t.Name))}
	h := sha256.New()
	err := whole(filepath.Join(dir, t.Name+".ndjson"), func(f io.Writer) error {
		w := bufio.NewWriterSize(io.MultiWriter(f, h), 1<<16)
		err := t.lines(ctx, tx, s.vault, travel(s.travels, t.Name), func(line []byte) error {
			e.Rows++
			e.Bytes += int64(len(line)) + 1
			_, err := w.Write(append(line, '\n'))
			return err
		})
		return errors.Join(err, w.Flush())
	})
	if err != nil {
		return err
	}
	e.SHA256 = hex.EncodeToString(h.Sum(nil))
	note, err := json.Marshal(part{e, as})
	if err != nil {
		return err
	}
	return whole(filepath.Join(dir, t.Name+".json"), func(f io.Writer) error {
		_, err := f.Write(note)
		return err
	})
}

// whole writes a file that is complete on the disk under its name, or not there.
func whole(name string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(name), ".part-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }()
	if err := errors.Join(write(f), f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), name)
}

// selects reads the rows in the order of their key, each as one line of JSON. A table
// without columns to tell still tells how many rows there are.
func (t Table) selects() string {
	order := ""
	if len(t.Key) > 0 {
		order = " ORDER BY " + quoted("", t.Key)
	}
	return `SELECT convert_to(row_to_json(x)::text, 'UTF8') FROM (SELECT ` + quoted("", t.taken()) + ` FROM ` + quote(t.Name) + order + `) x`
}

// Quote is a name as SQL takes it.
func Quote(name string) string { return quote(name) }

func quote(name string) string { return pgx.Identifier{name}.Sanitize() }

func quoted(prefix string, names []string) string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = prefix + quote(n)
	}
	return strings.Join(out, ", ")
}

// Pack puts tables and files together with the manifest. Cut off, it begins anew; what a
// reader finds under the export's name is whole.
func (s *Store) Pack(ctx context.Context, run id.Run, tenant json.RawMessage, progress func(done, total int64)) (Packed, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Packed{}, err
	}
	dir := s.work(c.Tenant, run)
	m, err := s.manifest(ctx, dir, tenant)
	if err != nil {
		return Packed{}, err
	}
	out, sum := Packed{Tables: len(m.Tables), Consistent: m.Consistent}, counted{h: sha256.New()}
	err = whole(s.file(c.Tenant, run), func(f io.Writer) error {
		return s.fill(ctx, zip.NewWriter(io.MultiWriter(f, &sum)), dir, &m, &out, progress)
	})
	if err != nil {
		return Packed{}, err
	}
	out.Bytes, out.SHA256, out.Files, out.Missing = sum.n, hex.EncodeToString(sum.h.Sum(nil)), len(m.Files), len(m.Missing)
	return out, nil
}

// manifest begins the manifest with what lies in the folder.
func (s *Store) manifest(ctx context.Context, dir string, tenant json.RawMessage) (Manifest, error) {
	schema, err := pg.SchemaKey()
	if err != nil {
		return Manifest{}, err
	}
	m := Manifest{
		Format: Format, Version: Version, Tenant: tenant, MadeAt: s.now().UTC(), Schema: schema,
		Tables: []TableEntry{}, Files: []FileEntry{}, Missing: []string{}, Omitted: Omitted, LeftOut: map[string]string{},
	}
	parts, err := finished(dir)
	if err != nil {
		return m, err
	}
	for _, p := range parts {
		i := slices.IndexFunc(m.Snapshots, p.As.Equal)
		if i < 0 {
			i, m.Snapshots = len(m.Snapshots), append(m.Snapshots, p.As)
		}
		p.Snapshot = i
		m.Tables = append(m.Tables, p.TableEntry)
	}
	m.Consistent = len(m.Snapshots) == 1
	return m, s.leftOut(ctx, &m)
}

type counted struct {
	h hash.Hash
	n int64
}

func (c *counted) Write(b []byte) (int, error) {
	c.n += int64(len(b))
	return c.h.Write(b)
}

func (s *Store) leftOut(ctx context.Context, m *Manifest) error {
	all, err := Tables(ctx, s.db)
	for _, t := range all {
		for _, c := range t.Columns {
			if why := LeftOut(t.Name, c); why != "" && Omitted[t.Name] == "" {
				m.LeftOut[t.Name+"."+c] = why
			}
		}
	}
	return err
}

func (s *Store) fill(ctx context.Context, z *zip.Writer, dir string, m *Manifest, out *Packed, progress func(done, total int64)) error {
	var blobs []id.Blob
	for _, t := range m.Tables {
		out.Rows += t.Rows
		name := filepath.Join(dir, t.Name+".ndjson")
		if err := add(z, t.Path, func() (io.ReadCloser, error) { return os.Open(name) }); err != nil {
			return err
		}
		if t.Name == "blob_objects" {
			var err error
			if blobs, err = idsOf(name); err != nil {
				return err
			}
		}
	}
	for i, b := range blobs {
		progress(int64(i), int64(len(blobs)))
		if err := s.addFile(ctx, z, b, m); err != nil {
			return err
		}
	}
	progress(int64(len(blobs)), int64(len(blobs)))
	text, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	if err := add(z, manifestName, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(text)), nil }); err != nil {
		return err
	}
	return z.Close()
}

// addFile adds one file's bytes. One that is gone or damaged is named in the manifest: what
// is left of a marketplace must not stay because of it.
func (s *Store) addFile(ctx context.Context, z *zip.Writer, b id.Blob, m *Manifest) error {
	if err := s.files.Verify(ctx, b); err != nil {
		if errors.Is(err, blob.ErrDamaged) {
			m.Missing = append(m.Missing, b.String())
			return nil
		}
		return err
	}
	f, o, err := s.files.Open(ctx, b)
	if err != nil {
		return err
	}
	e := FileEntry{ID: b.String(), Path: "files/" + b.String(), Bytes: o.Size, SHA256: hex.EncodeToString(o.SHA256)}
	m.Files = append(m.Files, e)
	return add(z, e.Path, func() (io.ReadCloser, error) { return f, nil })
}

func add(z *zip.Writer, name string, open func() (io.ReadCloser, error)) error {
	r, err := open()
	if err != nil {
		return err
	}
	w, err := z.Create(name)
	if err == nil {
		_, err = io.Copy(w, r)
	}
	return errors.Join(err, r.Close())
}

// idsOf reads the identifiers out of a table's rows.
func idsOf(name string) (out []id.Blob, err error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for d := json.NewDecoder(f); ; {
		var row struct {
			ID id.Blob `json:"id"`
		}
		switch err := d.Decode(&row); {
		case errors.Is(err, io.EOF):
			return out, nil
		case err != nil:
			return nil, err
		}
		out = append(out, row.ID)
	}
}

// Open is a finished export's bytes; the caller closes them.
func (s *Store) Open(t id.Tenant, run id.Run) (*os.File, error) {
	f, err := os.Open(s.file(t, run))
	if errors.Is(err, os.ErrNotExist) {
		return nil, ErrGone
	}
	return f, err
}

// Tidy removes the parts of an export that is packed.
func (s *Store) Tidy(t id.Tenant, run id.Run) error { return os.RemoveAll(s.work(t, run)) }

// Remove takes one export off the disk.
func (s *Store) Remove(t id.Tenant, run id.Run) error {
	return errors.Join(os.RemoveAll(s.work(t, run)), os.RemoveAll(s.file(t, run)))
}

// RemoveAll takes all exports of a tenant off the disk.
func (s *Store) RemoveAll(t id.Tenant) error { return os.RemoveAll(filepath.Join(s.dir, t.String())) }

// Expire removes exports that are older than age, over all tenants, and what was begun and
// never finished. The link to one answers that it is gone.
func (s *Store) Expire(age time.Duration) error {
	found, err := filepath.Glob(filepath.Join(s.dir, "*", "*"))
	if err != nil {
		return err
	}
	for _, name := range found {
		st, err := os.Stat(name)
		if err == nil && s.now().Sub(st.ModTime()) > age {
			err = os.RemoveAll(name)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
