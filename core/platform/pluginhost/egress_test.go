package pluginhost

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

func TestAnAddressIsCoveredAsTheManifestWritesIt(t *testing.T) {
	t.Parallel()
	api := Egress{Host: "api.bank.example", Methods: []string{"POST"}, Paths: []string{"/v1/"}}
	carrier := Egress{Setting: "carrier_url", Paths: []string{"/bookings"}}
	settings := map[string]any{"carrier_url": "http://127.0.0.1:9000/x/"}
	for _, c := range []struct {
		e      Egress
		method string
		url    string
		want   bool
	}{
		{api, "POST", "https://api.bank.example/v1/escrows", true},
		{api, "POST", "https://API.bank.example:443/v1/escrows?x=1", true},
		{api, "GET", "https://api.bank.example/v1/escrows", false},
		{api, "POST", "http://api.bank.example/v1/escrows", false},
		{api, "POST", "https://api.bank.example:8443/v1/escrows", false},
		{api, "POST", "https://api.bank.example.evil.example/v1/escrows", false},
		{api, "POST", "https://evil.example/v1/escrows", false},
		{api, "POST", "https://api.bank.example@evil.example/v1/", false},
		{api, "POST", "https://user@api.bank.example/v1/", false},
		{api, "POST", "https://api.bank.example/v10/escrows", false},
		{api, "POST", "https://api.bank.example/v1/../admin", false},
		{api, "POST", "https://api.bank.example/v1/%2e%2e/admin", false},
		{api, "POST", "https://api.bank.example/v1/..%2fadmin", false},
		{api, "POST", "https://api.bank.example/v1//admin", false},
		{api, "POST", "https://api.bank.example/v1/a%2fb", false},
		{carrier, "GET", "http://127.0.0.1:9000/x/bookings/7", true},
		{carrier, "GET", "http://127.0.0.1:9000/x/bookings", true},
		{carrier, "GET", "http://127.0.0.1:9000/bookings", false},
		{carrier, "GET", "http://127.0.0.1:9000/x/bookingsfor", false},
		{carrier, "GET", "https://127.0.0.1:9000/x/bookings", false},
		{carrier, "GET", "http://127.0.0.1:9001/x/bookings", false},
		{carrier, "POST", "http://127.0.0.1:9000/x/bookings", false},
		{Egress{Setting: "other"}, "GET", "https:///", false},
		{Egress{Host: "a.example", Ports: []int{8443}}, "GET", "https://a.example:8443", true},
	} {
		u, err := url.Parse(c.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := c.e.covers(c.method, u, settings); got != c.want {
			t.Errorf("%s %s: %v", c.method, c.url, got)
		}
	}
}

func TestAManifestsAddressesAreWrittenPlainly(t *testing.T) {
	t.Parallel()
	for _, e := range []Egress{
		{},
		{Host: "a.example", Setting: "b"},
		{Host: "*.example"},
		{Host: "https://a.example"},
		{Host: "a.example:80"},
		{Host: "a.example", Methods: []string{"get"}},
		{Host: "a.example", Paths: []string{"v1"}},
		{Host: "a.example", Ports: []int{0}},
		{Host: "a.example", Secret: "key"},
		{Host: "a.example", Place: "header:X"},
		{Host: "a.example", Secret: "key", Place: "query:x"},
		{Host: "a.example", Secret: "key", Place: "header:"},
	} {
		if e.wrong() == "" {
			t.Errorf("taken: %+v", e)
		}
	}
	if why := (Egress{Host: "a.example", Methods: []string{http.MethodPost}, Secret: "key", Place: "header:X"}).wrong(); why != "" {
		t.Error(why)
	}
}

func TestATokenIsOneInstallationsAndEnds(t *testing.T) {
	t.Parallel()
	now := time.Unix(1_800_000_000, 0)
	a, b, in := newTokens(), newTokens(), id.Installation{}.New()
	token := a.issue(in, now.Add(time.Minute))
	if got, ok := a.read(token, now); !ok || got != in {
		t.Errorf("%v %v", got, ok)
	}
	if _, ok := a.read(token, now.Add(2*time.Minute)); ok {
		t.Error("it lives on")
	}
	if _, ok := b.read(token, now); ok {
		t.Error("another host takes it")
	}
	for i := range token {
		forged := token[:i] + string("AB"[btoi(token[i] == 'A')]) + token[i+1:]
		if got, ok := a.read(forged, now); ok && forged != token && got != in {
			t.Errorf("changed at %d it is taken for %v", i, got)
		}
	}
	for _, s := range []string{"", "x", strings.Repeat("A", 54), strings.Repeat("A", 5000)} {
		if _, ok := a.read(s, now); ok {
			t.Errorf("%q is taken", s)
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}

func TestThePluginIsNotToldWhatTheHostPutsIn(t *testing.T) {
	t.Parallel()
	var m Manifest
	m.Permissions.Egress = []Egress{{Host: "a.example", Secret: "api_key", Place: "header:X"}}
	var got map[string]any
	if err := json.Unmarshal(m.tell(json.RawMessage(`{"api_key":"canary","url":"u","n":12345678901234567890}`)), &got); err != nil || got["api_key"] != nil || got["url"] != "u" {
		t.Errorf("%v %v", got, err)
	}
	if s := string(m.tell(json.RawMessage(`{"n":12345678901234567890}`))); !strings.Contains(s, "12345678901234567890") {
		t.Errorf("a number is changed: %s", s)
	}
	if s := string(m.tell(nil)); s != "" {
		t.Errorf("%q", s)
	}
}
