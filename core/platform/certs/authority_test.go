package certs_test

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
	"sync/atomic"
	"testing"

	"github.com/letsencrypt/pebble/v2/ca"
	"github.com/letsencrypt/pebble/v2/db"
	"github.com/letsencrypt/pebble/v2/va"
	"github.com/letsencrypt/pebble/v2/wfe"
	"golang.org/x/net/dns/dnsmessage"
)

// authority is a real one: Let's Encrypt's own test server, which looks at loopback alone.
type authority struct {
	directory string
	roots     string // file: whom its directory is signed by
	issuer    []byte // PEM: whom its certificates are signed by
	orders    atomic.Int64
}

// newAuthority issues certificates that live for some seconds, after looking at the two
// ports of this machine.
func newAuthority(t *testing.T, httpPort, tlsPort int, life uint64) *authority {
	t.Helper()
	a := &authority{}
	quiet := log.New(io.Discard, "", 0)
	store := db.NewMemoryStore()
	issuing := ca.New(quiet, store, "", "ecdsa", 0, 1, map[string]ca.Profile{"default": {Description: "test", ValidityPeriod: life}})
	looking := va.New(quiet, httpPort, tlsPort, true, nameserver(t), store)
	front := wfe.New(quiet, store, looking, issuing, []string{"pebble.example"}, true, false, 1, 1)
	h := front.Handler()
	srv := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodPost && r.URL.Path == "/order-plz" {
			a.orders.Add(1)
		}
		h.ServeHTTP(w, r)
	}))
	t.Cleanup(srv.Close)
	a.directory = srv.URL + wfe.DirectoryPath
	a.roots = filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(a.roots, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	a.issuer = slices.Concat(issuing.GetRootCert(0).PEM(), issuing.GetIntermediateCert(0).PEM())
	return a
}

// nameserver says over TCP that every name is on this machine, but those below "elsewhere".
func nameserver(t *testing.T) string {
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
			go answer(c)
		}
	}()
	return ln.Addr().String()
}

func answer(c net.Conn) {
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
		a := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true}, Questions: q.Questions}
		if strings.HasPrefix(asked.Name.String(), "elsewhere.") {
			a.RCode = dnsmessage.RCodeNameError
		} else if asked.Type == dnsmessage.TypeA {
			a.Answers = []dnsmessage.Resource{{
				Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET, TTL: 1}, Body: &dnsmessage.AResource{A: [4]byte{127, 0, 0, 1}},
			}}
		}
		b, err := a.Pack()
		if err != nil {
			return
		}
		_, _ = c.Write(binary.BigEndian.AppendUint16(nil, uint16(len(b)))) //nolint:gosec // a short answer
		_, _ = c.Write(b)
	}
}
