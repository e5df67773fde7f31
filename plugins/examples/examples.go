// Package examples holds the plugins to begin with, as files: kontor plugin new copies them.
package examples

import "embed"

// Files are a folder for each language.
//
//go:embed go/*.go go/plugin.yaml go/fixtures
var Files embed.FS
