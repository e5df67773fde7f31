package app

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Simulator is the program beside kontor that plays bank and carrier in a demonstration.
// It ends when its standard input does, so it never outlives us.
type Simulator struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
}

func simulatorPath() (string, error) {
	path := filepath.Join(filepath.Dir(executable()), "simulator")
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("the demonstration needs the program simulator beside kontor (make build): %w", err)
	}
	return path, nil
}

// StartSimulator starts it and waits until it answers.
func StartSimulator(ctx context.Context, addr, dir string) (*Simulator, error) {
	path, err := simulatorPath()
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	cmd := exec.Command(path, "-addr", addr, "-dir", dir, "-with-parent", "-step", "20s") //nolint:gosec // our own program
	cmd.Stderr = os.Stderr
	ownGroup(cmd)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &Simulator{cmd, stdin}
	ready := make(chan bool, 1)
	go func() {
		lines := bufio.NewScanner(out)
		ready <- lines.Scan() && strings.Contains(lines.Text(), "ready")
		for lines.Scan() {
		}
		cmd.Wait() //nolint:errcheck // it ends when we do
	}()
	select {
	case ok := <-ready:
		if !ok {
			return nil, fmt.Errorf("the simulator did not start on %s; is the address taken?", addr)
		}
		return s, nil
	case <-time.After(10 * time.Second):
		s.Stop()
		return nil, errors.New("the simulator did not say that it is ready")
	case <-ctx.Done():
		s.Stop()
		return nil, ctx.Err()
	}
}

// Stop lets it end, and makes it after a moment.
func (s *Simulator) Stop() {
	_ = s.stdin.Close()
	time.AfterFunc(time.Second, func() { _ = s.cmd.Process.Kill() })
}

// SimulatorKeys are a tenant's credentials there, as plugin settings.
func SimulatorKeys(ctx context.Context, addr, name string) (map[string]any, error) {
	path, err := simulatorPath()
	if err != nil {
		return nil, err
	}
	out, err := exec.CommandContext(ctx, path, "-addr", addr, "keys", name).Output() //nolint:gosec // our own program
	if err != nil {
		return nil, err
	}
	keys := map[string]any{}
	return keys, json.Unmarshal(out, &keys)
}
