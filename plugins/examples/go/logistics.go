package main

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

type carrier struct{}

// terms are what was offered. They travel in the offer's id, sealed: a plugin that was
// started again still knows what it has offered.
type terms struct {
	Service  string    `json:"service"`
	Amount   int64     `json:"amount"`
	Currency string    `json:"currency"`
	Until    time.Time `json:"until"`
}

// Rate asks so much for each kilogram, by lorry or by train.
func (carrier) Rate(_ context.Context, req sdk.RateRequest) (sdk.RateReply, error) {
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.RateReply{}, err
	}
	kg := sdk.Int(0)
	for _, p := range req.Parcels {
		if p.Mass.Unit != "KGM" || p.Mass.Value.Sign() <= 0 || p.Count <= 0 {
			return sdk.RateReply{Problems: []sdk.Problem{{Code: "mass_unknown", Pointer: "/parcels", Severity: sdk.Wrong}}}, nil
		}
		kg = kg.Add(p.Mass.Value.Mul(sdk.Int(int64(p.Count))))
	}
	var out sdk.RateReply
	for _, way := range []struct {
		service, perKg string
		days           int
	}{{"road", "0.25", 2}, {"rail", "0.12", 5}} {
		minor, ok := kg.Mul(sdk.D(way.perKg)).Scaled(2)
		if !ok || minor <= 0 || minor > 1<<50 || req.Currency == "" {
			continue
		}
		t := terms{way.service, minor, req.Currency, time.Now().UTC().Add(time.Hour).Truncate(time.Second)}
		out.Offers = append(out.Offers, sdk.RateOffer{
			OfferID: seal(t, s.HookSecret, req.Call.Tenant), Carrier: "Example Haulage", Service: way.service, Amount: sdk.Money{Currency: req.Currency, Minor: minor}, ETADays: way.days, ValidUntil: t.Until,
		})
	}
	return out, nil
}

func seal(t terms, secret, tenant string) string {
	b, err := json.Marshal(t)
	if err != nil {
		return ""
	}
	body := base64.RawURLEncoding.EncodeToString(b)
	return body + "." + mark(body, secret, tenant)
}

func mark(body, secret, tenant string) string {
	m := hmac.New(sha256.New, []byte("offer\n"+secret))
	m.Write([]byte(tenant + "\n" + body))
	return base64.RawURLEncoding.EncodeToString(m.Sum(nil)[:16])
}

func unseal(id, secret, tenant string) (t terms, err error) {
	body, m, _ := strings.Cut(id, ".")
	b, derr := base64.RawURLEncoding.DecodeString(body)
	if derr != nil || !hmac.Equal([]byte(m), []byte(mark(body, secret, tenant))) || json.Unmarshal(b, &t) != nil {
		return t, sdk.Refuse("offer_unknown", "")
	}
	if time.Now().After(t.Until) {
		return t, sdk.Refuse("offer_expired", "")
	}
	return t, nil
}

// Book has the carrier take the goods, once for a key.
func (carrier) Book(ctx context.Context, req sdk.BookRequest) (sdk.Booking, error) {
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.Booking{}, err
	}
	t, err := unseal(req.OfferID, s.HookSecret, req.Call.Tenant)
	if err != nil {
		return sdk.Booking{}, err
	}
	d, err := ask(ctx, req.Call, http.MethodPost, "/v1/bookings", map[string]any{"service": t.Service, "amount": t.Amount, "currency": t.Currency, "reference": req.Shipment.ID})
	return booking(d), err
}

func booking(d done) sdk.Booking {
	return sdk.Booking{BookingID: d.ID, State: sdk.BookingConfirmed, Carrier: "Example Haulage", CarrierRef: d.ID, Amount: sdk.Money{Currency: d.Currency, Minor: d.Amount}}
}

// Booking finds one again.
func (carrier) Booking(ctx context.Context, req sdk.BookingRequest) (sdk.Booking, error) {
	d, err := find(ctx, req.Call, req.BookingID, req.Key)
	return booking(d), err
}

// Track says what has happened; an event's id is the same whenever it is told.
func (carrier) Track(ctx context.Context, req sdk.TrackRequest) (sdk.TrackReply, error) {
	id := req.BookingID
	if id == "" {
		id = req.CarrierRef
	}
	d, err := find(ctx, req.Call, id, "")
	if err != nil {
		return sdk.TrackReply{}, err
	}
	return sdk.TrackReply{Booking: booking(d), Events: []sdk.TrackEvent{
		{EventID: d.ID + "-1", At: d.At, Code: "requested"},
		{EventID: d.ID + "-2", At: d.At.Add(time.Second), Code: "confirmed"},
	}}, nil
}
