package archive

import (
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

// Format and Version name what an export is; an import refuses any other.
const (
	Format  = "kontor tenant export"
	Version = 1
)

// Manifest says what an export holds, to the byte.
type Manifest struct {
	Format     string            `json:"format"`
	Version    int               `json:"version"`
	Tenant     json.RawMessage   `json:"tenant"` // the marketplace itself: name, kind, settings
	MadeAt     time.Time         `json:"made_at"`
	Schema     string            `json:"schema"`
	Snapshots  []time.Time       `json:"snapshots"`  // when the rows were as they are in here
	Consistent bool              `json:"consistent"` // all rows are of one moment
	Tables     []TableEntry      `json:"tables"`
	Files      []FileEntry       `json:"files"`
	Missing    []string          `json:"missing"` // files whose bytes were not there, or damaged
	Omitted    map[string]string `json:"omitted"`
	LeftOut    map[string]string `json:"left_out"`
}

// TableEntry is one table's rows.
type TableEntry struct {
	Name     string   `json:"name"`
	Path     string   `json:"path"`
	Columns  []string `json:"columns"`
	Rows     int64    `json:"rows"`
	Bytes    int64    `json:"bytes"`
	SHA256   string   `json:"sha256"`
	Snapshot int      `json:"snapshot"` // which of the manifest's
}

// FileEntry is one file's bytes.
type FileEntry struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}

const manifestName = "manifest.json"

// What can be wrong with an export that somebody brings.
var (
	ErrNotExport = fault.New(fault.Invalid, "archive.not_an_export", "This file is no export of a marketplace, or one of another version.").Then("Bring the file as it was downloaded.")
	ErrHash      = fault.New(fault.Invalid, "archive.hash_differs", "{path} is not what the manifest says; nothing was imported.").Then("Download the export again.")
	ErrNewer     = fault.New(fault.Invalid, "archive.newer_schema", "The export holds {what}, which this installation does not know.").Then("Import it where at least the same version runs.")
	ErrGone      = fault.New(fault.Gone, "archive.export_gone", "This export is kept no longer.").Then("Make a new one.")
	ErrNotReady  = fault.New(fault.Conflict, "archive.export_not_ready", "This export is not done yet.").Then("Wait until it is.")
)
