package embedded

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// Options of a server; the zero value is for production.
type Options struct {
	Data     string             // KONTOR_DATA; empty: DefaultData
	Cache    string             // where downloads are kept; empty: DefaultCache
	OSUser   string             // KONTOR_PG_OS_USER, when we are root
	Progress func(stage string) // hears what is being done, in words for a person
	Log      *slog.Logger
	Settings map[string]string // on top of ours
}

// Server is a PostgreSQL that this process started and looks after.
type Server struct {
	folder   folder
	cluster  *Cluster
	lock     *os.File
	logFile  *os.File
	password string
	settings map[string]string
	log      *slog.Logger
	progress func(string)
	info     Info

	mu       sync.Mutex
	cmd      *exec.Cmd     // the running child
	stopping chan struct{} // closed by Stop
	done     chan struct{} // closed when the keeper has ended
}

// database is the one that Kontor uses.
const database = "kontor"

func (o Options) withDefaults() Options {
	if o.Data == "" {
		o.Data = DefaultData()
	}
	if o.Cache == "" {
		o.Cache = DefaultCache()
	}
	if o.OSUser == "" {
		o.OSUser = os.Getenv("KONTOR_PG_OS_USER")
	}
	if o.Progress == nil {
		o.Progress = func(string) {}
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return o
}

// Start brings the folder's database up, making it first if there is none, and returns
// when it accepts connections. It fails with a *HeldError if another process has it.
func Start(ctx context.Context, o Options) (_ *Server, err error) {
	o = o.withDefaults()
	if o.Data, err = filepath.Abs(o.Data); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(o.Data, 0o755); err != nil {
		return nil, fmt.Errorf("embedded: data folder: %w", err)
	}
	f := folder(o.Data)
	s := &Server{folder: f, log: o.Log, progress: o.Progress, stopping: make(chan struct{}), done: make(chan struct{})}
	if s.lock, err = f.lock(); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			s.release()
		}
	}()
	if err := s.find(ctx, o); err != nil {
		return nil, err
	}
	if err := s.create(ctx); err != nil {
		return nil, err
	}
	if err := s.launch(ctx); err != nil {
		return nil, err
	}
	if err := s.createDatabase(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// find settles which programs run which folder as whom.
func (s *Server) find(ctx context.Context, o Options) error {
	major, err := s.folder.major()
	if err != nil {
		return err
	}
	bin, err := Resolve(ctx, o.Cache, major, o.Progress)
	if err != nil {
		return err
	}
	s.log.InfoContext(ctx, "PostgreSQL found", "version", bin.Version, "dir", bin.Dir, "from", bin.From)
	if s.cluster, err = NewCluster(bin, s.folder.cluster(bin.Major), s.folder.socket(), o.OSUser); err != nil {
		return err
	}
	s.settings = settings(bin)
	for k, v := range o.Settings {
		s.settings[k] = v
	}
	if s.password, err = s.folder.password(); err != nil {
		return err
	}
	if err := own(s.cluster.Socket, s.cluster.Owner); err != nil {
		return err
	}
	if err := safeSocket(s.cluster); err != nil {
		return err
	}
	s.logFile, err = openLog(s.folder.path("postgres.log"))
	return err
}

// safeSocket refuses a socket folder that somebody else made in the shared temporary
// folder before us: whoever owns it could put his own server there.
func safeSocket(c *Cluster) error {
	st, err := os.Lstat(c.Socket)
	if err != nil {
		return err
	}
	uid := os.Geteuid()
	if c.Owner != nil {
		uid = c.Owner.UID
	}
	if sys, ok := st.Sys().(*syscall.Stat_t); !st.IsDir() || st.Mode().Perm() != 0o700 || (ok && int(sys.Uid) != uid) {
		return fmt.Errorf("embedded: %s is not a folder that is ours alone; remove it", c.Socket)
	}
	return nil
}

// openLog starts a new file when the old one has grown large.
func openLog(name string) (*os.File, error) {
	if st, err := os.Stat(name); err == nil && st.Size() > 16<<20 {
		if err := os.Rename(name, name+".1"); err != nil {
			return nil, err
		}
	}
	return os.OpenFile(name, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

// create makes the cluster under another name and renames it when it is whole and on the
// disk: a kill at any moment leaves either none or a good one.
func (s *Server) create(ctx context.Context) error {
	if s.cluster.Exists() {
		return nil
	}
	s.progress("creating the database in " + s.cluster.Data)
	if err := reachable(s.cluster, filepath.Dir(s.cluster.Data)); err != nil {
		return err
	}
	half := *s.cluster
	half.Data += ".new"
	// Only an initdb that never finished leaves this behind; no server has ever run in it.
	if err := os.RemoveAll(half.Data); err != nil {
		return err
	}
	if err := half.Folders(); err != nil {
		return err
	}
	if err := half.Init(ctx, s.password, "--data-checksums"); err != nil {
		return err
	}
	if err := half.run(ctx, "initdb", "-D", half.Data, "--sync-only"); err != nil {
		return err
	}
	return os.Rename(half.Data, s.cluster.Data)
}

// reachable says beforehand what initdb would only call "permission denied".
func reachable(c *Cluster, dir string) error {
	if c.Owner == nil {
		return nil
	}
	for d := dir; d != filepath.Dir(d); d = filepath.Dir(d) {
		st, err := os.Stat(d)
		if err != nil {
			return err
		}
		if st.Mode().Perm()&0o001 == 0 {
			return fmt.Errorf("embedded: PostgreSQL runs as %s here and cannot get into %s; choose another folder with KONTOR_DATA", c.Owner.Name, d)
		}
	}
	return nil
}

// createDatabase makes Kontor's database, the first time.
func (s *Server) createDatabase(ctx context.Context) error {
	conn, err := pgx.Connect(ctx, s.AdminURL())
	if err == nil {
		return conn.Close(ctx)
	}
	var pe *pgconn.PgError
	if !errors.As(err, &pe) || pe.Code != "3D000" { // there is no such database
		return fmt.Errorf("embedded: connect: %w", err)
	}
	if conn, err = pgx.Connect(ctx, s.cluster.DSN(Superuser, s.password, "postgres")); err != nil {
		return fmt.Errorf("embedded: connect: %w", err)
	}
	_, err = conn.Exec(ctx, "CREATE DATABASE "+database)
	return errors.Join(err, conn.Close(ctx))
}

// AdminURL reaches Kontor's database as its superuser, for pg.Prepare.
func (s *Server) AdminURL() string { return s.cluster.DSN(Superuser, s.password, database) }

// Info says what is running.
func (s *Server) Info() Info { return s.info }

// Binaries says with which programs.
func (s *Server) Binaries() Binaries { return s.cluster.Bin }

// PID is the server's process at the moment.
func (s *Server) PID() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.cmd == nil || s.cmd.Process == nil {
		return 0
	}
	return s.cmd.Process.Pid
}

// Attach reaches the database of a folder that another process of ours runs, for the
// operator's tool beside a running server.
func Attach(data string) (adminURL string, info Info, err error) {
	if data == "" {
		data = DefaultData()
	}
	if data, err = filepath.Abs(data); err != nil {
		return "", Info{}, err
	}
	f := folder(data)
	lock, err := f.lock()
	if err == nil {
		_ = lock.Close()
		return "", Info{}, fmt.Errorf("embedded: nothing runs in %s", data)
	}
	var held *HeldError
	if !errors.As(err, &held) {
		return "", Info{}, err
	}
	p, err := os.ReadFile(f.path("secrets", "postgres"))
	if err != nil {
		return "", held.Info, err
	}
	c := Cluster{Socket: held.Info.Socket}
	return c.DSN(Superuser, strings.TrimSpace(string(p)), database), held.Info, nil
}

func (s *Server) release() {
	if s.logFile != nil {
		_ = s.logFile.Close()
	}
	if s.lock != nil {
		_ = s.lock.Close()
	}
}

// now is when things happened, for people.
func now() time.Time { return time.Now().UTC().Truncate(time.Second) }
