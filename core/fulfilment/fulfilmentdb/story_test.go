package fulfilmentdb_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/fulfilment/fulfilmenttest"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/core/work/worktest"
)

func world(t *testing.T) *fulfilmenttest.World { return fulfilmenttest.New(t, pgtest.New(t)) }

func ship(t *testing.T, w *fulfilmenttest.World, o fulfilment.Order, in fulfilment.ShipInput) fulfilment.Shipment {
	t.Helper()
	s, err := w.Ship(w.AsSeller(), o.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func lorry(lines ...fulfilment.ShipLineInput) fulfilment.ShipInput {
	return fulfilment.ShipInput{Carrier: "own lorry", Vehicle: "皖E12345", Lines: lines}
}

func count(o fulfilment.Order, beams, kg, powder string) fulfilment.ReceiptInput {
	return fulfilment.ReceiptInput{Lines: []fulfilment.ReceiptLineInput{{Line: o.Lines[0].ID, Qty: beams, WeighedKg: kg}, {Line: o.Lines[1].ID, Qty: powder, Lot: "L1"}}}
}

func TestGoodsAreShippedWeighedAndSettled(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	s := ship(t, w, o, lorry())
	got, _, err := w.Shipment(w.AsBuyer(), s.ID)
	if err != nil || got.State != fulfilment.Shipped || len(got.Lines) != 2 || got.Vehicle != "皖E12345" {
		t.Fatalf("sent %+v, %v", got, err)
	}
	for _, l := range got.Lines {
		if l.Line == o.Lines[1].ID && cmp.Diff([]string{"L1"}, l.Lots) != "" {
			t.Fatalf("the powder's lot is %v", l.Lots)
		}
	}
	r, err := w.Receive(w.AsBuyer(), s.ID, count(o, "10", "5990", "25"))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Differences) != 0 || w.Settled[o.Lines[0].ID].Sum.Decimal() != "23061.50" || w.Settled[o.Lines[1].ID].Sum.Decimal() != "1000.00" {
		t.Fatalf("settled %v, differences %v", w.Settled, r.Differences)
	}
	if diff := cmp.Diff([]string{"shipped whole=true", "received last=true"}, w.Marks); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]string{"fulfilment.shipment_sent.v1", "fulfilment.shipment_received.v1"}, w.Told(t, o.ID)); diff != "" {
		t.Fatal(diff)
	}
	_, loads, receipts, err := w.OfOrder(w.AsSeller(), o.ID)
	if err != nil || len(loads) != 1 || loads[0].State != fulfilment.Received || len(receipts) != 1 || len(receipts[0].Lines) != 2 {
		t.Fatalf("kept %+v %+v %v", loads, receipts, err)
	}
}

