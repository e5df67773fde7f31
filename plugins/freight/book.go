package main

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// order and consignment are the carrier's own words, in its JSON.
type order struct {
	Reference string `json:"reference"`
	Service   string `json:"service"`
	From      string `json:"from"`
	To        string `json:"to"`
	Kg        string `json:"kg"`
	Minor     int64  `json:"price_minor"`
	Currency  string `json:"currency"`
	ETADays   int    `json:"eta_days"`
}

type consignment struct {
	ID       string    `json:"id"`
	Number   string    `json:"tracking_number"`
	State    string    `json:"state"`
	Carrier  string    `json:"carrier"`
	Minor    int64     `json:"price_minor"`
	Currency string    `json:"currency"`
	ETA      time.Time `json:"eta"`
	Events   []struct {
		ID    string    `json:"id"`
		At    time.Time `json:"at"`
		Code  string    `json:"code"`
		Place string    `json:"place"`
	} `json:"events"`
}

var states = map[string]sdk.BookingState{
	"requested": sdk.BookingRequested, "confirmed": sdk.BookingConfirmed, "picked_up": sdk.BookingPickedUp, "in_transit": sdk.BookingInTransit,
	"delivered": sdk.BookingDelivered, "exception": sdk.BookingException, "cancelled": sdk.BookingCancelled,
}

func (c consignment) booking() sdk.Booking {
	st, ok := states[c.State]
	if !ok {
		st = sdk.BookingUnknown
	}
	return sdk.Booking{BookingID: c.ID, State: st, Carrier: c.Carrier, CarrierRef: c.Number, Amount: sdk.Money{Currency: c.Currency, Minor: c.Minor}, ETA: c.ETA}
}

// Book takes an offer. The carrier knows the key, so asking again is one consignment.
func (c *carrier) Book(ctx context.Context, req sdk.BookRequest) (sdk.Booking, error) {
	s, err := settingsOf(req.Call)
	if err != nil {
		return sdk.Booking{}, err
	}
	t, err := unseal(req, s.CarrierSecret, c.now())
	if err != nil {
		return sdk.Booking{}, err
	}
	var got consignment
	err = c.ask(ctx, req.Call, s, http.MethodPost, "/carrier/v1/bookings", req.Call.Key,
		order{req.Shipment.ID, t.Service, t.From, t.To, t.Kg, t.Minor, t.Currency, t.ETADays}, &got)
	return got.booking(), err
}

// Booking finds a consignment again, by its number or by the key it was asked with.
func (c *carrier) Booking(ctx context.Context, req sdk.BookingRequest) (sdk.Booking, error) {
	got, err := c.fetch(ctx, req.Call, req.BookingID, req.Key)
	return got.booking(), err
}

// Track says what has happened so far; event ids are the carrier's and never change.
func (c *carrier) Track(ctx context.Context, req sdk.TrackRequest) (sdk.TrackReply, error) {
	id := req.BookingID
	if id == "" {
		id = req.CarrierRef
	}
	got, err := c.fetch(ctx, req.Call, id, "")
	if err != nil {
		return sdk.TrackReply{}, err
	}
	out := sdk.TrackReply{Booking: got.booking()}
	for _, e := range got.Events {
		out.Events = append(out.Events, sdk.TrackEvent{EventID: e.ID, At: e.At, Code: e.Code, Place: e.Place})
	}
	return out, nil
}

func (c *carrier) fetch(ctx context.Context, call sdk.Call, id, key string) (consignment, error) {
	s, err := settingsOf(call)
	if err != nil {
		return consignment{}, err
	}
	path := "/carrier/v1/bookings/" + url.PathEscape(id)
	if id == "" {
		path = "/carrier/v1/bookings?key=" + url.QueryEscape(key)
	}
	var got consignment
	err = c.ask(ctx, call, s, http.MethodGet, path, "", nil, &got)
	return got, err
}
