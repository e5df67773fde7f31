package cage

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"unsafe"

	"golang.org/x/sys/unix"
)

// A program that was started under another name does not get to its own main.
func init() {
	if len(os.Args) == 0 {
		return
	}
	switch os.Args[0] {
	case enterName:
		runtime.LockOSThread() // what follows holds for the thread that becomes the program
		fmt.Fprintln(os.Stderr, Mark+enter().Error())
		os.Exit(Refused)
	case lookName:
		look()
	}
}

// step names what could not be done.
func step(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", what, err)
}

// enter returns only if it fails.
func enter() error {
	var s Spec
	if err := json.Unmarshal([]byte(os.Getenv(specEnv)), &s); err != nil {
		return step("what to start", err)
	}
	for _, do := range doors(s) {
		if err := do(s); err != nil {
			return err
		}
	}
	return step("start "+s.Name, run(s))
}

// doors are in the order in which they can be shut: who has no rights any more cannot give
// up the file system, and the filter of system calls would refuse what comes before it.
func doors(s Spec) []func(Spec) error {
	switch s.Tier {
	case Open:
		return nil
	case Bound:
		return []func(Spec) error{limits, tied}
	default:
		return []func(Spec) error{ownRoot, lastNamespace, limits, powerless, tied, landlocked, filtered}
	}
}

// limits are the kernel's bounds on a process. RLIMIT_AS is none of them: Go and Node
// reserve addresses that they never use.
func limits(s Spec) error {
	files := uint64(defaultFiles)
	if s.Files > 0 {
		files = uint64(s.Files)
	}
	set := map[int]uint64{unix.RLIMIT_CORE: 0, unix.RLIMIT_NOFILE: files}
	if s.Memory > 0 {
		set[unix.RLIMIT_DATA] = uint64(s.Memory)
	}
	if s.Tier >= Sealed { // counted per user, who is this process alone only in a namespace of its own
		set[unix.RLIMIT_NPROC] = defaultPIDs
		if s.PIDs > 0 {
			set[unix.RLIMIT_NPROC] = uint64(s.PIDs)
		}
	}
	for what, most := range set {
		// The library's own call keeps Go's adjustment of open files from being undone at exec.
		if err := syscall.Setrlimit(what, &syscall.Rlimit{Cur: most, Max: most}); err != nil {
			return step(fmt.Sprintf("limit %d to %d", what, most), err)
		}
	}
	return nil
}

// tied to the host's life, and to no more rights than it has now.
func tied(Spec) error {
	if err := unix.Prctl(unix.PR_SET_PDEATHSIG, uintptr(unix.SIGKILL), 0, 0, 0); err != nil {
		return step("die with the host", err)
	}
	return step("no new privileges", unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
}

// powerless gives up every capability, those within the own namespaces too, and the user
// that had them.
func powerless(s Spec) error {
	for c := uintptr(0); c <= unix.CAP_LAST_CAP; c++ {
		if err := unix.Prctl(unix.PR_CAPBSET_DROP, c, 0, 0, 0); err != nil && !errors.Is(err, unix.EINVAL) {
			return step("drop capabilities", err)
		}
	}
	if s.Become != 0 {
		if err := errors.Join(syscall.Setgroups(nil), syscall.Setresgid(s.Become, s.Become, s.Become), syscall.Setresuid(s.Become, s.Become, s.Become)); err != nil {
			return step("become another", err)
		}
	}
	h := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var none [2]unix.CapUserData
	return step("drop capabilities", unix.Capset(&h, &none[0]))
}

// lastNamespace lets nobody make another user namespace inside this one, which would give
// rights back.
func lastNamespace(Spec) error {
	return step("the last namespace", os.WriteFile("/proc/sys/user/max_user_namespaces", []byte("0"), 0))
}

// run becomes the program, by the file that is open and not by a name that could be
// another's by now.
func run(s Spec) error {
	if s.Tier < Sealed && s.Bundle != "" {
		if err := os.Chdir(s.Bundle); err != nil && s.Tier > Open {
			_ = os.Chdir("/") // its own user may not look there; nor does it have to
		}
	}
	env := slices.DeleteFunc(os.Environ(), func(e string) bool { return strings.HasPrefix(e, specEnv+"=") })
	reader, err := interpreter(programFD)
	if err != nil {
		return err
	}
	if len(reader) > 0 { // it opens the very file that was looked at, by its number
		return syscall.Exec(reader[0], append(append(reader, programPath), s.Args...), env)
	}
	unix.CloseOnExec(programFD)
	argv, err := syscall.SlicePtrFromStrings(append([]string{s.Name}, s.Args...))
	if err != nil {
		return err
	}
	envp, err := syscall.SlicePtrFromStrings(env)
	if err != nil {
		return err
	}
	empty := []byte{0}
	_, _, errno := unix.RawSyscall6(unix.SYS_EXECVEAT, programFD, uintptr(unsafe.Pointer(&empty[0])), uintptr(unsafe.Pointer(&argv[0])),
		uintptr(unsafe.Pointer(&envp[0])), unix.AT_EMPTY_PATH, 0)
	return errno
}
