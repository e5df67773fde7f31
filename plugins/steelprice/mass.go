package main

import (
	"strings"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// kilogramsPer is what one unit of mass holds.
var kilogramsPer = map[string]sdk.Decimal{"KGM": sdk.Int(1), "TNE": sdk.Int(1000), "GRM": sdk.D("0.001")}

var hundredKg = sdk.Int(100)

// massOf is the theoretical mass of a line in kilograms; ok is false where its attributes
// do not tell it.
//
// The mass per metre in the tables of GB/T 706 (channels, angles, I-sections) and
// GB/T 11263 (H-sections) is the cross-section at 7.85 g/cm³. Mass is mass per metre ×
// length × pieces, and is rounded once, at the end: GB/T 8170-2008 forbids rounding what
// has been rounded already (3.3), and rounds a half to the even digit (3.2). Steel is sold
// by the whole kilogram; below a hundred kilograms that would be coarser than one part in
// two hundred, and the gram is kept.
func massOf(l sdk.QuoteLine, s settings) (kg sdk.Decimal, ok bool) {
	if per, mass := kilogramsPer[l.Qty.Unit]; mass {
		return l.Qty.Value.Mul(per), true // sold by mass: exactly what was ordered
	}
	var exact sdk.Decimal
	switch perMetre, known := kgPerMetre(l.Attrs, s); {
	case l.Qty.Unit == "MTR" && known:
		exact = perMetre.Mul(l.Qty.Value)
	case l.Qty.Unit == "H87":
		one, ok := kgPerPiece(l.Attrs, perMetre, known)
		if !ok {
			return sdk.Decimal{}, false
		}
		exact = one.Mul(l.Qty.Value)
	default:
		return sdk.Decimal{}, false
	}
	return roundMass(exact), exact.Sign() > 0
}

func roundMass(kg sdk.Decimal) sdk.Decimal {
	if kg.Cmp(hundredKg) < 0 {
		return halfEven(kg, 3)
	}
	return halfEven(kg, 0)
}

// halfEven rounds to places as GB/T 8170 does: a lone half goes to the even digit.
func halfEven(d sdk.Decimal, places int) sdk.Decimal {
	up := d.Round(places)
	half := sdk.D("0.5")
	for range places {
		half = half.Mul(sdk.D("0.1"))
	}
	if up.Sub(d).Abs().Cmp(half) != 0 {
		return up
	}
	if n, ok := up.Scaled(places); ok && n%2 != 0 {
		return up.Sub(half.Add(half))
	}
	return up
}

// kgPerMetre reads the table's value, or works it out from the cross-section in mm².
func kgPerMetre(attrs map[string]string, s settings) (sdk.Decimal, bool) {
	if v, ok := number(attrs, "kgm", "kg_per_m"); ok {
		return v, true
	}
	if mm2, ok := number(attrs, "area_mm2"); ok {
		return mm2.Mul(s.Density).Mul(sdk.D("0.000001")), true
	}
	return sdk.Decimal{}, false
}

func kgPerPiece(attrs map[string]string, perMetre sdk.Decimal, known bool) (sdk.Decimal, bool) {
	if v, ok := number(attrs, "kg_per_piece"); ok {
		return v, true
	}
	if length, ok := metres(attrs); ok && known {
		return perMetre.Mul(length), true
	}
	v, ok := number(attrs, "kg_per_unit") // the host's own knowledge
	return v, ok
}

// metres reads the length of a piece: "12", "12 MTR" or "12000 MMT".
func metres(attrs map[string]string) (sdk.Decimal, bool) {
	if v, ok := number(attrs, "length_m"); ok {
		return v, true
	}
	value, unit, _ := strings.Cut(attrs["length"], " ")
	v, err := sdk.ParseDecimal(value)
	if err != nil || v.Sign() <= 0 {
		return sdk.Decimal{}, false
	}
	switch strings.ToUpper(unit) {
	case "", "M", "MTR":
		return v, true
	case "MM", "MMT":
		return v.Mul(sdk.D("0.001")), true
	}
	return sdk.Decimal{}, false
}

func number(attrs map[string]string, names ...string) (sdk.Decimal, bool) {
	for _, n := range names {
		if v, err := sdk.ParseDecimal(attrs[n]); err == nil && v.Sign() > 0 {
			return v, true
		}
	}
	return sdk.Decimal{}, false
}
