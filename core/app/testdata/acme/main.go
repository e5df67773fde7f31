// Command acme is a pricing plugin of another publisher, for the tests of packages.
package main

import (
	"context"
	"encoding/json"
	"os"
	"strings"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// What it says of itself lies beside it, so that one program is many packages.
var name, version = func() (name, version string) {
	b, _ := os.ReadFile("says")
	name, version, _ = strings.Cut(string(b), " ")
	return name, version
}()

func main() {
	p := sdk.Plugin{ID: name, Version: version, Check: check}
	if name == "acme.pay" {
		p.Payment = payer{}
	} else {
		p.Pricing = pricer{}
	}
	sdk.Serve(p)
}

type payer struct{ sdk.PaymentProvider }

// check breaks down in one version, as soon as it is given somebody's settings.
func check(_ context.Context, t sdk.TenantConfig) []sdk.Problem {
	var s struct {
		Margin json.Number `json:"margin"`
		Key    string      `json:"api_key"`
	}
	if err := json.Unmarshal(t.JSON, &s); err != nil {
		return []sdk.Problem{{Code: "config_unreadable", Severity: sdk.Wrong}}
	}
	if version == "1.3.0" {
		os.Exit(3)
	}
	if s.Key == "" {
		return []sdk.Problem{{Code: "missing", Pointer: "/api_key", Severity: sdk.Wrong}}
	}
	return nil
}

type pricer struct{}

// Quote says its version.
func (pricer) Quote(_ context.Context, r sdk.QuoteRequest) (sdk.QuoteReply, error) {
	if err := r.Call.Config(&struct{}{}); err != nil {
		return sdk.QuoteReply{}, err
	}
	return sdk.QuoteReply{}, sdk.Refuse("version", version)
}
