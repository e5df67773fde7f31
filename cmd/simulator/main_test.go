package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/kontorhq/kontor/cmd/simulator/internal/bank"
	"github.com/kontorhq/kontor/cmd/simulator/internal/party"
)

// started is a simulator process; tests of a kill need a real one.
type started struct {
	cmd   *exec.Cmd
	stdin io.Closer
	url   string
}

var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "simulator")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "simulator")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: string(out), Err: err}
	}
	return path, nil
})

func start(t *testing.T, args ...string) started {
	t.Helper()
	bin, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(bin, append([]string{"-addr", "127.0.0.1:0", "-with-parent", "-settle", "50ms"}, args...)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill() //nolint:errcheck
		cmd.Wait()         //nolint:errcheck
	})
	b := make([]byte, 200)
	n, err := out.Read(b)
	at, ok := strings.CutPrefix(strings.TrimSpace(string(b[:n])), "simulator ready ")
	if err != nil || !ok {
		t.Fatalf("it said %q, %v", b[:n], err)
	}
	return started{cmd, stdin, at}
}

// bankCall asks the bank as the named marketplace and returns the status with the answer.
func (s started) bankCall(t *testing.T, name, method, path, key string, in any) (int, bank.Movement, string) {
	t.Helper()
	b, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequest(method, s.url+path, bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+party.KeysFor(name, "").APIKey)
	req.Header.Set("Idempotency-Key", key)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	raw, _ := io.ReadAll(resp.Body)
	var m bank.Movement
	var no struct{ Code string }
	json.Unmarshal(raw, &m)  //nolint:errcheck // one of the two fits
	json.Unmarshal(raw, &no) //nolint:errcheck
	return resp.StatusCode, m, no.Code
}

func (s started) post(t *testing.T, path, contentType, body string) *http.Response {
	t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	resp, err := c.Post(s.url+path, contentType, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	return resp
}

func escrow(notify string) bank.OpenEscrow {
	return bank.OpenEscrow{Reference: "PO-1", Amount: 1000_00, Currency: "EUR", Payer: "Buyer", NotifyURL: notify}
}

func TestAKillForgetsNoMoneyAndNoKey(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	a := start(t, "-dir", dir)
	_, opened, _ := a.bankCall(t, "steel", "POST", "/bank/v1/escrows", "k1", escrow(""))
	if resp := a.post(t, "/sim/v1/transfers", "application/json", `{"reference":"`+opened.Instructions["reference"]+`","mode":"exact"}`); resp.StatusCode != 200 {
		t.Fatal(resp.Status)
	}
	a.cmd.Process.Signal(syscall.SIGKILL) //nolint:errcheck
	a.cmd.Wait()                          //nolint:errcheck

	b := start(t, "-dir", dir)
	code, again, _ := b.bankCall(t, "steel", "POST", "/bank/v1/escrows", "k1", escrow(""))
	if code != 200 || again.ID != opened.ID || again.Captured != 1000_00 || again.State != "held" {
		t.Fatalf("%d %+v", code, again)
	}
}

func TestTheSimulatorEndsWithWhoeverStartedIt(t *testing.T) {
	t.Parallel()
	s := start(t)
	s.stdin.Close() //nolint:errcheck
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case <-ended:
	case <-time.After(5 * time.Second):
		t.Fatal("still there")
	}
}

func TestOnlyLoopbackIsListenedOn(t *testing.T) {
	t.Parallel()
	for _, addr := range []string{"0.0.0.0:0", ":0", "192.0.2.1:0", "example.com:80"} {
		if err := serve(context.Background(), options{addr: addr}, io.Discard); err == nil {
			t.Errorf("%s was listened on", addr)
		}
	}
}

func TestTheBankTellsUntilItIsHeardAndSigns(t *testing.T) {
	t.Parallel()
	heard := make(chan *http.Request, 8)
	var n int
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		heard <- r
		if n++; n == 1 {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}))
	defer srv.Close()
	s := start(t)
	_, m, _ := s.bankCall(t, "steel", "POST", "/bank/v1/escrows", "k", escrow(srv.URL+"/hooks/x"))
	s.post(t, "/sim/v1/transfers", "application/json", `{"reference":"`+m.Instructions["iban"]+`","amount_minor":40000}`)

	hook, err := standardwebhooks.NewWebhook(party.KeysFor("steel", "").WebhookSecret)
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for range 2 {
		select {
		case r := <-heard:
			body, _ := io.ReadAll(r.Body)
			if err := hook.Verify(body, r.Header); err != nil {
				t.Error(err)
			}
			if !strings.Contains(string(body), `"captured_minor":40000`) || r.URL.Path != "/hooks/x" {
				t.Errorf("%s %s", r.URL.Path, body)
			}
			ids = append(ids, r.Header.Get("webhook-id"))
		case <-time.After(5 * time.Second):
			t.Fatal("the bank gave up")
		}
	}
	if ids[0] != ids[1] {
		t.Errorf("one message under two ids: %v", ids)
	}
}

