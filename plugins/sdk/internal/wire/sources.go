package wire

import "embed"

// Sources are the contract as it was written, with its comments.
//
//go:embed *.proto
var Sources embed.FS
