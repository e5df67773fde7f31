package pluginhost

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"time"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/id"
)

// tokens are what a plugin shows when it asks the host for something: which installation's
// call it is answering, and until when. The host keeps none of them; the key ends with it.
type tokens struct{ key [32]byte }

func newTokens() *tokens {
	t := &tokens{}
	rand.Read(t.key[:]) //nolint:errcheck // never fails since Go 1.24
	return t
}

// afterwards is how long a call's token outlives its deadline.
const afterwards = 30 * time.Second

const (
	saidBytes = 16 + 8
	markBytes = 16
)

func (t *tokens) issue(in id.Installation, until time.Time) string {
	var b [saidBytes + markBytes]byte
	u := in.UUID()
	copy(b[:], u[:])
	binary.BigEndian.PutUint64(b[16:], uint64(until.Unix())) //nolint:gosec // after 1970
	copy(b[saidBytes:], t.mark(b[:saidBytes]))
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// read says whose call a token belongs to, if that is still so.
func (t *tokens) read(token string, now time.Time) (id.Installation, bool) {
	b, err := base64.RawURLEncoding.DecodeString(token)
	if err != nil || len(b) != saidBytes+markBytes || !hmac.Equal(b[saidBytes:], t.mark(b[:saidBytes])) {
		return id.Installation{}, false
	}
	until := time.Unix(int64(binary.BigEndian.Uint64(b[16:])), 0) //nolint:gosec // ours
	return id.Installation(uuid.UUID(b[:16])), now.Before(until)
}

func (t *tokens) mark(b []byte) []byte {
	m := hmac.New(sha256.New, t.key[:])
	m.Write(b)
	return m.Sum(nil)[:markBytes]
}
