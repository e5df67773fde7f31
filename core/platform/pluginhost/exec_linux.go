package pluginhost

import (
	"errors"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

// executable runs the open file itself, by its descriptor in the child.
func executable(f *os.File) (path string, extra []*os.File) {
	return "/proc/self/fd/3", []*os.File{f}
}

func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

func killGroup(pid int, s syscall.Signal) error { return syscall.Kill(-pid, s) }

// awaitExit returns true when the process has ended, and leaves it a zombie, so that its
// pid is nobody else's yet.
func awaitExit(pid int) bool {
	for {
		err := unix.Waitid(unix.P_PID, pid, nil, unix.WEXITED|unix.WNOWAIT, nil)
		if !errors.Is(err, unix.EINTR) {
			return err == nil
		}
	}
}
