// Command freight rates the road, the rail and the parcel by distance and mass, and books
// with a carrier that speaks HTTP.
package main

import "github.com/kontorhq/kontor/plugins/sdk"

func main() { sdk.Serve(New()) }

// New is what main serves and what the conformance test exercises.
func New() sdk.Plugin {
	return sdk.Plugin{ID: "kontor.freight", Version: "1.0.0", Logistics: newCarrier(), Check: check}
}
