package page_test

import (
	"errors"
	"strconv"
	"testing"

	"github.com/kontorhq/kontor/core/page"
)

// shelf is a list of n rows that is fetched page by page.
func shelf(n int) func(page.Request) (page.List[int], error) {
	return func(r page.Request) (page.List[int], error) {
		var after int
		if err := page.Decode(r.After, &after); err != nil {
			return page.List[int]{}, err
		}
		var rows []int
		for i := after + 1; i <= n && len(rows) <= r.Size(); i++ {
			rows = append(rows, i)
		}
		return page.Cut(rows, r.Size(), func(i int) any { return i }), nil
	}
}

func TestAllIsEveryRowOnceInOrder(t *testing.T) {
	t.Parallel()
	for _, n := range []int{0, 1, page.Max, page.Max + 1, 3*page.Max + 7, page.FileMost} {
		t.Run(strconv.Itoa(n), func(t *testing.T) {
			t.Parallel()
			all, err := page.All(shelf(n))
			if err != nil || len(all) != n {
				t.Fatalf("%d rows, %v; want %d", len(all), err, n)
			}
			for i, row := range all {
				if row != i+1 {
					t.Fatalf("row %d is %d", i+1, row)
				}
			}
		})
	}
}

// A file that ended early would be taken for the whole.
func TestAFileIsNotCutShort(t *testing.T) {
	t.Parallel()
	if all, err := page.All(shelf(page.FileMost + 1)); !errors.Is(err, page.ErrTooMany) || all != nil {
		t.Fatalf("%d rows, %v", len(all), err)
	}
}

func TestABrokenCursorIsTheCallersMistake(t *testing.T) {
	t.Parallel()
	var key int
	for _, bad := range []string{"%", "bm90IGpzb24", page.Encode("text")} {
		if err := page.Decode(bad, &key); !errors.Is(err, page.ErrCursor) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