func TestPartialLoadsAndNothingBeyondTheOrder(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	line := o.Lines[0].ID
	first := ship(t, w, o, lorry(fulfilment.ShipLineInput{Line: line, Qty: "4"}))
	for name, in := range map[string]fulfilment.ShipInput{
		"lines[0].qty too_large":     lorry(fulfilment.ShipLineInput{Line: line, Qty: "7"}),
		"lines[0].qty not_positive":  lorry(fulfilment.ShipLineInput{Line: line, Qty: "-1"}),
		"lines[0].qty malformed":     lorry(fulfilment.ShipLineInput{Line: line, Qty: "99999999999999999999"}),
		"lines[0].qty unit_mismatch": lorry(fulfilment.ShipLineInput{Line: line, Qty: "1", Unit: "TNE"}),
		"lines[0].line unknown":      lorry(fulfilment.ShipLineInput{Line: id.OrderLine{}.New(), Qty: "1"}),
		"lines[1].line repeated":     lorry(fulfilment.ShipLineInput{Line: line, Qty: "1"}, fulfilment.ShipLineInput{Line: line, Qty: "1"}),
		"lines[0].lots not_held":     lorry(fulfilment.ShipLineInput{Line: o.Lines[1].ID, Lots: []string{"L9"}}),
		"carrier required":           {},
		"eta past":                   {Carrier: "x", ETA: "2026-01-01"},
		"vehicle malformed":          {Carrier: "x", Vehicle: "a\x00b"},
	} {
		_, err := w.Ship(w.AsSeller(), o.ID, in)
		f := fault.From(err)
		if !errors.Is(err, fulfilment.ErrShipInvalid) || f.Fields[0].Path+" "+f.Fields[0].Reason != name {
			t.Errorf("%s: got %v %v", name, err, f.Fields)
		}
	}
	second := ship(t, w, o, lorry())
	if _, err := w.Ship(w.AsSeller(), o.ID, lorry()); !errors.Is(err, fulfilment.ErrNotShippable) {
		t.Fatalf("sent more than was ordered: %v", err)
	}
	if _, err := w.Receive(w.AsBuyer(), first.ID, fulfilment.ReceiptInput{Lines: []fulfilment.ReceiptLineInput{{Line: line, Qty: "4", WeighedKg: "2397.6"}}}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Receive(w.AsBuyer(), second.ID, count(o, "6", "3596.4", "25")); err != nil {
		t.Fatal(err)
	}
	if got := w.Settled[line]; got.Sum.Decimal() != "23076.90" || got.Qty.String() != "5.994 TNE" {
		t.Fatalf("two loads come to %v for %v", got.Sum, got.Qty)
	}
	want := []string{"shipped whole=false", "shipped whole=true", "received last=false", "received last=true"}
	if diff := cmp.Diff(want, w.Marks); diff != "" {
		t.Fatal(diff)
	}
}

func TestAFinalLoadClosesTheOrderAndOwesNothingForTheRest(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	in := lorry(fulfilment.ShipLineInput{Line: o.Lines[1].ID})
	in.Final = true
	s := ship(t, w, o, in)
	if _, err := w.Receive(w.AsBuyer(), s.ID, fulfilment.ReceiptInput{Lines: []fulfilment.ReceiptLineInput{{Line: o.Lines[1].ID, Qty: "25", Lot: "L1"}}}); err != nil {
		t.Fatal(err)
	}
	if got := w.Settled[o.Lines[0].ID]; got.Sum.Minor != 0 || got.Qty.Micro != 0 {
		t.Fatalf("beams that never left are owed for: %v", got)
	}
	if diff := cmp.Diff([]string{"released 1", "shipped whole=true", "received last=true"}, w.Marks); diff != "" {
		t.Fatal(diff)
	}
}

func TestACarrierIsBookedOnceAndOutsideTheTransaction(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	offers, err := w.Rates(w.AsSeller(), o.ID, "")
	if err != nil || len(offers) != 1 {
		t.Fatalf("offers %v, %v", offers, err)
	}
	s := ship(t, w, o, fulfilment.ShipInput{Plugin: "freight", OfferID: "road"})
	if s.State != fulfilment.Shipped || s.Tracking != "DP123" || s.Carrier != "Deppon" || s.Booking.MassKg != 6_019_000_000 || len(w.Books) != 1 {
		t.Fatalf("booked %+v, asked %v", s, w.Books)
	}
	if diff := cmp.Diff([]string{"fulfilment.shipment_prepared.v1", "fulfilment.shipment_sent.v1"}, w.Told(t, o.ID)); diff != "" {
		t.Fatal(diff)
	}
}

// A carrier that does not answer has perhaps taken the load: its goods stay set aside,
// and the job finishes it with the same key.
func TestACarrierThatDoesNotAnswerIsAskedAgain(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	w.BookErr = fault.New(fault.Unavailable, "plugin.unavailable", "No answer.")
	if _, err := w.Ship(w.AsSeller(), o.ID, fulfilment.ShipInput{OfferID: "road"}); !errors.Is(err, fulfilment.ErrCarrierUndecided) {
		t.Fatalf("got %v", err)
	}
	if _, err := w.Ship(w.AsSeller(), o.ID, lorry()); fault.KindOf(err) == fault.Internal || err == nil {
		t.Fatalf("the same goods went twice: %v", err)
	}
	w.BookErr = nil
	if n, err := w.Resume(w.System()); n != 0 || err != nil {
		t.Fatalf("resumed %d while the request may still be at work, %v", n, err)
	}
	w.Wait(2 * time.Minute)
	if n, err := w.Resume(w.System()); n != 1 || err != nil {
		t.Fatalf("resumed %d, %v", n, err)
	}
	if w.Books[0] != w.Books[1] {
		t.Fatalf("two keys for one load: %v", w.Books)
	}
	_, loads, _, err := w.OfOrder(w.AsSeller(), o.ID)
	if err != nil || len(loads) != 1 || loads[0].State != fulfilment.Shipped {
		t.Fatalf("%+v, %v", loads, err)
	}
}

// request is one that a client repeats with its key.
// The carrier does not answer, the client is told to come again, and does: the same load
// goes on its way. And when the answers were lost, they are the same the second time.
func TestARepeatedRequestGoesOnWithItsLoad(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	ctx := work.WithAttempt(w.AsSeller(), &worktest.Request{})
	w.BookErr = fault.New(fault.Unavailable, "plugin.unavailable", "No answer.")
	if _, err := w.Ship(ctx, o.ID, fulfilment.ShipInput{OfferID: "road"}); !errors.Is(err, fulfilment.ErrCarrierUndecided) {
		t.Fatalf("got %v", err)
	}
	w.BookErr = nil
	first, err := w.Ship(ctx, o.ID, fulfilment.ShipInput{OfferID: "road"})
	if err != nil || first.State != fulfilment.Shipped {
		t.Fatalf("%+v, %v", first, err)
	}
	again, err := w.Ship(ctx, o.ID, fulfilment.ShipInput{OfferID: "road"})
	if err != nil || again.ID != first.ID || len(w.Books) != 2 || w.Books[0] != w.Books[1] {
		t.Fatalf("%+v, %v, asked with %v", again, err, w.Books)
	}
	buyer := work.WithAttempt(w.AsBuyer(), &worktest.Request{})
	in := count(o, "10", "5990", "25")
	counted, err := w.Receive(buyer, first.ID, in)
	if err != nil {
		t.Fatal(err)
	}
	repeated, err := w.Receive(buyer, first.ID, in)
	if err != nil || repeated.Receipt.ID != counted.Receipt.ID || len(repeated.Settled) != len(counted.Settled) {
		t.Fatalf("%+v, then %+v (%v)", counted, repeated, err)
	}
}

func TestACarrierThatRefusesFreesTheGoods(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	w.BookErr = fault.New(fault.Gone, "freight.offer_expired", "The offer has expired.")
	if _, err := w.Ship(w.AsSeller(), o.ID, fulfilment.ShipInput{OfferID: "road"}); !errors.Is(err, fulfilment.ErrCarrierRefused) {
		t.Fatalf("got %v", err)
	}
	if len(w.Marks) != 0 {
		t.Fatalf("ordering was told %v", w.Marks)
	}
	if diff := cmp.Diff([]string{"fulfilment.shipment_prepared.v1", "fulfilment.shipment_abandoned.v1"}, w.Told(t, o.ID)); diff != "" {
		t.Fatal(diff)
	}
	ship(t, w, o, lorry())
}

// A request that is repeated while the first one's question is still open hears that it is
// being done: the load stays set aside, and goes when the carrier's word is known.
func TestACarrierWhoIsJustBeingAskedRefusesNothing(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	seller := work.WithAttempt(w.AsSeller(), &worktest.Request{})
	w.BookErr = fault.New(fault.Conflict, "plugin.in_progress", "This is being done already.")
	if _, err := w.Ship(seller, o.ID, fulfilment.ShipInput{OfferID: "road"}); !errors.Is(err, fulfilment.ErrCarrierUndecided) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{"fulfilment.shipment_prepared.v1"}, w.Told(t, o.ID)); diff != "" {
		t.Fatal(diff)
	}
	w.BookErr = nil
	if s, err := w.Ship(seller, o.ID, fulfilment.ShipInput{OfferID: "road"}); err != nil || s.State != fulfilment.Shipped {
		t.Fatalf("%+v, %v", s, err)
	}
}

