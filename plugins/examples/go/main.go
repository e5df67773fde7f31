// Command go is a plugin to begin with: it prices, moves goods and takes money, each in a
// file of its own. `kontor plugin new` makes a copy with what is asked for.
package main

import "github.com/kontorhq/kontor/plugins/sdk"

func main() { sdk.Serve(New()) }

// New is what main serves and what a test in one process exercises.
func New() sdk.Plugin {
	return sdk.Plugin{
		ID:        "example.go",
		Version:   "0.1.0",
		Pricing:   pricer{},
		Logistics: carrier{},
		Payment:   bank{},
		Check:     check,
	}
}
