package main

import "github.com/kontorhq/kontor/plugins/sdk"

// service is one way to move goods, with its price as factors of the road tariff.
type service struct {
	code, carrier  string
	minKg, maxKg   sdk.Decimal // of the whole consignment
	maxParcelKg    sdk.Decimal // of one piece; zero is any
	minKM, maxKM   int64       // by road; zero is any
	perTonneKM     sdk.Decimal // times the tariff's
	minCharge      sdk.Decimal // times the tariff's
	perKg          sdk.Decimal // times the tariff's handling
	kmPerDay, days int64       // days are for collection and terminals
	cold           bool
	features       []string
}

// services are tried in this order; what does not fit the consignment is not offered.
var services = []service{
	{code: "road_ftl", carrier: "Kontor Road", minKg: sdk.Int(3000), perTonneKM: sdk.Int(1), minCharge: sdk.Int(1), kmPerDay: 650, days: 1, maxKM: 6000},
	{code: "road_ltl", carrier: "Kontor Road", minKg: sdk.Int(30), maxKg: sdk.Int(8000), perTonneKM: sdk.D("1.9"), minCharge: sdk.D("0.35"), kmPerDay: 450, days: 2, maxKM: 6000},
	{code: "rail", carrier: "Kontor Rail", minKg: sdk.Int(20000), minKM: 500, maxKM: 12000, perTonneKM: sdk.D("0.45"), minCharge: sdk.Int(6), kmPerDay: 600, days: 4},
	{code: "parcel", carrier: "Kontor Parcel", maxKg: sdk.Int(300), maxParcelKg: sdk.D("31.5"), perTonneKM: sdk.D("3.2"), minCharge: sdk.D("0.05"), perKg: sdk.Int(1), kmPerDay: 1200, days: 1, features: []string{"door"}},
	{code: "cold_chain", carrier: "Kontor Cold", maxKg: sdk.Int(20000), perTonneKM: sdk.D("2.6"), minCharge: sdk.D("0.6"), perKg: sdk.Int(1), kmPerDay: 700, days: 1, maxKM: 6000, cold: true, features: []string{"temperature_log"}},
	{code: "cold_air", carrier: "Kontor Cold", maxKg: sdk.Int(1000), perTonneKM: sdk.Int(8), minCharge: sdk.Int(1), perKg: sdk.Int(3), minKM: 1500, kmPerDay: 9000, days: 2, cold: true, features: []string{"temperature_log", "air"}},
}

// tariff is the road price in one currency.
type tariff struct{ perTonneKM, minCharge, perStop, handlingKg sdk.Decimal }

var tariffs = map[string]tariff{
	"CNY": {sdk.D("0.42"), sdk.Int(300), sdk.Int(120), sdk.D("1.20")},
	"USD": {sdk.D("0.16"), sdk.Int(150), sdk.Int(45), sdk.D("0.40")},
	"EUR": {sdk.D("0.15"), sdk.Int(130), sdk.Int(40), sdk.D("0.35")},
}

// with puts a marketplace's own terms in place of the tariff's.
func (t tariff) with(s settings) tariff {
	for _, own := range []struct {
		from sdk.Decimal
		to   *sdk.Decimal
	}{{s.PerTonneKM, &t.perTonneKM}, {s.MinCharge, &t.minCharge}, {s.PerStop, &t.perStop}} {
		if own.from.Sign() > 0 {
			*own.to = own.from
		}
	}
	return t
}

// load is a consignment as the tariff sees it.
type load struct {
	kg, heaviest sdk.Decimal
	km           int64 // by road
	cold         bool
	hazardous    bool
	estimated    bool // an end is not in the atlas
}

func (s service) takes(l load) bool {
	within := func(v, lo, hi sdk.Decimal) bool {
		return v.Cmp(lo) >= 0 && (hi.Sign() == 0 || v.Cmp(hi) <= 0)
	}
	switch {
	case s.cold != l.cold, l.hazardous && s.code == "parcel", l.hazardous && s.code == "cold_air":
		return false
	case !within(l.kg, s.minKg, s.maxKg), s.maxParcelKg.Sign() > 0 && l.heaviest.Cmp(s.maxParcelKg) > 0:
		return false
	}
	return l.km >= s.minKM && (s.maxKM == 0 || l.km <= s.maxKM)
}

// price is distance × mass, never less than the minimum, and a stop at either end.
func (s service) price(l load, t tariff) sdk.Decimal {
	haul := l.kg.Mul(sdk.D("0.001")).Mul(sdk.Int(l.km)).Mul(t.perTonneKM).Mul(s.perTonneKM)
	haul = haul.Add(l.kg.Mul(t.handlingKg).Mul(s.perKg))
	if least := t.minCharge.Mul(s.minCharge); haul.Cmp(least) < 0 {
		haul = least
	}
	if s.code == "parcel" {
		return haul
	}
	if l.hazardous { // ADR equipment and driver
		haul = haul.Mul(sdk.D("1.3"))
	}
	return haul.Add(t.perStop)
}

func (s service) eta(km int64) int { return int(s.days + (km+s.kmPerDay-1)/s.kmPerDay) }
