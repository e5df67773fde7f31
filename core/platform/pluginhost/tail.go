package pluginhost

import (
	"strings"
	"sync"
)

// tail keeps the last lines that a process wrote, and the first of what it cried out: a
// program with many threads of work writes pages after the line that says why it ends.
type tail struct {
	mu    sync.Mutex
	lines []string
	head  []string
	lost  bool // some line is in neither
	part  []byte
}

const (
	tailLines = 50
	headLines = 8
	tailWidth = 1 << 10
)

// cries begin the report of a crash: Go's, Python's and Node's.
var cries = []string{"panic: ", "fatal error: ", "runtime: ", "runtime/cgo: ", "SIG", "Traceback ", "FATAL ERROR: ", "Uncaught "}

// Write implements io.Writer.
func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for _, b := range p {
		switch {
		case b == '\n':
			t.add(string(t.part))
			t.part = t.part[:0]
		case len(t.part) < tailWidth:
			t.part = append(t.part, b)
		}
	}
	return len(p), nil
}

func (t *tail) add(line string) {
	if n := len(t.head); n > 0 && n < headLines || n == 0 && cried(line) {
		t.head = append(t.head, line)
	}
	t.lines = append(t.lines, line)
	if len(t.lines) > tailLines {
		t.lines, t.lost = append(t.lines[:0:0], t.lines[1:]...), true
	}
}

func cried(line string) bool {
	for _, c := range cries {
		if strings.HasPrefix(line, c) {
			return true
		}
	}
	return false
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var out []string
	if t.lost && len(t.head) > 0 {
		out = append(append(out, t.head...), "…")
	}
	return strings.Join(append(append(out, t.lines...), string(t.part)), "\n")
}
