package plugintest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/plugins/sdk"
)

func (k *kit) rates(t *testing.T) []sdk.RateOffer {
	t.Helper()
	r := k.Rate
	r.Call = k.call("")
	got, err := k.plugin.Rate(within(t, 4*time.Second), r)
	if err != nil || len(got.Offers) == 0 {
		t.Fatalf("the example consignment gets %+v, %v", got, err)
	}
	return got.Offers
}

func (k *kit) logistics(t *testing.T) {
	offers := k.rates(t)
	t.Run("logistics.rate.offers_well_formed", func(t *testing.T) {
		seen := map[string]bool{}
		for _, o := range offers {
			if o.OfferID == "" || seen[o.OfferID] || o.Amount.Currency != k.Rate.Currency || o.Amount.Minor <= 0 || o.Service == "" || !o.ValidUntil.After(time.Now()) {
				t.Errorf("offer %+v", o)
			}
			seen[o.OfferID] = true
		}
	})
	t.Run("logistics.rate.no_side_effect", func(t *testing.T) {
		again := k.rates(t)
		for i := range min(len(offers), len(again)) {
			if offers[i].Amount != again[i].Amount || offers[i].Service != again[i].Service {
				t.Errorf("asked twice: %+v, then %+v", offers[i], again[i])
			}
		}
	})
	k.deadline(t, "rate", func(ctx context.Context) error {
		r := k.Rate
		r.Call = k.call("")
		_, err := k.plugin.Rate(ctx, r)
		return err
	})
	k.survives(t, "rate", func(ctx context.Context) error {
		_, err := k.plugin.Rate(ctx, sdk.RateRequest{Call: k.call(""), Currency: "\xff", Parcels: []sdk.Parcel{{}, {Count: 1 << 30, Mass: sdk.Quantity{Value: sdk.D("99999999999999999999"), Unit: "TNE"}}}})
		return err
	})
	if k.offers(sdk.CapLogistics, sdk.FeatureBook) {
		k.booking(t, offers[0])
	}
}

func (k *kit) booking(t *testing.T, o sdk.RateOffer) {
	book := func(t *testing.T, key string, change func(*sdk.BookRequest)) (sdk.Booking, error) {
		t.Helper()
		r := sdk.BookRequest{Call: k.call(key), OfferID: o.OfferID, From: k.Rate.From, To: k.Rate.To, Parcels: k.Rate.Parcels, Shipment: sdk.Ref{Kind: "shipment", ID: "s-1"}}
		if change != nil {
			change(&r)
		}
		return k.plugin.Book(within(t, 15*time.Second), r)
	}
	key := "kit-book-" + time.Now().Format("150405.000000")
	first, err := book(t, key, nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Run("logistics.book.same_key_one_booking", func(t *testing.T) {
		again, err := book(t, key, nil)
		if err != nil || again.BookingID != first.BookingID || first.CarrierRef == "" {
			t.Errorf("first %+v, then %+v, %v", first, again, err)
		}
		other, err := book(t, key+"-2", nil)
		if err != nil || other.BookingID == first.BookingID {
			t.Errorf("another key gave %+v, %v", other, err)
		}
	})
	t.Run("logistics.book.key_reuse_conflict", func(t *testing.T) {
		_, err := book(t, key, func(r *sdk.BookRequest) { r.Shipment.ID = "s-2" })
		refused(t, err, sdk.ReasonKeyReused)
	})
	t.Run("logistics.book.key_required", func(t *testing.T) {
		_, err := book(t, "", nil)
		refused(t, err, sdk.ReasonKeyMissing)
	})
	t.Run("logistics.rate.foreign_offer_refused", func(t *testing.T) {
		_, err := book(t, key+"-3", func(r *sdk.BookRequest) { r.OfferID = "A" + r.OfferID })
		refused(t, err, "offer_unknown")
	})
	t.Run("logistics.book.timeout_then_get", func(t *testing.T) {
		found, err := k.plugin.Booking(within(t, 10*time.Second), sdk.BookingRequest{Call: k.call(""), Key: key})
		if err != nil || found.BookingID != first.BookingID {
			t.Errorf("by its key: %+v, %v", found, err)
		}
		_, err = k.plugin.Booking(within(t, 10*time.Second), sdk.BookingRequest{Call: k.call(""), Key: "never-used"})
		refused(t, err, sdk.ReasonNotFound)
	})
	t.Run("logistics.track.stable_event_ids", func(t *testing.T) {
		track := func() sdk.TrackReply {
			r, err := k.plugin.Track(within(t, 10*time.Second), sdk.TrackRequest{Call: k.call(""), BookingID: first.BookingID})
			if err != nil || len(r.Events) == 0 {
				t.Fatalf("%+v, %v", r, err)
			}
			return r
		}
		a, b := track(), track()
		if d := cmp.Diff(a.Events, b.Events[:len(a.Events)]); d != "" {
			t.Error(d)
		}
	})
}
