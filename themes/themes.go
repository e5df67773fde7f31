// Package themes carries the looks: base, which is complete, and one folder per theme that
// extends it with its differences. They are content; core/platform/theme runs them.
package themes

import "embed"

// FS holds one folder per theme.
//
//go:embed all:base all:steel all:pharma all:procure all:platform
var FS embed.FS
