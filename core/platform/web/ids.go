package web

import (
	"crypto/rand"
	"encoding/hex"
	"strconv"
	"sync/atomic"
)

// requestIDs numbers requests: a random word per process, then a count.
type requestIDs struct {
	node string
	next atomic.Uint64
}

func newRequestIDs() *requestIDs {
	var b [6]byte
	rand.Read(b[:]) //nolint:errcheck // crypto/rand does not fail
	return &requestIDs{node: hex.EncodeToString(b[:]) + "-"}
}

// of keeps a request id that a proxy gave, when it looks like one.
func (r *requestIDs) of(given []byte) string {
	if len(given) >= 8 && len(given) <= 64 && tame(given) {
		return string(given)
	}
	return r.node + strconv.FormatUint(r.next.Add(1), 36)
}

func tame(b []byte) bool {
	for _, c := range b {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '-', c == '_', c == '.':
		default:
			return false
		}
	}
	return true
}
