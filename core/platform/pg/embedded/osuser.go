package embedded

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
)

// Owner is the operating system's user that postgres runs as: nil for ourselves. The
// server refuses to run as root, so root hands over to somebody with fewer rights.
type Owner struct {
	Name     string
	UID, GID int
}

// findOwner looks the user up by name, because initdb needs one that has an entry.
func findOwner(name string) (*Owner, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	names := []string{"postgres", "nobody"}
	if name != "" {
		names = []string{name}
	}
	for _, n := range names {
		u, err := user.Lookup(n)
		if err != nil {
			continue
		}
		uid, err1 := strconv.Atoi(u.Uid)
		gid, err2 := strconv.Atoi(u.Gid)
		if err1 == nil && err2 == nil && uid != 0 {
			return &Owner{Name: n, UID: uid, GID: gid}, nil
		}
	}
	return nil, fmt.Errorf("embedded: PostgreSQL does not run as root, and there is no user %v to run it as (set KONTOR_PG_OS_USER)", names)
}

// own makes dir and gives it to the owner. A folder that was there before is left as it is.
func own(dir string, o *Owner) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		if os.IsExist(err) {
			return nil
		}
		return err
	}
	if o == nil {
		return nil
	}
	return os.Chown(dir, o.UID, o.GID)
}
