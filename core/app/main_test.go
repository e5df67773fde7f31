package app_test

import (
	"os"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
)

func TestMain(m *testing.M) {
	apptest.Keep = []string{
		"HW200x200x8x12-Q235B-12", "HW200x200x8x12-Q355B-12", "HEB200-S355J2-12",
		"BRG-6204-2RS", "BRG-6205-2Z", "NDC-0395-8101", "NDC-59644-9922", "AR-5381", "HJ-1213",
	}
	os.Exit(apptest.Main(m))
}
