// Package certstest is an authority for tests: the real test server of Let's Encrypt, in this
// process, which looks at loopback alone.
package certstest

import (
	"encoding/binary"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"golang.org/x/net/dns/dnsmessage"
)

// Authority issues certificates to whoever proves himself at the ports of this machine.
type Authority struct {
	Directory string
	Roots     string // file: whom its directory is signed by
	Issuer    []byte // PEM: whom its certificates are signed by
	Orders    atomic.Int64
	mended    sync.Map // names that lead here after all
}

// Mend has a name that led to another machine lead here from now on.
func (a *Authority) Mend(name string) { a.mended.Store(name+".", true) }

// Long is the life in seconds of a certificate where a test does not care.
const Long = 90 * 24 * 3600

// New is an authority whose certificates live for some seconds. A name that begins with
// "elsewhere." leads to another machine, which does not answer.
func New(t *testing.T, httpPort, tlsPort int, life uint64) *Authority {
	t.Helper()
	impatient.Do(func() { _ = os.Setenv("PEBBLE_VA_NOSLEEP", "1") }) // it looks at once, not within five seconds
	a := &Authority{}
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	issuing := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "test", ValidityPeriod: life}})
	looking := va.New(quiet, httpPort, tlsPort, true, a.nameserver(t), store)
	front := wfe.New(quiet, store, looking, issuing, []string{"pebble.example"}, true, false, 1, 1)
	h := front.Handler()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.ServeHTTP(&counted{w, func(status int) {
			if r.Method == http.MethodPost && r.URL.Path == "/order-plz" && status == http.StatusCreated {
				a.Orders.Add(1)
			}
		}}, r)
	}))
	t.Cleanup(srv.Close)
	a.Directory = srv.URL + wfe.DirectoryPath
	a.Roots = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(a.Roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	a.Issuer = slices.Concat(issuing.GetRootCert(0).PEM(), issuing.GetIntermediateCert(0).PEM())
	return a
}

// counted tells how a request was answered. Of good nonces the server refuses one in twenty,
// as the real one does after a restart: who asks again with a new one has ordered once.
type counted struct {
	http.ResponseWriter
	answered func(status int)
}

// WriteHeader implements http.ResponseWriter.
func (c *counted) WriteHeader(status int) {
	c.answered(status)
	c.ResponseWriter.WriteHeader(status)
}

var impatient sync.Once

// nameserver says over TCP that every name is on this machine, but those that begin with "elsewhere.".
func (a *Authority) nameserver(t *testing.T) string {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go a.answer(c)
		}
	}()
	return ln.Addr().String()
}

func (a *Authority) answer(c net.Conn) {
	defer func() { _ = c.Close() }()
	for {
		var size [2]byte
		if _, err := io.ReadFull(c, size[:]); err != nil {
			return
		}
		buf := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(c, buf); err != nil {
			return
		}
		var q dnsmessage.Message
		if q.Unpack(buf) != nil || len(q.Questions) != 1 {
			return
		}
		asked := q.Questions[0]
		reply := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true}, Questions: q.Questions}
		where := [4]byte{127, 0, 0, 1}
		if _, mended := a.mended.Load(asked.Name.String()); !mended && strings.HasPrefix(asked.Name.String(), "elsewhere.") {
			where[3] = 9
		}
		if asked.Type == dnsmessage.TypeA {
			reply.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 1}, Body: &dnsmessage.AResource{A: where},
			}}
		}
		b, err := reply.Pack()
		if err != nil {
			return
		}
		_, _ = c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(b)))) //nolint:gosec // a short answer
		_, _ = c.Write(b)
	}
}
