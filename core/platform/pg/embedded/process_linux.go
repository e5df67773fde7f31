package embedded

import "syscall"

// attributes of the child: another user when we are root, a process group of its own so
// that Ctrl-C reaches it only after the application has drained, and a fast shutdown if
// the thread that started it dies.
func attributes(o *Owner, diesWithUs bool) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}
	if diesWithUs {
		a.Pdeathsig = syscall.SIGINT
	}
	if o != nil {
		a.Credential = &syscall.Credential{Uid: uint32(o.UID), Gid: uint32(o.GID)}
	}
	return a
}
