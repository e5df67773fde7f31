// Package examples holds the plugins to begin with, as files: kontor plugin new copies them.
package examples

import "embed"

// Files are a folder for each language.
//
//go:embed go/*.go go/*.json go/plugin.yaml go/fixtures
//go:embed python/plugin python/*.py python/*.json python/*.txt python/*.binpb python/plugin.yaml python/fixtures
//go:embed node/plugin node/*.js node/*.json node/*.binpb node/plugin.yaml node/fixtures
var Files embed.FS
