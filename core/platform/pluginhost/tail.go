package pluginhost

import (
	"strings"
	"sync"
)

// tail keeps the last lines that a process wrote.
type tail struct {
	mu    sync.Mutex
	lines []string
	part  []byte
}

const (
	tailLines = 50
	tailWidth = 1 << 10
)

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range p {
		switch {
		case b == '\n':
			t.lines = append(t.lines, string(t.part))
			t.part = t.part[:0]
			if len(t.lines) > tailLines {
				t.lines = append(t.lines[:0:0], t.lines[1:]...)
			}
		case len(t.part) < tailWidth:
			t.part = append(t.part, b)
		}
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.Join(append(append([]string(nil), t.lines...), string(t.part)), "\n")
}
