package certs_test

import (
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) {
	_ = os.Setenv("PEBBLE_VA_NOSLEEP", "1") // the authority looks at once, not within five seconds
	os.Exit(pgtest.Main(m))
}