func TestTheBankRefusesWhatDoesNotAddUp(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, e, _ := s.bankCall(t, "steel", "POST", "/bank/v1/escrows", "k1", escrow(""))
	s.post(t, "/sim/v1/transfers", "application/json", `{"reference":"`+e.Instructions["reference"]+`","mode":"over"}`)
	release := func(parts ...int64) map[string]any {
		var splits []map[string]any
		for i, p := range parts {
			splits = append(splits, map[string]any{"party": []string{"seller", "platform"}[i], "kind": "seller", "amount_minor": p})
		}
		return map[string]any{"currency": "EUR", "splits": splits}
	}
	payout := map[string]any{"party": "seller", "amount_minor": 50000, "currency": "EUR", "iban": "DE89370400440532013000"}
	path := "/bank/v1/escrows/" + e.ID
	for _, c := range []struct {
		name, who, path, key string
		in                   any
		status               int
		code                 string
	}{
		{"another marketplace's escrow", "pharma", path + "/release", "x1", release(1100_00), 404, "not_found"},
		{"parts below what is held", "steel", path + "/release", "x2", release(1000_00), 422, "splits_differ_from_held"},
		{"a negative part", "steel", path + "/release", "x3", release(1200_00, -100_00), 422, "split_invalid"},
		{"a refund above what is held", "steel", path + "/refund", "x4", map[string]any{"currency": "EUR", "amount_minor": 1100_01}, 409, "more_than_held"},
		{"the surplus goes back", "steel", path + "/refund", "x5", map[string]any{"currency": "EUR", "amount_minor": 100_00}, 200, ""},
		{"then all of it", "steel", path + "/release", "x6", release(990_00, 10_00), 200, ""},
		{"and not twice", "steel", path + "/release", "x7", release(990_00, 10_00), 409, "already_released"},
		{"a payout above the balance", "steel", "/bank/v1/payouts", "x8", map[string]any{"party": "seller", "amount_minor": 990_01, "currency": "EUR", "iban": "DE89370400440532013000"}, 409, "balance_too_small"},
		{"a payout to a mistyped account", "steel", "/bank/v1/payouts", "x9", map[string]any{"party": "seller", "amount_minor": 1, "currency": "EUR", "iban": "DE89370400440532013001"}, 422, "iban_invalid"},
		{"a payout", "steel", "/bank/v1/payouts", "x10", payout, 200, ""},
		{"the same again is the same", "steel", "/bank/v1/payouts", "x10", payout, 200, ""},
		{"the key for another", "steel", "/bank/v1/payouts", "x10", map[string]any{"party": "seller", "amount_minor": 1, "currency": "EUR", "iban": "DE89370400440532013000"}, 409, "key_reused"},
		{"without a key", "steel", "/bank/v1/payouts", "", payout, 400, "key_missing"},
	} {
		status, _, code := s.bankCall(t, c.who, "POST", c.path, c.key, c.in)
		if status != c.status || code != c.code {
			t.Errorf("%s: %d %s, want %d %s", c.name, status, code, c.status, c.code)
		}
	}
	for range 100 {
		if _, m, _ := s.bankCall(t, "steel", "GET", "/bank/v1/movements?key=x10", "", nil); m.State == "paid" {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	t.Error("the payout never settled")
}

func TestAPersonPaysOnThePageInEitherLanguage(t *testing.T) {
	t.Parallel()
	s := start(t)
	_, m, _ := s.bankCall(t, "steel", "POST", "/bank/v1/escrows", "k", escrow(""))
	for lang, want := range map[string]string{"en": "Pay what is due", "zh-CN": "足额付款"} {
		resp, err := http.Get(s.url + "/?lang=" + lang)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if !strings.Contains(string(body), want) || !strings.Contains(string(body), m.Instructions["reference"]) {
			t.Errorf("%s page:\n%s", lang, body)
		}
	}
	form := url.Values{"reference": {m.Instructions["reference"]}, "mode": {"exact"}}.Encode()
	if resp := s.post(t, "/pay", "application/x-www-form-urlencoded", form); resp.StatusCode != http.StatusSeeOther {
		t.Fatal(resp.Status)
	}
	if _, got, _ := s.bankCall(t, "steel", "GET", "/bank/v1/movements/"+m.ID, "", nil); got.State != "held" {
		t.Errorf("after paying: %+v", got)
	}
}

func TestAPageOfAnotherSiteCannotPay(t *testing.T) {
	t.Parallel()
	s := start(t)
	for name, change := range map[string]func(*http.Request){
		"by its origin":       func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"by a rebound name":   func(r *http.Request) { r.Host = "evil.example" },
		"by an opaque origin": func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		req, err := http.NewRequest(http.MethodPost, s.url+"/pay", strings.NewReader("mode=exact"))
		if err != nil {
			t.Fatal(err)
		}
		change(req)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != http.StatusForbidden {
			t.Errorf("%s: %s", name, resp.Status)
		}
	}
}

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := binary(); err == nil {
		os.RemoveAll(filepath.Dir(path)) //nolint:errcheck
	}
	os.Exit(code)
}
