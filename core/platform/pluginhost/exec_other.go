//go:build !linux

package pluginhost

import (
	"os"
	"syscall"
)

// executable runs the path that was hashed: other systems have no way to run an open file.
func executable(f *os.File) (path string, extra []*os.File) { return f.Name(), nil }

func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }

func killGroup(pid int, s syscall.Signal) error { return syscall.Kill(-pid, s) }

// awaitExit has no counterpart here; the caller waits for the process itself.
func awaitExit(int) bool { return false }
