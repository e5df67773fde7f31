package cage

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"
)

// system is what programs that are not linked whole find on this machine: their libraries
// and interpreters, the hour's name and whom to trust.
var system = []string{"/usr", "/bin", "/sbin", "/lib", "/lib64", "/etc/alternatives", "/etc/ld.so.cache", "/etc/localtime", "/etc/ssl"}

var devices = []string{"/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom"}

// bundleAt is where the program finds its folder.
const bundleAt = "/plugin"

// ownRoot builds a file system in memory that holds the bundle, the folder to meet in and
// the system's libraries, moves into it and lets go of the old one.
func ownRoot(s Spec) error {
	if err := unix.Mount("", "/", "", unix.MS_REC|unix.MS_PRIVATE, ""); err != nil {
		return step("mounts of its own", err)
	}
	at := filepath.Join(s.Meet, ".root")
	if err := os.MkdirAll(at, 0o700); err != nil {
		return step("a new root", err)
	}
	if err := unix.Mount("kontor", at, "tmpfs", unix.MS_NOSUID|unix.MS_NODEV, "mode=0755,size=1m"); err != nil {
		return step("a new root", err)
	}
	r := root(at)
	for _, path := range system {
		if err := r.show(path, path, true); err != nil {
			return err
		}
	}
	for _, path := range devices {
		if err := r.show(path, path, false); err != nil {
			return err
		}
	}
	if s.Bundle != "" {
		if err := r.show(s.Bundle, bundleAt, true); err != nil {
			return err
		}
	}
	if err := r.show(s.Meet, s.Meet, false); err != nil {
		return err
	}
	tmp := s.Tmp
	if tmp == 0 {
		tmp = defaultTmp
	}
	if err := r.fresh("/tmp", "tmpfs", fmt.Sprintf("mode=1777,size=%d", tmp), s.Meet); err != nil {
		return err
	}
	if err := r.fresh("/proc", "proc", "", ""); err != nil {
		return err
	}
	return r.move(s)
}

type root string

// show makes a path of the old file system visible in the new one. What the machine does
// not have is not shown either.
func (r root) show(from, to string, readOnly bool) error {
	info, err := os.Lstat(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	at := filepath.Join(string(r), to)
	switch {
	case err != nil:
	case info.Mode()&fs.ModeSymlink != 0:
		var target string
		if target, err = os.Readlink(from); err == nil {
			err = os.Symlink(target, at)
		}
		return step("show "+from, err)
	case info.IsDir():
		err = os.MkdirAll(at, 0o755)
	default:
		if err = os.MkdirAll(filepath.Dir(at), 0o755); err == nil {
			err = os.WriteFile(at, nil, 0o600)
		}
	}
	if err == nil {
		err = bind(from, at, readOnly)
	}
	return step("show "+from, err)
}

// bind takes what is mounted below a read-only path along, for the kernel lets nobody look
// under it; the folder to meet in has the new root below it and goes alone.
func bind(from, at string, readOnly bool) error {
	flags, deep, attr := uintptr(unix.MS_BIND), uint(0), unix.MountAttr{Attr_set: unix.MOUNT_ATTR_NOSUID}
	if readOnly {
		flags, deep, attr.Attr_set = flags|unix.MS_REC, unix.AT_RECURSIVE, attr.Attr_set|unix.MOUNT_ATTR_RDONLY|unix.MOUNT_ATTR_NODEV
	}
	if err := unix.Mount(from, at, "", flags, ""); err != nil {
		return err
	}
	return unix.MountSetattr(unix.AT_FDCWD, at, deep, &attr)
}

// fresh mounts something new. The folder to meet in often stands below /tmp, so that it is
// moved over what would hide it.
func (r root) fresh(path, kind, options, keep string) error {
	at := filepath.Join(string(r), path)
	if err := os.MkdirAll(at, 0o755); err != nil {
		return step(path, err)
	}
	within := false
	if keep != "" {
		rel, err := filepath.Rel(path, keep)
		within = err == nil && filepath.IsLocal(rel)
	}
	if err := unix.Mount("kontor", at, kind, unix.MS_NOSUID|unix.MS_NODEV|unix.MS_NOEXEC, options); err != nil {
		return step(path, err)
	}
	if within {
		return r.show(keep, keep, false)
	}
	return nil
}

func (r root) move(s Spec) error {
	old := filepath.Join(string(r), ".old")
	if err := os.Mkdir(old, 0o700); err != nil {
		return step("the new root", err)
	}
	if err := unix.PivotRoot(string(r), old); err != nil {
		return step("the new root", err)
	}
	if err := os.Chdir("/"); err != nil {
		return step("the new root", err)
	}
	if err := unix.Unmount("/.old", unix.MNT_DETACH); err != nil {
		return step("leave the old root", err)
	}
	if err := os.Remove("/.old"); err != nil {
		return step("leave the old root", err)
	}
	if err := unix.MountSetattr(unix.AT_FDCWD, "/", 0, &unix.MountAttr{Attr_set: unix.MOUNT_ATTR_RDONLY}); err != nil {
		return step("a root that nobody writes", err)
	}
	if err := unix.Sethostname([]byte("plugin")); err != nil {
		return step("a name of its own", err)
	}
	if s.Bundle != "" {
		return step("the bundle", os.Chdir(bundleAt))
	}
	return nil
}
