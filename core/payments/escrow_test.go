package payments

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/money"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func safe(amount int64) Escrow {
	z := money.Zero("CNY")
	return Escrow{Amount: money.Of(amount, "CNY"), Held: z, Overpaid: z, State: Pending}
}

// Messages come twice, late and out of order; what the provider holds in the end is what
// the books say, and no more than the total lies in the safe.
func TestReceivedMoneyIsCountedOnceWhateverOrderMessagesCome(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := safe(rapid.Int64Range(1, 1e9).Draw(t, "amount"))
		sums := rapid.SliceOfN(rapid.Int64Range(0, 2e9), 1, 10).Draw(t, "sums")
		var into, beyond, most int64
		for _, s := range sums {
			most = max(most, s)
			a, b, err := e.Take(money.Of(s, "CNY"), noon)
			if err != nil {
				t.Fatal(err)
			}
			into, beyond = into+a.Minor, beyond+b.Minor
		}
		if into+beyond != most || into != e.Held.Minor || beyond != e.Overpaid.Minor || e.Held.Minor > e.Amount.Minor {
			t.Fatalf("booked %d + %d of %d, safe %+v", into, beyond, most, e)
		}
		if (e.State == Funded) != (most >= e.Amount.Minor) {
			t.Fatalf("state %s with %d of %v", e.State, most, e.Amount)
		}
	})
}

func TestEmptyingTheSafeGivesEveryCentToSomeone(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := safe(rapid.Int64Range(1, 1e12).Draw(t, "amount"))
		if _, _, err := e.Take(e.Amount, noon); err != nil {
			t.Fatal(err)
		}
		s, err := e.Divide(money.Of(rapid.Int64Range(0, 2e12).Draw(t, "due"), "CNY"), rapid.Int64Range(0, 200_000).Draw(t, "rate"))
		if err != nil || s.ToSeller.Minor < 0 || s.ToBuyer.Minor < 0 || s.Commission.Minor < 0 {
			t.Fatalf("%+v %v", s, err)
		}
		if err := e.Close(s, noon); err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		if err := e.Close(s, noon); !errors.Is(err, ErrNotFunded) {
			t.Fatalf("emptied twice: %v", err)
		}
	})
}

func TestForeignMoneyIsRefused(t *testing.T) {
	e := safe(100)
	if _, _, err := e.Take(money.Of(100, "USD"), noon); !errors.Is(err, ErrCurrency) {
		t.Fatalf("got %v", err)
	}
}
