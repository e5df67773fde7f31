//go:build unix && !linux

package embedded

import "syscall"

// attributes of the child. Without Pdeathsig a server whose Kontor was killed runs on;
// the next start finds and stops it.
func attributes(o *Owner, _ bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if o != nil {
		a.Credential = &syscall.Credential{Uid: uint32(o.UID), Gid: uint32(o.GID)}
	}
	return a
}
