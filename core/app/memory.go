package app

import (
	"os"
	"runtime/debug"
)

// What the process may hold beside the pages it keeps for visitors.
const workingMemory = 150 << 20

// tuneMemory lets garbage lie a little longer than usual while there is little of it, and
// collects the more eagerly the nearer memory comes to what this process is meant to take.
// GOGC and GOMEMLIMIT, where they are set, go first.
func tuneMemory(pageCache int) {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(200)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(workingMemory + int64(max(pageCache, 0)))
	}
}
