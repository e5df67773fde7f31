package embedded

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// settings for real data on one machine. wal_level logical lets a tenant be moved to
// another database while it trades.
func settings(bin Binaries) map[string]string {
	s := map[string]string{
		"shared_buffers":                      strconv.Itoa(sharedBuffersMB()) + "MB",
		"max_connections":                     "100",
		"wal_level":                           "logical",
		"max_wal_size":                        "1GB",
		"checkpoint_timeout":                  "15min",
		"random_page_cost":                    "1.1",
		"jit":                                 "off",
		"password_encryption":                 "scram-sha-256",
		"log_min_duration_statement":          "500",
		"idle_in_transaction_session_timeout": "60s",
		"log_line_prefix":                     "%m [%p] %u@%d ",
		"logging_collector":                   "off",
	}
	if hasStatements(bin) {
		s["shared_preload_libraries"] = "pg_stat_statements"
	}
	return s
}

// hasStatements: some packages leave contrib out, and a missing library stops the server.
func hasStatements(bin Binaries) bool {
	for _, lib := range []string{"lib", "lib/postgresql", "lib64"} {
		for _, suffix := range []string{".so", ".dylib"} {
			if _, err := os.Stat(filepath.Join(bin.Dir, "..", lib, "pg_stat_statements"+suffix)); err == nil {
				return true
			}
		}
	}
	return false
}

// sharedBuffersMB is a quarter of the memory, between 128 MB and 1 GB.
func sharedBuffersMB() int {
	b, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 128
	}
	for line := range strings.Lines(string(b)) {
		if rest, ok := strings.CutPrefix(line, "MemTotal:"); ok {
			kb, err := strconv.Atoi(strings.Fields(rest)[0])
			if err == nil {
				return min(max(kb/1024/4, 128), 1024)
			}
		}
	}
	return 128
}