func TestReceivingTwiceIsAConflict(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	s := ship(t, w, o, lorry())
	errs := make([]error, 5)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() { _, errs[i] = w.Receive(w.AsBuyer(), s.ID, count(o, "10", "5994", "25")) })
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		if err == nil {
			won++
		} else if fault.KindOf(err) != fault.Conflict {
			t.Errorf("got %v", err)
		}
	}
	var receipts int
	if err := w.DB.Ops(t).QueryRow(context.Background(), `SELECT count(*) FROM fulfilment_receipts WHERE tenant_id = $1`, w.Tenant.UUID()).Scan(&receipts); err != nil {
		t.Fatal(err)
	}
	if won != 1 || receipts != 1 || len(w.Told(t, o.ID)) != 2 {
		t.Fatalf("%d won, %d receipts, told %v", won, receipts, w.Told(t, o.ID))
	}
}

func TestWhatIsWrongWithAReceiptIsSaidAndNothingKept(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	s := ship(t, w, o, lorry())
	for _, c := range []struct {
		want   string
		change func(*fulfilment.ReceiptInput)
	}{
		{"lines missing", func(r *fulfilment.ReceiptInput) { r.Lines = r.Lines[:1] }},
		{"lines[0].weighed_kg required", func(r *fulfilment.ReceiptInput) { r.Lines[0].WeighedKg = "" }},
		{"lines[0].weighed_kg malformed", func(r *fulfilment.ReceiptInput) { r.Lines[0].WeighedKg = "-5" }},
		{"lines[0].weighed_kg malformed", func(r *fulfilment.ReceiptInput) { r.Lines[0].WeighedKg = "9999999999999" }},
		{"lines[0].qty too_large", func(r *fulfilment.ReceiptInput) { r.Lines[0].Qty = "1000" }},
		{"lines[0].qty unit_mismatch", func(r *fulfilment.ReceiptInput) { r.Lines[0].Unit = "KGM" }},
		{"lines[0].lot unexpected", func(r *fulfilment.ReceiptInput) { r.Lines[0].Lot = "L1" }},
		{"lines[1].lot required", func(r *fulfilment.ReceiptInput) { r.Lines[1].Lot = "" }},
		{"lines[1].lot not_shipped", func(r *fulfilment.ReceiptInput) { r.Lines[1].Lot = "L2" }},
		{"lines[1].line unknown", func(r *fulfilment.ReceiptInput) { r.Lines[1].Line = id.OrderLine{}.New() }},
		{"lines[2].line repeated", func(r *fulfilment.ReceiptInput) { r.Lines = append(r.Lines, r.Lines[0]) }},
	} {
		in := count(o, "10", "5994", "25")
		c.change(&in)
		_, err := w.Receive(w.AsBuyer(), s.ID, in)
		f := fault.From(err)
		if !errors.Is(err, fulfilment.ErrReceiptInvalid) || f.Fields[0].Path+" "+f.Fields[0].Reason != c.want {
			t.Errorf("%s: got %v %v", c.want, err, f.Fields)
		}
	}
	if diff := cmp.Diff([]string{"fulfilment.shipment_sent.v1"}, w.Told(t, o.ID)); diff != "" {
		t.Fatal(diff)
	}
}

