package main

import (
	"context"
	"encoding/json"
	"net/url"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// settings are one marketplace's freight terms. Prices are in the currency asked for;
// what is left out comes from the tariff of that currency.
type settings struct {
	MinCharge     sdk.Decimal `json:"min_charge"`
	PerTonneKM    sdk.Decimal `json:"per_tonne_km"`
	PerStop       sdk.Decimal `json:"per_stop"`
	CarrierURL    string      `json:"carrier_url"`
	CarrierKey    string      `json:"carrier_key"`
	CarrierSecret string      `json:"carrier_secret"`
}

func settingsOf(c sdk.Call) (settings, error) {
	var s settings
	return s, c.Config(&s)
}

func check(_ context.Context, t sdk.TenantConfig) []sdk.Problem {
	var s settings
	if len(t.JSON) > 0 {
		if err := json.Unmarshal(t.JSON, &s); err != nil {
			return []sdk.Problem{{Code: "config_unreadable", Message: err.Error(), Severity: sdk.Wrong}}
		}
	}
	var ps []sdk.Problem
	for pointer, d := range map[string]sdk.Decimal{"/min_charge": s.MinCharge, "/per_tonne_km": s.PerTonneKM, "/per_stop": s.PerStop} {
		if d.Sign() < 0 {
			ps = append(ps, sdk.Problem{Code: "negative", Pointer: pointer, Severity: sdk.Wrong})
		}
	}
	if u, err := url.Parse(s.CarrierURL); err != nil || (s.CarrierURL != "" && u.Scheme != "http" && u.Scheme != "https") {
		ps = append(ps, sdk.Problem{Code: "not_a_url", Pointer: "/carrier_url", Severity: sdk.Wrong})
	}
	return ps
}
