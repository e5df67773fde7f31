package plugintest

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const module = "github.com/kontorhq/kontor"

// Build compiles a command of this repository, such as "cmd/simulator", to path.
func Build(t testing.TB, pkg, path string) {
	t.Helper()
	out, err := exec.Command("go", "build", "-o", path, module+"/"+pkg).CombinedOutput()
	if err != nil {
		t.Fatalf("build %s: %v\n%s", pkg, err, out)
	}
}

// Keys are what a marketplace is given by the simulated bank and carrier; as JSON they are
// settings of plugins.
type Keys struct {
	BankURL       string `json:"bank_url"`
	APIKey        string `json:"api_key"`
	WebhookSecret string `json:"webhook_secret"`
	CarrierURL    string `json:"carrier_url"`
	CarrierKey    string `json:"carrier_key"`
	CarrierSecret string `json:"carrier_secret"`
}

// Outside is a running simulator.
type Outside struct{ URL string }

// Simulator starts the outside parties for one test.
func Simulator(t testing.TB, args ...string) Outside {
	t.Helper()
	bin := filepath.Join(t.TempDir(), "simulator")
	Build(t, "cmd/simulator", bin)
	cmd := exec.Command(bin, append([]string{"-addr", "127.0.0.1:0", "-with-parent"}, args...)...)
	cmd.Stderr = os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close() //nolint:errcheck
		cmd.Wait()    //nolint:errcheck
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	url, ok := strings.CutPrefix(strings.TrimSpace(line), "simulator ready ")
	if err != nil || !ok {
		t.Fatalf("the simulator said %q, %v", line, err)
	}
	return Outside{url}
}

// Keys issues the keys of a name.
func (o Outside) Keys(t testing.TB, name string) (k Keys) {
	t.Helper()
	o.do(t, http.MethodGet, "/sim/v1/keys?name="+name, nil, &k)
	return k
}

// Pay transfers money to a reference: exact, short or over.
func (o Outside) Pay(t testing.TB, reference, mode string) {
	t.Helper()
	o.do(t, http.MethodPost, "/sim/v1/transfers", map[string]any{"reference": reference, "mode": mode}, nil)
}

// Fault orders misbehaviour of "bank" or "carrier": drop_before, drop_after, down, delay.
func (o Outside) Fault(t testing.TB, party, mode string, count, delayMS int) {
	t.Helper()
	o.do(t, http.MethodPost, "/sim/v1/faults/"+party, map[string]any{"mode": mode, "count": count, "delay_ms": delayMS}, nil)
}

// Movement is one of the bank's books.
type Movement struct {
	ID, Kind, State, Reference string
	Amount                     int64 `json:"amount_minor"`
}

// Movements are the bank's books.
func (o Outside) Movements(t testing.TB) (out []Movement) {
	t.Helper()
	o.do(t, http.MethodGet, "/sim/v1/movements", nil, &out)
	return out
}

func (o Outside) do(t testing.TB, method, path string, in, out any) {
	t.Helper()
	var body io.Reader
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			t.Fatal(err)
		}
		body = strings.NewReader(string(b))
	}
	req, err := http.NewRequest(method, o.URL+path, body)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %s %s %v", method, path, resp.Status, b, err)
	}
	if out != nil {
		if err := json.Unmarshal(b, out); err != nil {
			t.Fatal(err)
		}
	}
}
