package catalogdb

import (
	"time"

	"github.com/jackc/pgx/v5/pgtype"
)

// orZero scans a date that may be missing into a zero time.
type orZero struct{ t *time.Time }

// ScanDate implements pgtype.DateScanner.
func (z orZero) ScanDate(d pgtype.Date) error {
	*z.t = time.Time{}
	if d.Valid {
		*z.t = d.Time
	}
	return nil
}
