package sdk

import "github.com/kontorhq/kontor/plugins/sdk/internal/wire"

func (r *reader) parcel(p *wire.Parcel) Parcel {
	out := Parcel{
		Count: int(p.GetCount()), Mass: r.quantity(p.GetMass()), LengthMM: int(p.GetLengthMm()), WidthMM: int(p.GetWidthMm()),
		HeightMM: int(p.GetHeightMm()), UNNumber: p.GetUnNumber(),
	}
	if t := p.GetTemperature(); t != nil {
		out.Temperature = &Temperatures{r.decimal(t.GetMinC()), r.decimal(t.GetMaxC())}
	}
	return out
}

func parcelTo(p Parcel) *wire.Parcel {
	out := &wire.Parcel{
		Count: uint32(max(p.Count, 0)), Mass: quantityTo(p.Mass), LengthMm: uint32(max(p.LengthMM, 0)),
		WidthMm: uint32(max(p.WidthMM, 0)), HeightMm: uint32(max(p.HeightMM, 0)), UnNumber: p.UNNumber,
	}
	if t := p.Temperature; t != nil {
		out.Temperature = &wire.TemperatureRange{MinC: decimalTo(t.Min), MaxC: decimalTo(t.Max)}
	}
	return out
}

func (r *reader) rateRequest(q *wire.RateRequest) RateRequest {
	return RateRequest{callFrom(q.GetCall()), placeFrom(q.GetFrom()), placeFrom(q.GetTo()), each(q.GetParcels(), r.parcel), q.GetCurrency(), timeFrom(q.GetReadyAt())}
}

func rateRequestTo(q RateRequest) *wire.RateRequest {
	return &wire.RateRequest{Call: callTo(q.Call), From: placeTo(q.From), To: placeTo(q.To), Parcels: each(q.Parcels, parcelTo), Currency: q.Currency, ReadyAt: timeTo(q.ReadyAt)}
}

func rateReplyFrom(p *wire.RateReply) RateReply {
	return RateReply{each(p.GetOffers(), func(o *wire.RateOffer) RateOffer {
		return RateOffer{o.GetOfferId(), o.GetCarrier(), o.GetService(), moneyFrom(o.GetAmount()), int(o.GetEtaDays()), timeFrom(o.GetValidUntil()), o.GetFeatures()}
	}), problemsFrom(p.GetProblems())}
}

func rateReplyTo(p RateReply) *wire.RateReply {
	return &wire.RateReply{Offers: each(p.Offers, func(o RateOffer) *wire.RateOffer {
		return &wire.RateOffer{
			OfferId: o.OfferID, Carrier: o.Carrier, Service: o.Service, Amount: moneyTo(o.Amount),
			EtaDays: uint32(max(o.ETADays, 0)), ValidUntil: timeTo(o.ValidUntil), Features: o.Features,
		}
	}), Problems: problemsTo(p.Problems)}
}

func (r *reader) bookRequest(q *wire.BookRequest) BookRequest {
	return BookRequest{callFrom(q.GetCall()), q.GetOfferId(), placeFrom(q.GetFrom()), placeFrom(q.GetTo()), each(q.GetParcels(), r.parcel), refFrom(q.GetShipment())}
}

func bookRequestTo(q BookRequest) *wire.BookRequest {
	return &wire.BookRequest{Call: callTo(q.Call), OfferId: q.OfferID, From: placeTo(q.From), To: placeTo(q.To), Parcels: each(q.Parcels, parcelTo), Shipment: refTo(q.Shipment)}
}

func bookingFrom(b *wire.Booking) Booking {
	return Booking{b.GetBookingId(), BookingState(b.GetState()), b.GetCarrier(), b.GetCarrierRef(), moneyFrom(b.GetAmount()), timeFrom(b.GetEta()), problemsFrom(b.GetProblems())}
}

func bookingTo(b Booking) *wire.Booking {
	return &wire.Booking{
		BookingId: b.BookingID, State: wire.BookingState(b.State), Carrier: b.Carrier, CarrierRef: b.CarrierRef,
		Amount: moneyTo(b.Amount), Eta: timeTo(b.ETA), Problems: problemsTo(b.Problems),
	}
}

func trackReplyFrom(p *wire.TrackReply) TrackReply {
	return TrackReply{bookingFrom(p.GetBooking()), each(p.GetEvents(), func(e *wire.TrackEvent) TrackEvent {
		return TrackEvent{e.GetEventId(), timeFrom(e.GetAt()), e.GetCode(), e.GetPlace(), e.GetRawRef()}
	})}
}

func trackReplyTo(p TrackReply) *wire.TrackReply {
	return &wire.TrackReply{Booking: bookingTo(p.Booking), Events: each(p.Events, func(e TrackEvent) *wire.TrackEvent {
		return &wire.TrackEvent{EventId: e.EventID, At: timeTo(e.At), Code: e.Code, Place: e.Place, RawRef: e.RawRef}
	})}
}
