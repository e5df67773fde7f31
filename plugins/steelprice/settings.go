package main

import (
	"context"
	"encoding/json"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// settings are one marketplace's terms of the steel trade.
type settings struct {
	// Density in kg/m³ is for sections described by their cross-section only.
	Density sdk.Decimal `json:"density_kg_m3"`
	// Tolerance is the part of the quoted mass by which the weighbridge may differ.
	Tolerance sdk.Decimal `json:"weighing_tolerance"`
	// CuttingFee is for one cut, in the currency of the quotation.
	CuttingFee sdk.Decimal `json:"cutting_fee_per_piece"`
	// Settle is "weighbridge", or "theoretical" where the quoted mass is final.
	Settle string `json:"settle"`
}

const (
	weighbridge = "weighbridge"
	theoretical = "theoretical"
)

func settingsOf(c sdk.Call) (settings, error) {
	s := defaults()
	return s, c.Config(&s)
}

func defaults() settings {
	return settings{Density: sdk.Int(7850), Tolerance: sdk.D("0.03"), Settle: weighbridge}
}

// check refuses terms under which nobody could trade.
func check(_ context.Context, t sdk.TenantConfig) []sdk.Problem {
	s := defaults()
	if len(t.JSON) > 0 {
		if err := json.Unmarshal(t.JSON, &s); err != nil {
			return []sdk.Problem{{Code: "config_unreadable", Message: err.Error(), Severity: sdk.Wrong}}
		}
	}
	var ps []sdk.Problem
	bad := func(pointer, code string) {
		ps = append(ps, sdk.Problem{Code: code, Pointer: pointer, Severity: sdk.Wrong})
	}
	if s.Density.Sign() <= 0 {
		bad("/density_kg_m3", "not_positive")
	}
	if s.Tolerance.Sign() < 0 || s.Tolerance.Cmp(sdk.D("0.2")) > 0 {
		bad("/weighing_tolerance", "out_of_range")
	}
	if s.CuttingFee.Sign() < 0 {
		bad("/cutting_fee_per_piece", "negative")
	}
	if s.Settle != weighbridge && s.Settle != theoretical {
		bad("/settle", "unknown")
	}
	return ps
}
