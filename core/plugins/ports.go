package plugins

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// Store keeps publishers and artifacts, which are the platform's, and installations, which
// are the caller's tenant's.
type Store interface {
	Publishers(ctx context.Context) ([]Publisher, error)
	// SavePublisher makes one (Version 0), or changes the one that was looked at: ErrStale.
	SavePublisher(ctx context.Context, p Publisher) error

	// Artifacts are all but the bodies, the newest first.
	Artifacts(ctx context.Context) ([]Artifact, error)
	Artifact(ctx context.Context, digest string) (Artifact, error)
	// AddArtifact keeps a new one with its package: ErrTaken.
	AddArtifact(ctx context.Context, a Artifact, body []byte) error
	// SaveArtifact stores state, report, approvals and note: ErrStale.
	SaveArtifact(ctx context.Context, a Artifact) error
	// Wish has a plugin started again on every node.
	Wish(ctx context.Context, plugin, by string, at time.Time) error
	// Touch has everybody who uses an artifact hear of its change.
	Touch(ctx context.Context, digest string) error

	Installations(ctx context.Context) ([]Installation, error)
	Installation(ctx context.Context, plugin string) (Installation, error)
	// Save stores an installation inside a unit: a new one if the revision is 1 and it has
	// no row, ErrStale if was is no longer its revision. Why it was done is a row of its past.
	Save(ctx context.Context, i Installation, was int64, past Revision) error
	Past(ctx context.Context, i id.Installation) ([]Revision, error)

	// Secrets are an installation's, opened; KeepSecrets seals them. Both inside a unit.
	Secrets(ctx context.Context, i id.Installation) (map[string]string, error)
	KeepSecrets(ctx context.Context, i id.Installation, all map[string]string) error
	// Forget takes away what the plugin has had kept, and its secrets. Inside a unit.
	Forget(ctx context.Context, i id.Installation) error
}

// Packages reads packages and tries them.
type Packages interface {
	// Read checks every file of a package and says what it is.
	Read(body []byte) (Described, error)
	// Signed finds the key that has signed a package.
	Signed(body []byte, keys []string) (key string, err error)
	// Key checks that a public key is one.
	Key(text string) error
	// Came is what came with the program, by id.
	Came() map[string]Described
	// Try runs an artifact and looks whether it keeps the contract.
	Try(ctx context.Context, digest string) (Report, error)
}

// Running is the plugin host, told that something has changed here.
type Running interface {
	Reload(ctx context.Context) error
}

// Settings are values in a plugin's own schema.
type Settings interface {
	// Join puts secrets into a value.
	Join(schema, open json.RawMessage, secrets map[string]string) (json.RawMessage, error)
	// Keep puts those secrets into a value that it does not name itself; null takes one away.
	Keep(schema, value json.RawMessage, secrets map[string]string) (json.RawMessage, error)
	// Split checks a value and takes its secrets out; a fault names each field that is wrong.
	Split(schema, value json.RawMessage) (open json.RawMessage, secrets map[string]string, err error)
}
