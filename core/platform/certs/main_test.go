package certs_test

import (
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }
