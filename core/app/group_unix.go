//go:build unix

package app

import (
	"os/exec"
	"syscall"
)

// ownGroup keeps a terminal's Ctrl-C from reaching the child before we have drained.
func ownGroup(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }
