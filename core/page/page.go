// Package page is keyset pagination: a list continues after the last row seen, so that
// page 900 costs what page 1 does and rows never repeat or hide while others write.
package page

import (
	"encoding/base64"
	"encoding/json"

	"github.com/kontorhq/kontor/core/fault"
)

// Limits of a page.
const (
	Default = 24
	Max     = 200
)

// ErrCursor answers a cursor that this list did not give out.
var ErrCursor = fault.New(fault.Invalid, "page.cursor_malformed", "That page link is broken.").
	Then("Start again from the first page.")

// Request asks for one page: at most Limit rows after After.
type Request struct {
	After string
	Limit int
}

// Size is the limit within bounds; 0 means Default.
func (r Request) Size() int {
	switch {
	case r.Limit <= 0:
		return Default
	case r.Limit > Max:
		return Max
	}
	return r.Limit
}

// List is one page of T. Next is empty on the last page.
type List[T any] struct {
	Items []T    `json:"items"`
	Next  string `json:"next,omitempty"`
}

// FileMost is how many rows a file for spreadsheets holds.
const FileMost = 20_000

// ErrTooMany answers who asks for more in one file than is sensible. A file that ended
// early would be taken for the whole.
var ErrTooMany = fault.New(fault.Invalid, "page.too_many_rows", "That is more than {most} rows, too many for one file.").
	Then("Narrow the list down with its filters, by date for example.")

// All fetches page after page into one list of at most FileMost rows.
func All[T any](fetch func(Request) (List[T], error)) ([]T, error) {
	var all []T
	for ask := (Request{Limit: Max}); ; {
		list, err := fetch(ask)
		if err != nil {
			return nil, err
		}
		if all = append(all, list.Items...); len(all) > FileMost {
			return nil, ErrTooMany.With("most", FileMost)
		}
		if ask.After = list.Next; list.Next == "" {
			return all, nil
		}
	}
}

// Encode makes an opaque cursor out of a row's sort key.
func Encode(key any) string {
	b, err := json.Marshal(key)
	if err != nil {
		panic(err) // keys are our own structs of strings and numbers
	}
	return base64.RawURLEncoding.EncodeToString(b)
}

// Decode reads a cursor into key; an empty cursor leaves key as it is.
func Decode(cursor string, key any) error {
	if cursor == "" {
		return nil
	}
	b, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return ErrCursor.Because(err)
	}
	if err := json.Unmarshal(b, key); err != nil {
		return ErrCursor.Because(err)
	}
	return nil
}

// Cut takes rows read with LIMIT size+1 and says whether more follow.
func Cut[T any](rows []T, size int, key func(T) any) List[T] {
	if len(rows) <= size {
		return List[T]{Items: rows}
	}
	rows = rows[:size]
	return List[T]{Items: rows, Next: Encode(key(rows[size-1]))}
}
