//go:build unix && !linux

package embedded

import (
	"os/exec"
	"strconv"
	"strings"
)

func ps(pid int, field string) string {
	out, err := exec.Command("ps", "-o", field+"=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// zombie: ended, but not yet waited for by its parent.
func zombie(pid int) bool { return strings.HasPrefix(ps(pid, "stat"), "Z") }

// serves reports whether pid is a server of this folder, by its command line.
func (c *Cluster) serves(pid int) bool {
	cmd := ps(pid, "command")
	return strings.Contains(cmd, "postgres") && strings.Contains(cmd, c.Data)
}

// inUse looks for processes whose command line names dir.
func inUse(dir string) bool {
	out, err := exec.Command("ps", "-axo", "stat=,command=").Output()
	if err != nil {
		return true // rather ask a person than remove a file that is needed
	}
	for line := range strings.Lines(string(out)) {
		if !strings.HasPrefix(line, "Z") && strings.Contains(line, "postgres") && strings.Contains(line, dir) {
			return true
		}
	}
	return false
}
