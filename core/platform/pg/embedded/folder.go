package embedded

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Info says which process runs the database of a data folder; it is kept in pg.json.
type Info struct {
	PID     int       `json:"pid"` // Kontor's, not the server's
	Since   time.Time `json:"since"`
	Socket  string    `json:"socket"`
	Version string    `json:"version"`
	Data    string    `json:"data"`
}

// HeldError says who uses the data folder already.
type HeldError struct {
	Folder string
	Info   Info
}

func (e *HeldError) Error() string {
	if e.Info.PID == 0 {
		return fmt.Sprintf("the data folder %s is in use by another process", e.Folder)
	}
	return fmt.Sprintf("the data folder %s is in use by process %d since %s; stop that one, or use another folder (KONTOR_DATA)",
		e.Folder, e.Info.PID, e.Info.Since.Local().Format("2006-01-02 15:04:05"))
}

// folder is KONTOR_DATA: the cluster, its lock, what runs it, and secrets.
type folder string

// DefaultData is where data is kept when nobody says otherwise.
func DefaultData() string {
	if d := os.Getenv("KONTOR_DATA"); d != "" {
		return d
	}
	if os.Geteuid() == 0 {
		return "/var/lib/kontor"
	}
	if d := os.Getenv("XDG_DATA_HOME"); d != "" {
		return filepath.Join(d, "kontor")
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return filepath.Join(os.TempDir(), "kontor-data")
	}
	return filepath.Join(home, ".local", "share", "kontor")
}

func (f folder) path(elem ...string) string {
	return filepath.Join(append([]string{string(f)}, elem...)...)
}

// cluster is the folder of the server's own files; the major version is in the name.
func (f folder) cluster(major int) string { return f.path("pg" + strconv.Itoa(major)) }

// major is the version that made the newest cluster here, 0 for none.
func (f folder) major() (int, error) {
	found, _ := filepath.Glob(f.path("pg[0-9][0-9]", "PG_VERSION"))
	if len(found) == 0 {
		return 0, nil
	}
	b, err := os.ReadFile(found[len(found)-1])
	if err != nil {
		return 0, fmt.Errorf("embedded: which version made %s: %w", found[len(found)-1], err)
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

// socket is a short path that both we and the server's user can reach: a unix socket's
// name may have 107 bytes.
func (f folder) socket() string {
	abs, err := filepath.Abs(string(f))
	if err != nil {
		abs = string(f)
	}
	h := sha256.Sum256([]byte(abs))
	return filepath.Join(os.TempDir(), "kontor-"+hex.EncodeToString(h[:6]))
}

// lock holds the folder for as long as the file stays open; the kernel lets go of it when
// we die, however we die.
func (f folder) lock() (*os.File, error) {
	file, err := os.OpenFile(f.path("pg.lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		return file, nil
	}
	_ = file.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		info, _ := f.info()
		return nil, &HeldError{Folder: string(f), Info: info}
	}
	return nil, err
}

func (f folder) info() (Info, error) {
	b, err := os.ReadFile(f.path("pg.json"))
	if err != nil {
		return Info{}, err
	}
	var i Info
	return i, json.Unmarshal(b, &i)
}

func (f folder) setInfo(i Info) error {
	b, err := json.MarshalIndent(i, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(f.path("pg.json"), append(b, '\n'), 0o644)
}

// password of the superuser, made once. Everybody else's is derived from it.
func (f folder) password() (string, error) {
	name := f.path("secrets", "postgres")
	b, err := os.ReadFile(name)
	if err == nil {
		return strings.TrimSpace(string(b)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	if err := os.MkdirAll(f.path("secrets"), 0o700); err != nil {
		return "", err
	}
	raw := make([]byte, 24)
	_, _ = rand.Read(raw) // never fails
	p := base64.RawURLEncoding.EncodeToString(raw)
	return p, replaceFile(name, []byte(p+"\n"), 0o600)
}

// replaceFile leaves either the old or the new content, whenever the power goes.
func replaceFile(name string, content []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(name), ".new")
	if err != nil {
		return err
	}
	_, err = tmp.Write(content)
	err = errors.Join(err, tmp.Chmod(mode), tmp.Sync(), tmp.Close())
	if err == nil {
		err = os.Rename(tmp.Name(), name)
	}
	if err != nil {
		_ = os.Remove(tmp.Name())
	}
	return err
}