func TestADifferenceBeyondTheToleranceIsClaimed(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	s := ship(t, w, o, lorry())
	in := count(o, "10", "5900", "20")
	in.Lines = append(in.Lines, fulfilment.ReceiptLineInput{Line: o.Lines[1].ID, Qty: "3", Lot: "L1", Damaged: true, Note: "wet"})
	if _, err := w.Receive(w.AsBuyer(), s.ID, in); err != nil {
		t.Fatal(err)
	}
	got := map[fulfilment.Kind]string{}
	for _, d := range w.Opened {
		got[d.Kind] = d.Amount.Decimal()
	}
	// 94 kg of steel at 3850 a tonne; 2 kg of powder missing and 3 kg wet at 40 a kilogram.
	if diff := cmp.Diff(map[fulfilment.Kind]string{fulfilment.DiffWeight: "361.90", fulfilment.DiffShort: "80.00", fulfilment.DiffDamaged: "120.00"}, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestAnOrderOfOthersDoesNotExist(t *testing.T) {
	t.Parallel()
	w, neighbour := world(t), world(t)
	o := w.Order(t)
	s := ship(t, w, o, lorry())
	other := w.As(w.Other, caller.RoleSeller)
	elsewhere := caller.With(context.Background(), caller.Caller{Tenant: neighbour.Tenant, Kind: caller.Person, Org: w.Buyer, Person: id.Person{}.New(), Roles: []string{"buyer", "seller"}})
	for name, err := range map[string]error{
		"buyer ships":       second(w.Ship(w.AsBuyer(), o.ID, lorry())),
		"stranger ships":    second(w.Ship(other, o.ID, lorry())),
		"stranger rates":    second(w.Rates(other, o.ID, "")),
		"seller receives":   second(w.Receive(w.AsSeller(), s.ID, count(o, "10", "5994", "25"))),
		"stranger receives": second(w.Receive(other, s.ID, count(o, "10", "5994", "25"))),
		"other tenant":      second(w.Receive(elsewhere, s.ID, count(o, "10", "5994", "25"))),
		"no such order":     second(w.Ship(w.AsSeller(), id.Order{}.New(), lorry())),
	} {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, _, err := w.Shipment(elsewhere, s.ID); !errors.Is(err, fulfilment.ErrNotFound) {
		t.Errorf("read across tenants: %v", err)
	}
	if _, _, err := w.Shipment(other, s.ID); !errors.Is(err, fulfilment.ErrNotFound) {
		t.Errorf("read by a stranger: %v", err)
	}
}

func TestTheGateIsAskedBeforeGoodsMove(t *testing.T) {
	t.Parallel()
	w := world(t)
	o := w.Order(t)
	w.Refused[fulfilment.ActionShip] = true
	if _, err := w.Ship(w.AsSeller(), o.ID, lorry()); !errors.Is(err, fulfilmenttest.ErrRefused) {
		t.Fatalf("got %v", err)
	}
	delete(w.Refused, fulfilment.ActionShip)
	s := ship(t, w, o, lorry())
	w.Refused[fulfilment.ActionReceive] = true
	if _, err := w.Receive(w.AsBuyer(), s.ID, count(o, "10", "5994", "25")); !errors.Is(err, fulfilmenttest.ErrRefused) {
		t.Fatalf("got %v", err)
	}
	if diff := cmp.Diff([]string{"fulfilment.shipment_sent.v1"}, w.Told(t, o.ID)); diff != "" {
		t.Fatal(diff)
	}
}

func second[T any](_ T, err error) error { return err }
