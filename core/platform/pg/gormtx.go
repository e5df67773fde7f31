package pg

import (
	"database/sql"
	"errors"

	"gorm.io/gorm"
)

// gormTx makes the unit's pinned connection look like a transaction to GORM, so that a
// transaction opened inside it becomes a savepoint.
type gormTx struct {
	*sql.Conn
	u *unit
}

var _ gorm.TxCommitter = (*gormTx)(nil)

var errNotYours = errors.New("pg: the unit of work commits, not GORM")

func (*gormTx) Commit() error   { return errNotYours }
func (*gormTx) Rollback() error { return errNotYours }
