package embedded

import (
	"os"
	"path/filepath"
	"runtime"
)

// pinned is the one version that is fetched when the machine has none.
const pinned = "18.4.0-beta.17"

// cacheDir is where the fetched programs of this machine's kind are kept.
func cacheDir(cache string) string {
	return filepath.Join(cache, "pg", pinned+"-"+runtime.GOOS+"-"+runtime.GOARCH)
}

// DefaultCache is for downloads. Never below /root: the server's user could not read it.
func DefaultCache() string {
	if os.Geteuid() == 0 {
		return "/var/cache/kontor"
	}
	if d, err := os.UserCacheDir(); err == nil {
		return filepath.Join(d, "kontor")
	}
	return filepath.Join(os.TempDir(), "kontor-cache")
}
