package sdk

import (
	"context"
	"time"
)

// Carrier rates the movement of goods. Rate has no effects.
type Carrier interface {
	Rate(context.Context, RateRequest) (RateReply, error)
}

// Booker is a Carrier that also moves them. The same key is the same booking, and
// Booking finds it by that key when an answer was lost.
type Booker interface {
	Book(context.Context, BookRequest) (Booking, error)
	Booking(context.Context, BookingRequest) (Booking, error)
	Track(context.Context, TrackRequest) (TrackReply, error)
}

// Parcel is Count equal things to move.
type Parcel struct {
	Count                       int
	Mass                        Quantity // of one
	LengthMM, WidthMM, HeightMM int
	Temperature                 *Temperatures
	UNNumber                    string // dangerous goods
}

// Temperatures is a range to keep, in degrees Celsius.
type Temperatures struct{ Min, Max Decimal }

// RateRequest asks what moving parcels costs.
type RateRequest struct {
	Call     Call
	From, To Place
	Parcels  []Parcel
	Currency string
	ReadyAt  time.Time
}

// RateReply offers zero or more ways.
type RateReply struct {
	Offers   []RateOffer
	Problems []Problem
}

// RateOffer is one way to move the goods, bookable by its id until ValidUntil.
type RateOffer struct {
	OfferID    string
	Carrier    string
	Service    string
	Amount     Money
	ETADays    int
	ValidUntil time.Time
	Features   []string
}

// BookRequest takes an offer.
type BookRequest struct {
	Call     Call
	OfferID  string
	From, To Place
	Parcels  []Parcel
	Shipment Ref
}

// BookingRequest finds a booking by its id, or by the key it was made with.
type BookingRequest struct {
	Call      Call
	BookingID string
	Key       string
}

// BookingState is how far a booking is.
type BookingState int

// The states of a booking.
const (
	BookingRequested BookingState = iota + 1
	BookingConfirmed
	BookingPickedUp
	BookingInTransit
	BookingDelivered
	BookingException
	BookingCancelled
	BookingUnknown
)

// Booking is a carrier's promise.
type Booking struct {
	BookingID  string
	State      BookingState
	Carrier    string
	CarrierRef string // the tracking number
	Amount     Money
	ETA        time.Time
	Problems   []Problem
}

// TrackRequest asks where the goods are.
type TrackRequest struct {
	Call                  Call
	BookingID, CarrierRef string
}

// TrackReply is the booking and what happened so far.
type TrackReply struct {
	Booking Booking
	Events  []TrackEvent
}

// TrackEvent happened once; its id never changes.
type TrackEvent struct {
	EventID string
	At      time.Time
	Code    string
	Place   string
	RawRef  string
}
