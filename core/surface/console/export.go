package console

import (
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/tenancy"
)

// Export is a finished export as pages tell of it.
type Export struct {
	Bytes      int64  `json:"bytes"`
	SHA256     string `json:"sha256"`
	Rows       int64  `json:"rows"`
	Tables     int    `json:"tables"`
	Files      int    `json:"files"`
	Missing    int    `json:"missing"`
	Consistent bool   `json:"consistent"`

	MB    int64     `json:"-"`
	Until time.Time `json:"-"` // when its link ends
	Gone  bool      `json:"-"` // it has
}

// Exported is what a run came to, if it is an export that is done.
func Exported(r tenancy.Run, now time.Time) *Export {
	if r.Workflow != tenancy.Export || r.State != tenancy.RunDone || len(r.Steps) < 2 {
		return nil
	}
	var e Export
	if err := json.Unmarshal(r.Steps[1].Notes, &e); err != nil || e.Bytes == 0 {
		return nil
	}
	e.Until, e.MB = r.EndedAt.Add(tenancy.ExportKept), (e.Bytes+1<<20-1)>>20
	e.Gone = now.After(e.Until)
	return &e
}
