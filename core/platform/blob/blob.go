// Package blob keeps files: certificates, drawings, invoices, pictures. The bytes lie on
// the disk under names that nobody chose, in a folder per tenant; the row in blob_objects
// says what they are and is bound to the tenant like every other. What a file is, is read
// from its content, never from its name.
package blob

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

// What can be wrong with a file.
var (
	ErrNotFound = fault.New(fault.NotFound, "blob.not_found", "There is no such file.")
	ErrEmpty    = fault.New(fault.Invalid, "blob.empty", "The file is empty.")
	ErrTooLarge = fault.New(fault.TooLarge, "blob.too_large", "The file is larger than {megabytes} MB.").Then("Upload a smaller file.")
	ErrType     = fault.New(fault.Unsupported, "blob.type_refused", "Files of this kind are not accepted here ({type}).").Then("Upload a PDF, a picture, a table or a text.")
	ErrDamaged  = fault.New(fault.Internal, "blob.damaged", "This file was damaged in storage.")
)

// Object describes a stored file.
type Object struct {
	ID        id.Blob
	Name      string // as the person called it, for showing and downloading
	MediaType string
	Size      int64
	SHA256    []byte
	Org       id.Org // whose it is; none: the marketplace's
	Public    bool   // visitors may see it
	CreatedBy string
	CreatedAt time.Time
}

// Upload is a file to be kept.
type Upload struct {
	Name   string
	Body   io.Reader
	Org    id.Org
	Public bool
	Allow  []string // media types; nil: Accepted
	Max    int64    // bytes; 0: the store's limit
}

// Store keeps files below one folder.
type Store struct {
	db   *pg.DB
	root *os.Root
	now  clock.Now
	max  int64
	room Room
}

// Room refuses bytes that the marketplace has no room for: add runs, which stores n more, or
// nothing is stored.
type Room interface {
	Growing(ctx context.Context, n int64, add func(ctx context.Context) error) error
}

// Limit has every file ask for room from now on. Call it while wiring.
func (s *Store) Limit(r Room) { s.room = r }

// DefaultMax is the largest file that is taken unless a caller asks for less.
const DefaultMax = 20 << 20

// New opens the folder, making it if need be.
func New(db *pg.DB, dir string, now clock.Now) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, fmt.Errorf("blob: %w", err)
	}
	if now == nil {
		now = clock.System
	}
	return &Store{db: db, root: root, now: now, max: DefaultMax}, nil
}

// Close closes the folder.
func (s *Store) Close() error { return s.root.Close() }

// place of a file: made of identifiers only, so there is nothing in it to climb with.
func place(t id.Tenant, b id.Blob) string {
	name := b.String()
	return filepath.Join(t.String(), name[len(name)-2:], name)
}

// Put stores a file. Its row commits with the current unit, if there is one; should that
// roll back, Sweep removes the bytes later.
func (s *Store) Put(ctx context.Context, in Upload) (Object, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return Object{}, err
	}
	o := Object{ID: id.Blob{}.New(), Name: cleanName(in.Name), Org: in.Org, Public: in.Public, CreatedBy: c.Subject(), CreatedAt: s.now()}
	limit := s.max
	if in.Max > 0 {
		limit = min(limit, in.Max)
	}
	head := make([]byte, 512)
	n, err := io.ReadFull(in.Body, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return Object{}, err
	}
	if n == 0 {
		return Object{}, ErrEmpty
	}
	head = head[:n]
	if o.MediaType = sniff(head, o.Name); !slices.Contains(orAccepted(in.Allow), o.MediaType) {
		return Object{}, ErrType.With("type", o.MediaType)
	}
	o.Size, o.SHA256, err = s.write(place(c.Tenant, o.ID), io.MultiReader(bytes.NewReader(head), in.Body), limit)
	if err != nil {
		return Object{}, err
	}
	if err := s.growing(ctx, c.Tenant, o); err != nil {
		_ = s.root.Remove(place(c.Tenant, o.ID))
		return Object{}, err
	}
	return o, nil
}

// write is complete on the disk when it returns; a file that is too large leaves nothing.
func (s *Store) write(name string, r io.Reader, limit int64) (size int64, sum []byte, err error) {
	if err := s.root.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		return 0, nil, err
	}
	f, err := s.root.OpenFile(name, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, nil, err
	}
	h := sha256.New()
	size, err = io.Copy(io.MultiWriter(f, h), io.LimitReader(r, limit+1))
	if err == nil && size > limit {
		err = ErrTooLarge.With("megabytes", max(limit>>20, 1))
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		_ = s.root.Remove(name)
		return 0, nil, err
	}
	return size, h.Sum(nil), nil
}

func (s *Store) growing(ctx context.Context, t id.Tenant, o Object) error {
	if s.room == nil {
		return s.insert(ctx, t, o)
	}
	return s.room.Growing(ctx, o.Size, func(ctx context.Context) error { return s.insert(ctx, t, o) })
}

func (s *Store) insert(ctx context.Context, t id.Tenant, o Object) error {
	return s.db.Do(ctx, func(ctx context.Context) error {
		tx, err := pg.Conn(ctx)
		if err != nil {
			return err
		}
		var org any
		if !o.Org.IsZero() {
			org = o.Org.UUID()
		}
		_, err = tx.Exec(ctx, `INSERT INTO blob_objects (tenant_id, id, name, media_type, size, sha256, org_id, public, created_by, created_at)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
			t.UUID(), o.ID.UUID(), o.Name, o.MediaType, o.Size, o.SHA256, org, o.Public, o.CreatedBy, o.CreatedAt)
		return err
	})
}

// Get describes a file of the caller's tenant. Whether the caller may see it is for whoever
// asks: by Public, by Org, or because of what it is attached to.
func (s *Store) Get(ctx context.Context, b id.Blob) (Object, error) {
	var o Object
	err := s.db.Read(ctx, func(q *pgx.Batch) {
		q.Queue(`SELECT id, name, media_type, size, sha256, org_id, public, created_by, created_at FROM blob_objects WHERE id = $1`, b.UUID()).QueryRow(func(r pgx.Row) error {
			return r.Scan(&o.ID, &o.Name, &o.MediaType, &o.Size, &o.SHA256, &o.Org, &o.Public, &o.CreatedBy, &o.CreatedAt)
		})
	})
	if pg.NoRows(err) {
		return Object{}, ErrNotFound
	}
	return o, err
}

// Open gives the bytes; the caller closes them.
func (s *Store) Open(ctx context.Context, b id.Blob) (io.ReadSeekCloser, Object, error) {
	o, err := s.Get(ctx, b)
	if err != nil {
		return nil, Object{}, err
	}
	c, err := caller.From(ctx)
	if err != nil {
		return nil, Object{}, err
	}
	f, err := s.root.Open(place(c.Tenant, b))
	if err != nil {
		return nil, Object{}, ErrDamaged.Because(err)
	}
	return f, o, nil
}

// Verify reads a file again and compares it with what was stored.
func (s *Store) Verify(ctx context.Context, b id.Blob) error {
	f, o, err := s.Open(ctx, b)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return ErrDamaged.Because(err)
	}
	if !bytes.Equal(h.Sum(nil), o.SHA256) {
		return ErrDamaged.Because(fmt.Errorf("sha256 of %s is %x", b, h.Sum(nil)))
	}
	return nil
}
