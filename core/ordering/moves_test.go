package ordering

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func fresh() Order {
	return Order{State: Placed, Payment: PaymentNone, Fulfilment: NotShipped, Aftersale: NoClaim}
}

var moves = map[string]func(*Order) error{
	"approve": (*Order).Approve, "accept": func(o *Order) error { return o.Accept(noon) }, "decline": (*Order).Decline, "cancel": (*Order).Cancel,
	"begin": (*Order).PaymentBegun, "fund": (*Order).Funded, "refund": (*Order).Refunded, "ship part": func(o *Order) error { return o.Ship(false) },
	"ship": func(o *Order) error { return o.Ship(true) }, "receive": func(o *Order) error { return o.Receive(true) },
	"claim": (*Order).Claim, "settle": (*Order).Settle, "release": func(o *Order) error { return o.Release(noon) },
}

func TestTheWholeWayFromPlacedToCompleted(t *testing.T) {
	o := fresh()
	for _, m := range []string{"begin", "accept", "fund", "ship part", "ship", "receive", "claim", "settle", "release"} {
		if err := moves[m](&o); err != nil {
			t.Fatalf("%s: %v", m, err)
		}
	}
	if o.State != Completed || o.Payment != PaymentReleased || o.CompletedAt != noon {
		t.Fatalf("ended as %+v", o)
	}
}

// Whatever moves people try in whatever order, goods never leave unpaid, money never
// leaves before the goods came or while a claim is open, and a refused move changes nothing.
func TestNoOrderOfMovesBreaksTheRules(t *testing.T) {
	names := make([]string, 0, len(moves))
	for n := range moves {
		names = append(names, n)
	}
	rapid.Check(t, func(t *rapid.T) {
		o := fresh()
		if rapid.Bool().Draw(t, "waits for approval") {
			o.State = AwaitingApproval
		}
		for range 40 {
			was := o
			m := rapid.SampledFrom(names).Draw(t, "move")
			err := moves[m](&o)
			switch {
			case err != nil && !errors.Is(err, ErrMove):
				t.Fatalf("%s: %v", m, err)
			case err != nil && (o.State != was.State || o.Payment != was.Payment || o.Fulfilment != was.Fulfilment || o.Aftersale != was.Aftersale):
				t.Fatalf("refused %s changed the order", m)
			case o.Fulfilment != NotShipped && o.Payment == PaymentNone:
				t.Fatal("goods left unpaid")
			case o.Payment == PaymentReleased && (o.Fulfilment != Received || o.Aftersale == Claimed):
				t.Fatal("money left too early")
			case (o.State == Declined || o.State == Cancelled) && o.Fulfilment != NotShipped:
				t.Fatal("an order ended with goods on the road")
			}
		}
	})
}

func TestAmountsAddUpAndWeighingNeverCostsMoreThanWasAgreed(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		o := Order{
			Currency: "CNY", TaxRateMicro: rapid.Int64Range(0, 250_000).Draw(t, "tax"), Discount: money.Zero("CNY"),
			Freight: money.Of(rapid.Int64Range(0, 1e7).Draw(t, "freight"), "CNY"),
		}
		for range rapid.IntRange(1, 5).Draw(t, "lines") {
			sum := money.Of(rapid.Int64Range(0, 1e11).Draw(t, "settled"), "CNY")
			o.Lines = append(o.Lines, Line{Goods: money.Of(rapid.Int64Range(1, 1e11).Draw(t, "goods"), "CNY"), SettledQty: &quantity.Quantity{}, SettledSum: &sum})
		}
		if err := o.sum(); err != nil {
			t.Fatal(err)
		}
		if o.Total.Minor != o.Goods.Minor-o.Discount.Minor+o.Freight.Minor+o.Tax.Minor {
			t.Fatalf("%+v does not add up", o)
		}
		due, err := o.SettledTotal()
		if err != nil || due.Minor > o.Total.Minor {
			t.Fatalf("due %v of %v (%v)", due, o.Total, err)
		}
	})
}

func TestApprovalsTakeAnotherPersonWithEnoughLimit(t *testing.T) {
	asker, boss := id.Person{}.New(), id.Person{}.New()
	low, enough := int64(99_99), int64(100_00)
	for name, tc := range map[string]struct {
		by    id.Person
		yes   bool
		limit *int64
		note  string
		state Decision
		want  error
	}{
		"within the limit":      {boss, true, &enough, "", Pending, nil},
		"no limit at all":       {boss, true, nil, "", Pending, nil},
		"one cent too much":     {boss, true, &low, "", Pending, ErrApproveLimit},
		"his own order":         {asker, true, nil, "", Pending, ErrOwnApproval},
		"decided before":        {boss, true, nil, "", Rejected, ErrDecided},
		"a no without a reason": {boss, false, nil, "", Pending, ErrNote},
		"a no needs no limit":   {boss, false, &low, "too dear", Pending, nil},
	} {
		t.Run(name, func(t *testing.T) {
			a := Approval{State: tc.state, RequestedBy: asker, Amount: money.Of(100_00, "EUR")}
			if err := a.Decide(tc.by, tc.yes, tc.limit, tc.note, noon); !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
			if tc.want != nil && a.State != tc.state {
				t.Fatal("a refused decision was recorded")
			}
		})
	}
}
