package apptest

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
)

// Root is the repository's folder.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

var programs struct {
	once sync.Once
	dir  string
	err  error
}

// Programs builds kontor, the simulator and the plugins once, the way `make build` lays
// them out, and gives the folder.
func Programs() (string, error) {
	programs.once.Do(func() {
		if programs.dir, programs.err = os.MkdirTemp("", "kontor-programs-"); programs.err == nil {
			programs.err = build(programs.dir)
		}
	})
	return programs.dir, programs.err
}

func build(dir string) error {
	goes := func(args ...string) error {
		cmd := exec.Command("go", append([]string{"build", "-o"}, args...)...)
		cmd.Dir = Root()
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("go build %s: %w\n%s", strings.Join(args, " "), err, out)
		}
		return nil
	}
	if err := goes(dir+"/", "./cmd/kontor", "./cmd/simulator"); err != nil {
		return err
	}
	for _, name := range []string{"steelprice", "freight", "escrow"} {
		folder := filepath.Join(dir, "plugins", name)
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
		for _, file := range []string{"plugin.yaml", "settings.schema.json"} {
			b, err := os.ReadFile(filepath.Join(Root(), "plugins", name, file))
			if err == nil {
				err = os.WriteFile(filepath.Join(folder, file), b, 0o644)
			}
			if err != nil {
				return err
			}
		}
		if err := goes(filepath.Join(folder, "plugin"), "./plugins/"+name); err != nil {
			return err
		}
		if err := pluginhost.Seal(folder); err != nil {
			return err
		}
	}
	return nil
}

// Simulator is the bank and the carrier, as a program of its own.
type Simulator struct {
	URL    string
	Around func(send func() error) error // put around every transfer, where set

	cmd   *exec.Cmd
	stdin io.Closer
}

// StartSimulator starts one on a free port; dir keeps its books, empty in memory.
func StartSimulator(dir string) (*Simulator, error) {
	bin, err := Programs()
	if err != nil {
		return nil, err
	}
	s := &Simulator{cmd: exec.Command(filepath.Join(bin, "simulator"), "-addr", "127.0.0.1:0", "-dir", dir, "-with-parent", "-settle", "50ms")}
	s.cmd.Stderr = os.Stderr
	if s.stdin, err = s.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := s.cmd.Start(); err != nil {
		return nil, err
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) != 3 || words[1] != "ready" {
		return nil, fmt.Errorf("the simulator said %q: %w", line, errors.Join(err, errors.New("it did not start")))
	}
	s.URL = words[2]
	return s, nil
}

// Stop ends it.
func (s *Simulator) Stop() {
	_ = s.stdin.Close()
	_ = s.cmd.Wait()
}

// Keys are the credentials of a client of that name, as plugin settings.
func (s *Simulator) Keys(ctx context.Context, name string) (map[string]any, error) {
	out := map[string]any{}
	return out, s.ask(ctx, http.MethodGet, "/sim/v1/keys?name="+url.QueryEscape(name), nil, &out)
}

// Transfer pays a reference. mode is exact, short or over; or amount in minor units.
func (s *Simulator) Transfer(ctx context.Context, reference, mode string, minor int64) error {
	body, err := json.Marshal(map[string]any{"reference": reference, "mode": mode, "amount_minor": minor, "sender": "test"})
	if err != nil {
		return err
	}
	send := func() error { return s.ask(ctx, http.MethodPost, "/sim/v1/transfers", body, nil) }
	if s.Around != nil {
		return s.Around(send)
	}
	return send()
}

func (s *Simulator) ask(ctx context.Context, method, path string, body []byte, into any) error {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, s.URL+path, strings.NewReader(string(body)))
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = res.Body.Close() }()
	raw, err := io.ReadAll(res.Body)
	if err != nil {
		return err
	}
	if res.StatusCode >= 300 {
		return fmt.Errorf("simulator: %s %s: %d %s", method, path, res.StatusCode, raw)
	}
	if into == nil {
		return nil
	}
	return json.Unmarshal(raw, into)
}
