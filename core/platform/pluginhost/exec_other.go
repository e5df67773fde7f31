//go:build !linux

package pluginhost

import "syscall"

func killGroup(pid int, s syscall.Signal) error { return syscall.Kill(-pid, s) }

// awaitExit has no counterpart here; the caller waits for the process itself.
func awaitExit(int) bool { return false }

// resident is not known here.
func resident(int) int64 { return 0 }
