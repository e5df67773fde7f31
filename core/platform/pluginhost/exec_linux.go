package pluginhost

import (
	"errors"
	"syscall"

	"golang.org/x/sys/unix"
)

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
