// Command steelprice prices steel: by the piece or the metre on the list, by the tonne of
// theoretical mass in the quotation, and by the weighed tonne in the end.
package main

import "github.com/kontorhq/kontor/plugins/sdk"

func main() { sdk.Serve(New()) }

// New is what main serves and what the conformance test exercises.
func New() sdk.Plugin {
	return sdk.Plugin{ID: "kontor.steelprice", Version: "1.0.0", Pricing: pricer{}, Check: check}
}
