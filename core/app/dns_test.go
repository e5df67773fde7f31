package app

import (
	"context"
	"net"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/dns/dnsmessage"
)

// nameserver speaks the real protocol on loopback: it knows one name, fails for another,
// and says of all the rest that they do not exist.
func nameserver(t *testing.T, name string, txt ...string) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	go func() {
		buf := make([]byte, 1500)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			var q dnsmessage.Message
			if q.Unpack(buf[:n]) != nil || len(q.Questions) != 1 {
				continue
			}
			a := dnsmessage.Message{Header: dnsmessage.Header{ID: q.ID, Response: true, RecursionAvailable: true, RCode: dnsmessage.RCodeNameError}, Questions: q.Questions}
			switch asked := q.Questions[0]; {
			case asked.Name.String() == name+".":
				a.RCode = dnsmessage.RCodeSuccess
				for _, s := range txt {
					a.Answers = append(a.Answers, dnsmessage.Resource{
						Header: dnsmessage.ResourceHeader{Name: asked.Name, Type: dnsmessage.TypeTXT, Class: dnsmessage.ClassINET, TTL: 1}, Body: &dnsmessage.TXTResource{TXT: []string{s}},
					})
				}
			case strings.HasPrefix(asked.Name.String(), "broken."):
				a.RCode = dnsmessage.RCodeServerFailure
			}
			if b, err := a.Pack(); err == nil {
				_, _ = conn.WriteTo(b, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

func TestProofsAreLookedUpInTheRealDNS(t *testing.T) {
	t.Parallel()
	d := newDNS(nameserver(t, "_kontor.shop.example.org", "v=spf1 -all", "kontor-host=abc"))
	if got, err := d.TXT(t.Context(), "_kontor.shop.example.org"); err != nil || !slices.Equal(got, []string{"v=spf1 -all", "kontor-host=abc"}) {
		t.Errorf("%q, %v", got, err)
	}
	if got, err := d.TXT(t.Context(), "_kontor.nobody.example.org"); err != nil || len(got) != 0 {
		t.Errorf("a name that is not there: %q, %v", got, err)
	}
	if _, err := d.TXT(t.Context(), "broken.example.org"); err == nil {
		t.Error("servers that fail say that there is no proof")
	}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := d.TXT(gone, "_kontor.shop.example.org"); err == nil {
		t.Error("a question that was given up has an answer")
	}
}
