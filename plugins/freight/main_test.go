package main

import (
	"testing"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/plugintest"
)

func tonnes(t string) []sdk.Parcel {
	return []sdk.Parcel{{Count: 1, Mass: sdk.Quantity{Value: sdk.D(t), Unit: "TNE"}}}
}

var (
	shanghai = sdk.Place{Country: "CN", City: "上海"}
	wuhan    = sdk.Place{Country: "CN", City: "武汉市"}
)

func TestConformance(t *testing.T) {
	out := plugintest.Simulator(t)
	plugintest.Run(t, New(), plugintest.Setup{Config: out.Keys(t, "kit"), Address: out.URL, Rate: sdk.RateRequest{From: shanghai, To: wuhan, Parcels: tonnes("5.988"), Currency: "CNY"}})
}

func offers(t *testing.T, r sdk.RateRequest) map[string]sdk.RateOffer {
	t.Helper()
	got, err := newCarrier().Rate(t.Context(), r)
	if err != nil {
		t.Fatal(err)
	}
	by := map[string]sdk.RateOffer{}
	for _, o := range got.Offers {
		by[o.Service] = o
	}
	return by
}

func TestCitiesAreAsFarApartAsTheyAre(t *testing.T) {
	t.Parallel()
	c := newCarrier()
	for _, x := range []struct {
		a, b     sdk.Place
		km, give int64
	}{
		{shanghai, wuhan, 690, 15},
		{sdk.Place{Country: "DE", City: "hamburg"}, sdk.Place{Country: "DE", City: "München"}, 610, 15},
		{sdk.Place{Country: "us", City: "New York"}, sdk.Place{Locode: "USLAX"}, 3940, 30},
		{sdk.Place{Country: "CN", City: "天津"}, sdk.Place{Country: "CN", City: "Tangshan"}, 110, 25},
	} {
		a, _, ok := c.atlas.find(x.a)
		b, _, ok2 := c.atlas.find(x.b)
		if got := kilometres(a, b); !ok || !ok2 || got < x.km-x.give || got > x.km+x.give {
			t.Errorf("%v to %v: %d km, want about %d", x.a, x.b, got, x.km)
		}
	}
}

func TestServicesFitTheGoods(t *testing.T) {
	t.Parallel()
	cold := []sdk.Parcel{{Count: 4, Mass: sdk.Quantity{Value: sdk.Int(20), Unit: "KGM"}, Temperature: &sdk.Temperatures{Min: sdk.Int(2), Max: sdk.Int(8)}}}
	small := []sdk.Parcel{{Count: 2, Mass: sdk.Quantity{Value: sdk.D("4.5"), Unit: "KGM"}}}
	for _, c := range []struct {
		name      string
		req       sdk.RateRequest
		want, not []string
	}{
		{"a lorry and a train for thirty tonnes", sdk.RateRequest{From: shanghai, To: wuhan, Parcels: tonnes("30"), Currency: "CNY"}, []string{"road_ftl", "rail"}, []string{"parcel", "road_ltl", "cold_chain"}},
		{"a parcel for nine kilograms", sdk.RateRequest{From: sdk.Place{Country: "DE", City: "Kassel"}, To: sdk.Place{Country: "DE", City: "Ulm"}, Parcels: small, Currency: "EUR"}, []string{"parcel"}, []string{"road_ftl", "rail"}},
		{"only a cold lorry for vaccines", sdk.RateRequest{From: sdk.Place{Country: "US", City: "Newark"}, To: sdk.Place{Country: "US", City: "Chicago"}, Parcels: cold, Currency: "USD"}, []string{"cold_chain"}, []string{"parcel", "road_ltl"}},
	} {
		got := offers(t, c.req)
		for _, s := range c.want {
			if o, ok := got[s]; !ok || o.Amount.Currency != c.req.Currency || o.Amount.Minor <= 0 {
				t.Errorf("%s: %s is %+v", c.name, s, o)
			}
		}
		for _, s := range c.not {
			if o, ok := got[s]; ok {
				t.Errorf("%s: %s is offered: %+v", c.name, s, o)
			}
		}
	}
}

func TestARoadLorryCostsTonnesTimesKilometres(t *testing.T) {
	t.Parallel()
	c := newCarrier()
	r := sdk.RateRequest{From: shanghai, To: wuhan, Parcels: tonnes("30"), Currency: "CNY"}
	l, problem := c.load(r)
	if problem != "" {
		t.Fatal(problem)
	}
	// 30 t × km × 0.42 and 120 for the stop, in fen
	want := 30*l.km*42 + 120_00
	if got := offers(t, r)["road_ftl"].Amount.Minor; got != want {
		t.Errorf("%d km: %d, want %d", l.km, got, want)
	}
}

func TestUnknownPlacesAndMassesGetNoOfferButAReason(t *testing.T) {
	t.Parallel()
	for want, r := range map[string]sdk.RateRequest{
		"origin_unknown":      {From: sdk.Place{Country: "ZZ", City: "Nowhere"}, To: wuhan, Parcels: tonnes("1"), Currency: "CNY"},
		"destination_unknown": {From: shanghai, Parcels: tonnes("1"), Currency: "CNY"},
		"nothing_to_move":     {From: shanghai, To: wuhan, Currency: "CNY"},
		"mass_unknown":        {From: shanghai, To: wuhan, Parcels: tonnes("-1"), Currency: "CNY"},
		"currency_unknown":    {From: shanghai, To: wuhan, Parcels: tonnes("1"), Currency: "XAU"},
	} {
		got, err := newCarrier().Rate(t.Context(), r)
		if err != nil || len(got.Offers) != 0 || len(got.Problems) != 1 || got.Problems[0].Code != want {
			t.Errorf("%s: %+v, %v", want, got, err)
		}
	}
	village := offers(t, sdk.RateRequest{From: shanghai, To: sdk.Place{Country: "CN", City: "小村"}, Parcels: tonnes("1"), Currency: "CNY"})
	if o := village["road_ltl"]; len(o.Features) != 1 || o.Features[0] != "distance_estimated" {
		t.Errorf("a village: %+v", o)
	}
}

func TestAnOfferHoldsForItsMarketplacePlacesAndTime(t *testing.T) {
	t.Parallel()
	c := newCarrier()
	call := sdk.Call{Tenant: "a"}.WithConfig(settings{CarrierSecret: "s"})
	got, err := c.Rate(t.Context(), sdk.RateRequest{Call: call, From: shanghai, To: wuhan, Parcels: tonnes("5"), Currency: "CNY"})
	if err != nil {
		t.Fatal(err)
	}
	book := sdk.BookRequest{Call: call, OfferID: got.Offers[0].OfferID, From: shanghai, To: wuhan}
	if terms, err := unseal(book, "s", time.Now()); err != nil || terms.Minor != got.Offers[0].Amount.Minor {
		t.Fatalf("%+v, %v", terms, err)
	}
	other, elsewhere := book, book
	other.Call.Tenant, elsewhere.To = "b", shanghai
	if _, err := unseal(other, "s", time.Now()); !sdk.IsReason(err, "offer_unknown") {
		t.Errorf("another marketplace's: %v", err)
	}
	if _, err := unseal(elsewhere, "s", time.Now()); !sdk.IsReason(err, "places_differ") {
		t.Errorf("to another place: %v", err)
	}
	if _, err := unseal(book, "s", time.Now().Add(72*time.Hour)); !sdk.IsReason(err, "offer_expired") {
		t.Errorf("after three days: %v", err)
	}
}
