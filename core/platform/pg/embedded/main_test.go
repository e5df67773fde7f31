package embedded_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/platform/pg/embedded"
)

// A child of these tests runs a server until it is killed, as Kontor would.
const childVar = "KONTOR_EMBEDDED_TEST_CHILD"

func TestMain(m *testing.M) {
	data := os.Getenv(childVar)
	if data == "" {
		os.Exit(m.Run())
	}
	s, err := embedded.Start(context.Background(), embedded.Options{Data: data, Settings: quick})
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	fmt.Println("pid", s.PID())
	select {}
}

// quick keeps the tests from waiting for the disk.
var quick = map[string]string{"fsync": "off", "shared_buffers": "32MB"}
