package main

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// offerHolds is how long an offer may be booked.
const offerHolds = 48 * time.Hour

// roads are longer than the great circle, by about a quarter between big cities.
const (
	roadNum, roadDen = 5, 4
	sameCityKM       = 25
)

var kilogramsPer = map[string]sdk.Decimal{"KGM": sdk.Int(1), "TNE": sdk.Int(1000), "GRM": sdk.D("0.001")}

type carrier struct {
	atlas atlas
	err   error // the embedded table is broken: said with every call, not by a panic
	now   func() time.Time
	http  func(sdk.Call) doer
}

func newCarrier() *carrier {
	a, err := readAtlas(citiesCSV)
	return &carrier{atlas: a, err: err, now: time.Now, http: through}
}

// Rate offers every service that takes the consignment. No effects, no network.
func (c *carrier) Rate(ctx context.Context, req sdk.RateRequest) (sdk.RateReply, error) {
	if c.err != nil {
		return sdk.RateReply{}, c.err
	}
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.RateReply{}, err
	}
	t, ok := tariffs[req.Currency]
	if !ok {
		return nothing("currency_unknown", "/currency"), nil
	}
	l, problem := c.load(req)
	if problem != "" {
		return nothing(problem, ""), nil
	}
	var out sdk.RateReply
	until := c.now().Add(offerHolds).UTC().Truncate(time.Second)
	for _, sv := range services {
		if err := ctx.Err(); err != nil {
			return sdk.RateReply{}, err
		}
		if !sv.takes(l) {
			continue
		}
		minor, ok := sv.price(l, t.with(s)).Scaled(2)
		if !ok || minor <= 0 {
			continue
		}
		o := sdk.RateOffer{
			Carrier: sv.carrier, Service: sv.code, Amount: sdk.Money{Currency: req.Currency, Minor: minor},
			ETADays: sv.eta(l.km), ValidUntil: until, Features: sv.features,
		}
		if l.estimated {
			o.Features = append(slices.Clone(o.Features), "distance_estimated")
		}
		o.OfferID = seal(o, req.From, req.To, l, s.CarrierSecret, req.Call.Tenant)
		out.Offers = append(out.Offers, o)
	}
	return out, nil
}

func nothing(code, pointer string) sdk.RateReply {
	return sdk.RateReply{Problems: []sdk.Problem{{Code: code, Pointer: pointer, Message: "freight." + code, Severity: sdk.Warning}}}
}

// load adds the parcels up; the word is the problem, if there is one.
func (c *carrier) load(req sdk.RateRequest) (load, string) {
	from, exactFrom, ok := c.atlas.find(req.From)
	if !ok {
		return load{}, "origin_unknown"
	}
	to, exactTo, ok := c.atlas.find(req.To)
	if !ok {
		return load{}, "destination_unknown"
	}
	l := load{km: max(kilometres(from, to)*roadNum/roadDen, sameCityKM), estimated: !exactFrom || !exactTo}
	for _, p := range req.Parcels {
		per, ok := kilogramsPer[p.Mass.Unit]
		if !ok || p.Mass.Value.Sign() <= 0 {
			return load{}, "mass_unknown"
		}
		one := p.Mass.Value.Mul(per)
		l.kg = l.kg.Add(one.Mul(sdk.Int(int64(max(p.Count, 1)))))
		if one.Cmp(l.heaviest) > 0 {
			l.heaviest = one
		}
		l.cold = l.cold || p.Temperature != nil
		l.hazardous = l.hazardous || p.UNNumber != ""
	}
	if l.kg.Sign() <= 0 {
		return load{}, "nothing_to_move"
	}
	return l, ""
}
