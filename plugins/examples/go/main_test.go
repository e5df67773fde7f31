package main

import (
	"testing"

	"github.com/kontorhq/kontor/plugins/sdk/plugintest"
)

// In this process, which a debugger likes; kontor plugin test launches the program.
func TestConformance(t *testing.T) { plugintest.Fixtures(t, New(), "fixtures") }
