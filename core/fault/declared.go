package fault

import (
	"slices"
	"strings"
	"sync"
)

// declared collects the faults that packages declare while they are initialised, so that
// the API's error page lists every one of them and none that does not exist.
var declared struct {
	sync.Mutex
	closed bool
	byCode map[string]*Error
}

// declare notes a fault by its code. Faults made later, while requests run, may carry
// what belongs to somebody: they are not noted.
func declare(e *Error) {
	declared.Lock()
	defer declared.Unlock()
	if declared.closed {
		return
	}
	if declared.byCode == nil {
		declared.byCode = map[string]*Error{}
	}
	if old := declared.byCode[e.Code]; old == nil || old.Next == "" {
		declared.byCode[e.Code] = &Error{Kind: e.Kind, Code: e.Code, Detail: e.Detail, Next: e.Next}
	}
}

// Declared lists all faults by code. The list closes with the first call, which is made
// once the program is put together.
func Declared() []*Error {
	declared.Lock()
	defer declared.Unlock()
	declared.closed = true
	out := make([]*Error, 0, len(declared.byCode))
	for _, e := range declared.byCode {
		out = append(out, e)
	}
	slices.SortFunc(out, func(a, b *Error) int { return strings.Compare(a.Code, b.Code) })
	return out
}
