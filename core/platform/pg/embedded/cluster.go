package embedded

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Cluster is one data folder with the programs that run it. Server manages one for the
// application; the tests' shared server uses it directly.
type Cluster struct {
	Bin    Binaries
	Data   string // the cluster's folder, PG_VERSION inside
	Socket string // the folder of its unix socket
	Owner  *Owner
}

// NewCluster picks the operating system's user; osUser may be empty.
func NewCluster(bin Binaries, data, socket, osUser string) (*Cluster, error) {
	o, err := findOwner(osUser)
	if err != nil {
		return nil, err
	}
	return &Cluster{Bin: bin, Data: data, Socket: socket, Owner: o}, nil
}

// Exists reports whether the folder holds a cluster already.
func (c *Cluster) Exists() bool {
	_, err := os.Stat(filepath.Join(c.Data, "PG_VERSION"))
	return err == nil
}

// Folders makes the data and socket folders where they are missing.
func (c *Cluster) Folders() error {
	return errors.Join(own(c.Data, c.Owner), own(c.Socket, c.Owner))
}

// Init makes a new cluster. With a password, every connection must know it; without one
// whoever reaches the socket is trusted, which is for throw-away servers.
func (c *Cluster) Init(ctx context.Context, password string, extra ...string) error {
	args := []string{"-D", c.Data, "-U", Superuser, "-E", "UTF8", "--no-sync", "--no-instructions"}
	args = append(args, locale(c.Bin.Major)...)
	if password == "" {
		args = append(args, "-A", "trust")
	} else {
		f, err := c.passwordFile(password)
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(f) }()
		args = append(args, "-A", "scram-sha-256", "--pwfile", f)
	}
	return c.run(ctx, "initdb", append(args, extra...)...)
}

// Superuser is who initdb makes; the application never connects as it except to prepare.
const Superuser = "kontor"

// locale: bytewise order, but Unicode's character classes, without which trigram search
// finds no Chinese. People's sorting is done elsewhere.
func locale(major int) []string {
	ctype := "C.UTF-8"
	if runtime.GOOS == "darwin" {
		ctype = "en_US.UTF-8" // there is no C.UTF-8
	}
	if major >= 17 {
		return []string{"--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--lc-collate=C", "--lc-ctype=" + ctype, "--lc-messages=C"}
	}
	return []string{"--locale=" + ctype, "--lc-collate=C", "--lc-messages=C"}
}

func (c *Cluster) passwordFile(password string) (string, error) {
	f, err := os.CreateTemp(c.Socket, "pw") // 0600
	if err != nil {
		return "", err
	}
	_, err = io.WriteString(f, password)
	if c.Owner != nil {
		err = errors.Join(err, f.Chown(c.Owner.UID, c.Owner.GID))
	}
	return f.Name(), errors.Join(err, f.Close())
}

// run runs one of the programs to its end, as the owner.
func (c *Cluster) run(ctx context.Context, prog string, args ...string) error {
	cmd := exec.CommandContext(ctx, filepath.Join(c.Bin.Dir, prog), args...)
	cmd.Dir, cmd.Env, cmd.SysProcAttr = c.Data, environment(), attributes(c.Owner, false)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", prog, err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Command is the server, not started yet.
func (c *Cluster) Command(settings map[string]string) *exec.Cmd {
	args := []string{"-D", c.Data, "-k", c.Socket, "-c", "listen_addresses="}
	for _, k := range sortedKeys(settings) {
		args = append(args, "-c", k+"="+settings[k])
	}
	cmd := exec.Command(filepath.Join(c.Bin.Dir, "postgres"), args...)
	cmd.Dir, cmd.Env = c.Data, environment()
	cmd.SysProcAttr = attributes(c.Owner, true)
	return cmd
}

// Detach makes cmd outlive us: the tests' server serves many processes in turn.
func Detach(cmd *exec.Cmd) {
	a := &syscall.SysProcAttr{Setsid: true, Credential: cmd.SysProcAttr.Credential}
	cmd.SysProcAttr = a
}

// environment is ours without what would change the server's mind: PGDATA, PGPORT and
// the like, and the locale of whoever happened to start us.
func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(kv string) bool {
		return strings.HasPrefix(kv, "PG") || strings.HasPrefix(kv, "LC_") || strings.HasPrefix(kv, "LANG")
	})
	return append(env, "LC_ALL=C", "TZ=UTC")
}

// DSN reaches a database of the cluster through its socket.
func (c *Cluster) DSN(user, password, database string) string {
	s := fmt.Sprintf("host=%s port=5432 user=%s dbname=%s sslmode=disable", c.Socket, user, database)
	if password != "" {
		s += " password=" + password
	}
	return s
}

// postmaster is what the server writes about itself into its folder.
type postmaster struct {
	pid   int
	ready bool
}

func (c *Cluster) pidFile() string { return filepath.Join(c.Data, "postmaster.pid") }

// postmaster reads line 1, the process, and line 8, its state.
func (c *Cluster) postmaster() (postmaster, bool) {
	b, err := os.ReadFile(c.pidFile())
	if err != nil {
		return postmaster{}, false
	}
	lines := strings.Split(string(b), "\n")
	pid, err := strconv.Atoi(strings.TrimSpace(lines[0]))
	if err != nil || pid <= 1 {
		return postmaster{}, false
	}
	return postmaster{pid: pid, ready: len(lines) >= 8 && strings.TrimSpace(lines[7]) == "ready"}, true
}

// Pid is the running server's process, if its folder names one.
func (c *Cluster) Pid() (int, bool) {
	p, ok := c.postmaster()
	return p.pid, ok
}

// Ready reports whether the process pid (0: any) accepts connections: by what the server
// says of itself and by knocking, not by reading its log.
func (c *Cluster) Ready(pid int) bool {
	p, ok := c.postmaster()
	return ok && p.ready && (pid == 0 || p.pid == pid) && c.accepts()
}

func sortedKeys(m map[string]string) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
