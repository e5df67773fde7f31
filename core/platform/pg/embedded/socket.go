package embedded

import (
	"net"
	"path/filepath"
	"time"
)

// accepts knocks at the unix socket.
func (c *Cluster) accepts() bool {
	conn, err := net.DialTimeout("unix", filepath.Join(c.Socket, ".s.PGSQL.5432"), time.Second)
	if err != nil {
		return false
	}
	_ = conn.Close()
	return true
}
