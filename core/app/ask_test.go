package app_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

// heard is an answer with everything taken out of it that differs between two requests
// which mean the same.
type heard struct {
	status int
	head   string
	body   string
}

func (h heard) code() string {
	var p struct {
		Code string `json:"code"`
	}
	_ = json.Unmarshal([]byte(h.body), &p)
	return p.Code
}

// ask sends one request as somebody to a path of the house.
func ask(t *testing.T, h *apptest.House, who *apptest.Client, method, path, media string, body []byte) heard {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, "http://"+who.Host+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if who.Token != "" {
		req.Header.Set("Authorization", "Bearer "+who.Token)
	}
	if media != "" {
		req.Header.Set("Content-Type", media)
	}
	if method == http.MethodPost {
		req.Header.Set("Idempotency-Key", apptest.Key())
	}
	res, err := plain(h).Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, path, err)
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return levelled(res, raw, path)
}

var edges = map[*apptest.House]*http.Client{}

// plain is one pool of connections for the generated tests, which run one after another.
func plain(h *apptest.House) *http.Client {
	if edges[h] == nil {
		edges[h] = h.HTTP()
	}
	return edges[h]
}

// fresh are the values that every rendering makes anew, and what moves by itself between
// two: the count of messages in the head of a page, the version of the asker's own cart.
var fresh = regexp.MustCompile(`Messages, [0-9]+ unread|aria-hidden="true">[0-9]+</span>|"version":[0-9]+|name="_key" value="[^"]*"|name="_csrf" value="[^"]*"|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}`)

func levelled(res *http.Response, raw []byte, path string) heard {
	same := func(s string) string {
		s = strings.ReplaceAll(s, res.Header.Get("X-Request-Id"), "REQUEST")
		if len(path) > 1 {
			s = strings.NewReplacer(path, "PATH", url.QueryEscape(path), "PATH").Replace(s)
		}
		return fresh.ReplaceAllString(s, "FRESH")
	}
	out := heard{status: res.StatusCode, body: same(string(raw))}
	for _, k := range slices.Sorted(maps.Keys(res.Header)) {
		switch k {
		case "X-Request-Id", "Date", "Set-Cookie", "Content-Length":
		default:
			out.head += k + ": " + same(strings.Join(res.Header[k], ",")) + "\n"
		}
	}
	return out
}

// request makes the body that a route takes, from the description, with every field filled.
func request(t *testing.T, d *document, method, path string, api bool) (media string, body []byte) {
	t.Helper()
	switch {
	case method == http.MethodGet || method == http.MethodDelete:
		return "", nil
	case !api:
		return "application/x-www-form-urlencoded", []byte("note=text&reason=text")
	}
	s := d.body(method, path)
	if s == nil {
		return "", nil
	}
	body, err := json.Marshal(d.sample("", s))
	if err != nil {
		t.Fatal(err)
	}
	return "application/json", body
}
