package cells

import (
	"encoding/json"

	"github.com/kontorhq/kontor/core/tenancy"
)

// Report is what a move came to, as its steps have noted it.
type Report struct {
	Rows         int64 `json:"rows,omitempty"` // compared on both sides
	Tables       int   `json:"tables,omitempty"`
	Files        int   `json:"files,omitempty"`
	FrozenMillis int64 `json:"frozen_ms,omitempty"`
}

// ReportOf is a run's. What is not done yet is 0.
func ReportOf(r tenancy.Run) (out Report) {
	for _, s := range r.Steps {
		var x Report
		if json.Unmarshal(s.Notes, &x) != nil {
			continue
		}
		switch s.Name {
		case "verify":
			out.Rows, out.Tables = x.Rows, x.Tables
		case "files":
			out.Files = x.Files
		case "switch":
			out.FrozenMillis = x.FrozenMillis
		}
	}
	return out
}
