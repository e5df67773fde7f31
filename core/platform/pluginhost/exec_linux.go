package pluginhost

import (
	"errors"
	"fmt"
	"os"
	"syscall"

	"golang.org/x/sys/unix"
)

func killGroup(pid int, s syscall.Signal) error { return syscall.Kill(-pid, s) }

// resident is the memory that a process holds, in bytes; 0 where nobody knows.
func resident(pid int) int64 {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/statm", pid))
	if err != nil {
		return 0
	}
	var all, held int64
	if _, err := fmt.Sscan(string(b), &all, &held); err != nil {
		return 0
	}
	return held * int64(os.Getpagesize())
}

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
