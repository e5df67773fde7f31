package cage

import (
	"github.com/elastic/go-seccomp-bpf"
	"github.com/landlock-lsm/go-landlock/landlock"
)

// landlocked says once more, to another part of the kernel, what may be written; and that
// nobody speaks TCP or reaches processes outside. A kernel that knows less of it does less:
// the namespaces hold by themselves.
func landlocked(s Spec) error {
	rules := []landlock.Rule{landlock.RODirs("/"), landlock.ROFiles(programPath), landlock.RWDirs("/tmp", "/proc"), landlock.RWFiles(devices...).IgnoreIfMissing()}
	if s.Meet != "" {
		rules = append(rules, landlock.RWDirs(s.Meet))
	}
	return step("landlock", landlock.V6.BestEffort().Restrict(rules...))
}

// unneeded are system calls that no plugin has a use for and that ways out of sandboxes
// were made of.
var unneeded = []string{
	"ptrace", "process_vm_readv", "process_vm_writev", "mount", "umount2", "pivot_root", "chroot", "move_mount", "open_tree", "fsopen", "fsmount", "mount_setattr",
	"unshare", "setns", "bpf", "perf_event_open", "userfaultfd", "keyctl", "add_key", "request_key", "io_uring_setup", "io_uring_enter", "io_uring_register",
	"kexec_load", "init_module", "finit_module", "delete_module", "open_by_handle_at", "name_to_handle_at", "acct", "swapon", "swapoff", "reboot", "syslog", "quotactl",
}

// filtered refuses them with EPERM.
func filtered(Spec) error {
	return step("filter system calls", seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true, Flag: seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{{Action: seccomp.ActionErrno, Names: unneeded}}},
	}))
}
