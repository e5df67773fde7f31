package pg

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
	"gorm.io/driver/postgres"
	"gorm.io/gorm"
)

// gormTx makes the unit's pinned connection look like a transaction to GORM, so that a
// transaction opened inside it becomes a savepoint.
type gormTx struct{ *sql.Conn }

var _ gorm.TxCommitter = (*gormTx)(nil)

var errNotYours = errors.New("pg: the unit of work commits, not GORM")

func (*gormTx) Commit() error   { return errNotYours }
func (*gormTx) Rollback() error { return errNotYours }

// dialector keeps PostgreSQL's own error below GORM's translation: which constraint was
// violated is what a store needs to name the fault.
type dialector struct{ *postgres.Dialector }

func dialect(db *sql.DB) gorm.Dialector {
	return dialector{postgres.New(postgres.Config{Conn: db}).(*postgres.Dialector)}
}

func (d dialector) Translate(err error) error {
	var pe *pgconn.PgError
	if !errors.As(err, &pe) {
		return err
	}
	if t := d.Dialector.Translate(pe); t != nil && !errors.Is(t, pe) {
		return fmt.Errorf("%w: %w", t, err)
	}
	return err
}
