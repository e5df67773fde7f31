// Package id gives every noun its own type of identifier, so that an order's id can
// never be passed where a seller's is meant. All are UUIDv7, made here and not in
// the database: they sort by time and betray no other tenant's volume.
package id

import (
	"database/sql/driver"
	"fmt"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/fault"
)

// ID is a UUID that belongs to noun N. Its zero value is "none".
type ID[N any] [16]byte

// ErrMalformed answers text that is no identifier.
var ErrMalformed = fault.New(fault.Invalid, "id.malformed", "That is not an identifier.")

// New makes a fresh identifier: id.New[id.OrderNoun]() or, shorter, id.Order{}.New().
func New[N any]() ID[N] { return ID[N](uuid.Must(uuid.NewV7())) }

// New makes a fresh identifier of the same noun; the receiver only names it.
func (ID[N]) New() ID[N] { return New[N]() }

// Parse reads the canonical text form.
func Parse[N any](s string) (ID[N], error) {
	if len(s) != 36 { // uuid.Parse also takes urn: and braces; one spelling is enough
		return ID[N]{}, ErrMalformed
	}
	u, err := uuid.Parse(s)
	if err != nil {
		return ID[N]{}, ErrMalformed.Because(err)
	}
	return ID[N](u), nil
}

// Must is for constants in tests and seeds.
func Must[N any](s string) ID[N] {
	v, err := Parse[N](s)
	if err != nil {
		panic(err)
	}
	return v
}

// Named derives the same identifier from the same words every time (UUIDv5), so that
// applying a blueprint twice finds what the first time made.
func Named[N any](parts ...string) ID[N] {
	u := uuid.NameSpaceURL
	for _, p := range parts {
		u = uuid.NewSHA1(u, []byte(p))
	}
	return ID[N](u)
}

// IsZero reports whether there is no identifier.
func (i ID[N]) IsZero() bool { return i == ID[N]{} }

// String is the canonical text form, empty for none.
func (i ID[N]) String() string {
	if i.IsZero() {
		return ""
	}
	return uuid.UUID(i).String()
}

// UUID is the value for drivers that know uuid.UUID.
func (i ID[N]) UUID() uuid.UUID { return uuid.UUID(i) }

// MarshalText writes the canonical form.
func (i ID[N]) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

// UnmarshalText reads the canonical form; empty text is none.
func (i *ID[N]) UnmarshalText(b []byte) error {
	if len(b) == 0 {
		*i = ID[N]{}
		return nil
	}
	v, err := Parse[N](string(b))
	if err != nil {
		return err
	}
	*i = v
	return nil
}

// Value stores none as NULL.
func (i ID[N]) Value() (driver.Value, error) {
	if i.IsZero() {
		return nil, nil
	}
	return uuid.UUID(i).String(), nil
}

// Scan reads a uuid column; NULL is none.
func (i *ID[N]) Scan(src any) error {
	switch v := src.(type) {
	case nil:
		*i = ID[N]{}
		return nil
	case [16]byte:
		*i = v
		return nil
	case string:
		return i.UnmarshalText([]byte(v))
	case []byte:
		if len(v) == 16 {
			copy(i[:], v)
			return nil
		}
		return i.UnmarshalText(v)
	}
	return fmt.Errorf("id: cannot scan %T", src)
}
