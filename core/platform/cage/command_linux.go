package cage

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

const (
	enterName   = "kontor-cage"
	specEnv     = "KONTOR_CAGE"
	programFD   = 3 // the program itself lies outside of the new root
	programPath = "/proc/self/fd/3"
)

// Command starts the program whose open file is given, which is so the very file that was
// looked at before. It ends with the thread that starts it; environ is all the environment
// it gets. The folder to meet in is given away to the program's identity.
func Command(s Spec, program *os.File, environ []string) (*exec.Cmd, error) {
	if s.Tier > Sealed {
		return nil, &reason{s.Tier.String() + " needs a container runtime, and none is driven from here"}
	}
	c := exec.Command("/proc/self/exe")
	c.Args = []string{enterName}
	c.ExtraFiles = []*os.File{program}
	c.Dir = "/"
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	if s.Tier > Open {
		if err := confine(c, &s); err != nil {
			return nil, err
		}
	}
	b, err := json.Marshal(s)
	if err != nil {
		return nil, err
	}
	c.Env = append(environ, specEnv+"="+string(b))
	return c, nil
}

// confine asks for what only the one who starts a process can give it: a user and
// namespaces. In these its first user is still ours, because it has to find the bundle
// wherever that stands; the second is what it becomes.
func confine(c *exec.Cmd, s *Spec) error {
	me, who := os.Geteuid(), identity()
	if who != me && s.Meet != "" {
		if err := os.Chown(s.Meet, who, who); err != nil {
			return err
		}
	}
	if s.Tier < Sealed {
		if who != me {
			c.SysProcAttr.Credential = &syscall.Credential{Uid: uint32(who), Gid: uint32(who)} //nolint:gosec // made below
		}
		return nil
	}
	users := []syscall.SysProcIDMap{{ContainerID: 0, HostID: me, Size: 1}}
	groups := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Getegid(), Size: 1}}
	if who != me {
		s.Become = 1
		users = append(users, syscall.SysProcIDMap{ContainerID: s.Become, HostID: who, Size: 1})
		c.SysProcAttr.GidMappingsEnableSetgroups = true
		groups = append(groups, syscall.SysProcIDMap{ContainerID: s.Become, HostID: who, Size: 1})
	}
	c.SysProcAttr.UidMappings, c.SysProcAttr.GidMappings = users, groups
	c.SysProcAttr.Cloneflags = unix.CLONE_NEWUSER | unix.CLONE_NEWNS | unix.CLONE_NEWPID | unix.CLONE_NEWNET | unix.CLONE_NEWIPC | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP
	c.SysProcAttr.Credential = &syscall.Credential{NoSetGroups: true}
	return nil
}

// lowest begins the numbers that stand for no account: one of a process each, so that two
// plugins cannot signal or trace each other.
const (
	lowest = 0x70000000
	nobody = 65534
)

// identity is a user of its own for one process, where this one may give itself up for
// another at all.
func identity() int {
	if os.Geteuid() != 0 {
		return os.Geteuid()
	}
	for _, id := range []int{lowest + rand.IntN(1<<24), nobody} { //nolint:gosec // not a secret
		if mapped("/proc/self/uid_map", id) && mapped("/proc/self/gid_map", id) {
			return id
		}
	}
	return 0
}

// mapped says whether this namespace knows the number: in a container only some exist.
func mapped(file string, id int) bool {
	b, err := os.ReadFile(file)
	if err != nil {
		return false
	}
	for line := range strings.Lines(string(b)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		from, err1 := strconv.ParseInt(f[0], 10, 64)
		size, err2 := strconv.ParseInt(f[2], 10, 64)
		if err1 == nil && err2 == nil && int64(id) >= from && int64(id) < from+size {
			return true
		}
	}
	return false
}
