package embedded

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
)

// zombie: ended, but not yet waited for by its parent.
func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	i := bytes.LastIndexByte(b, ')') // the name before it may hold anything
	return i >= 0 && i+2 < len(b) && b[i+2] == 'Z'
}

// serves reports whether pid is a server of this folder: it works inside it.
func (c *Cluster) serves(pid int) bool {
	cwd, err := os.Readlink(fmt.Sprintf("/proc/%d/cwd", pid))
	return err == nil && same(cwd, c.Data)
}

// inUse looks for any process that works inside dir: all of a server's do.
func inUse(dir string) bool {
	links, _ := filepath.Glob("/proc/[0-9]*/cwd")
	for _, l := range links {
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(l)))
		if cwd, err := os.Readlink(l); err == nil && same(cwd, dir) && !zombie(pid) {
			return true
		}
	}
	return false
}
