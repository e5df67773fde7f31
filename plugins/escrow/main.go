// Command escrow keeps buyers' money at a bank until the goods are received: a virtual
// account per order, a transfer with a reference, a release split between seller and
// platform, and payouts.
package main

import "github.com/kontorhq/kontor/plugins/sdk"

func main() { sdk.Serve(New()) }

// New is what main serves and what the conformance test exercises.
func New() sdk.Plugin {
	return sdk.Plugin{ID: "kontor.escrow", Version: "1.0.0", Payment: provider{through}, Check: check}
}
