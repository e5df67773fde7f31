package aftersalesdb_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/aftersales"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/fulfilment"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

// received ships everything and counts it in with 94 kg of steel and 2 kg of powder missing.
func (w *world) received(t *testing.T) []aftersales.Claim {
	t.Helper()
	s, err := w.Ship(w.AsSeller(), w.order.ID, fulfilment.ShipInput{Carrier: "own lorry"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Receive(w.AsBuyer(), s.ID, fulfilment.ReceiptInput{Lines: []fulfilment.ReceiptLineInput{
		{Line: w.order.Lines[0].ID, Qty: "10", WeighedKg: "5900"}, {Line: w.order.Lines[1].ID, Qty: "23", Lot: "L1"},
	}}); err != nil {
		t.Fatal(err)
	}
	claims, err := w.claims.OfOrder(w.AsBuyer(), w.order.ID)
	if err != nil || len(claims) != 2 {
		t.Fatalf("claims %+v, %v", claims, err)
	}
	return claims
}

func (w *world) line(i int) string {
	s := w.Settled[w.order.Lines[i].ID]
	return s.Qty.String() + " " + s.Sum.Decimal()
}

func TestADifferenceBecomesAClaimAndTheSellersYesLowersTheLine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	claims := w.received(t)
	if w.line(0) != "5.994 TNE 23076.90" || w.line(1) != "25 KGM 1000.00" {
		t.Fatalf("before any decision the lines stand at %s and %s", w.line(0), w.line(1))
	}
	for _, c := range claims {
		if _, err := w.claims.Accept(w.AsSeller(), c.ID, "Agreed."); err != nil {
			t.Fatal(err)
		}
	}
	if w.line(0) != "5.9 TNE 22715.00" || w.line(1) != "23 KGM 920.00" {
		t.Fatalf("granted, the lines stand at %s and %s", w.line(0), w.line(1))
	}
	if diff := cmp.Diff([]string{"claimed", "claimed", "settled"}, w.marks); diff != "" {
		t.Fatal(diff)
	}
	if n, err := w.claims.Undecided(w.System(), w.order.ID); n != 0 || err != nil {
		t.Fatalf("%d undecided, %v", n, err)
	}
	if _, err := w.claims.Accept(w.AsSeller(), claims[0].ID, "Again."); !errors.Is(err, aftersales.ErrDecided) {
		t.Fatalf("granted twice: %v", err)
	}
	told := w.Told(t, w.order.ID)
	if diff := cmp.Diff([]string{"aftersales.claim_accepted.v1", "aftersales.claim_accepted.v1"}, told[len(told)-2:]); diff != "" || len(told) != 6 {
		t.Fatal(told)
	}
}

func TestWhatTheSellerContestsTheOperatorDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	claims := w.received(t)
	steel, powder := claims[0].ID, claims[1].ID
	if _, err := w.claims.Accept(w.asOperator(), steel, "Quick."); !errors.Is(err, aftersales.ErrNotContested) {
		t.Fatalf("the operator decided before the seller answered: %v", err)
	}
	for _, c := range []id.Claim{steel, powder} {
		got, err := w.claims.Reject(w.AsSeller(), c, "Our scale says otherwise.")
		if err != nil || got.State != aftersales.Contested {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	if n, _ := w.claims.Undecided(w.System(), w.order.ID); n != 2 {
		t.Fatalf("escrow would be released over %d contested claims", n)
	}
	if _, err := w.claims.Reject(w.AsSeller(), steel, "No."); !errors.Is(err, aftersales.ErrDecided) {
		t.Fatalf("contested twice: %v", err)
	}
	if _, err := w.claims.Accept(w.asOperator(), steel, "The photographs are clear."); err != nil {
		t.Fatal(err)
	}
	if got, err := w.claims.Reject(w.asOperator(), powder, "No evidence."); err != nil || got.State != aftersales.Rejected {
		t.Fatalf("%+v, %v", got, err)
	}
	if w.line(0) != "5.9 TNE 22715.00" || w.line(1) != "25 KGM 1000.00" {
		t.Fatalf("the lines stand at %s and %s", w.line(0), w.line(1))
	}
	if got := strings.Join(w.marks, " "); got != "claimed claimed settled" {
		t.Fatal(got)
	}
}

func TestABuyerClaimsByHandAndGivesIn(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	in := aftersales.OpenInput{Line: w.order.Lines[0].ID, Kind: aftersales.Damaged, Actual: "9", Note: "One is bent."}
	c, err := w.claims.Open(w.AsBuyer(), w.order.ID, in)
	if err != nil || c.Amount.Decimal() != "2307.69" {
		t.Fatalf("claimed %v, %v", c.Amount, err)
	}
	if _, err := w.claims.Open(w.AsBuyer(), w.order.ID, in); !errors.Is(err, aftersales.ErrAlready) {
		t.Fatalf("claimed twice: %v", err)
	}
	if got, err := w.claims.Withdraw(w.AsBuyer(), c.ID); err != nil || got.State != aftersales.Withdrawn {
		t.Fatalf("%+v, %v", got, err)
	}
	if _, touched := w.Settled[in.Line]; touched {
		t.Fatal("a withdrawn claim changed the order")
	}
	if got := strings.Join(w.marks, " "); got != "claimed settled" {
		t.Fatal(got)
	}
	if _, err := w.claims.Accept(w.AsSeller(), c.ID, "Yes."); !errors.Is(err, aftersales.ErrDecided) {
		t.Fatalf("granted after it was withdrawn: %v", err)
	}
	w.closed = true
	if _, err := w.claims.Open(w.AsBuyer(), w.order.ID, in); !errors.Is(err, aftersales.ErrTooLate) {
		t.Fatalf("claimed after the money was gone: %v", err)
	}
}

func TestWhatIsWrongWithAClaimIsSaidAndNothingKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, c := range []struct {
		want   string
		change func(*aftersales.OpenInput)
	}{
		{"kind unknown", func(in *aftersales.OpenInput) { in.Kind = "ugly" }},
		{"kind unknown", func(in *aftersales.OpenInput) { in.Kind = aftersales.Over }},
		{"note required", func(in *aftersales.OpenInput) { in.Note = " " }},
		{"note malformed", func(in *aftersales.OpenInput) { in.Note = "a\x00" }},
		{"line unknown", func(in *aftersales.OpenInput) { in.Line = id.OrderLine{}.New() }},
		{"actual too_large", func(in *aftersales.OpenInput) { in.Actual = "10" }},
		{"actual negative", func(in *aftersales.OpenInput) { in.Actual = "-1" }},
		{"actual malformed", func(in *aftersales.OpenInput) { in.Actual = "many" }},
		{"actual unit_mismatch", func(in *aftersales.OpenInput) { in.Unit = "KGM" }},
		{"amount too_large", func(in *aftersales.OpenInput) { in.Amount = "23076.91" }},
		{"amount not_positive", func(in *aftersales.OpenInput) { in.Amount = "0" }},
		{"amount malformed", func(in *aftersales.OpenInput) { in.Amount = "1e3" }},
	} {
		in := aftersales.OpenInput{Line: w.order.Lines[0].ID, Kind: aftersales.Damaged, Actual: "9", Note: "bent"}
		c.change(&in)
		_, err := w.claims.Open(w.AsBuyer(), w.order.ID, in)
		f := fault.From(err)
		if !errors.Is(err, aftersales.ErrInvalid) || f.Fields[0].Path+" "+f.Fields[0].Reason != c.want {
			t.Errorf("%s: got %v %v", c.want, err, f.Fields)
		}
	}
	if told := w.Told(t, w.order.ID); len(told) != 0 || len(w.marks) != 0 {
		t.Fatalf("refused claims left %v %v", told, w.marks)
	}
}

// Two claims on one line together never ask for more than the line stands at.
func TestClaimsOnOneLineShareItsWorth(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	line := w.order.Lines[1].ID
	if _, err := w.claims.Open(w.AsBuyer(), w.order.ID, aftersales.OpenInput{Line: line, Kind: aftersales.Damaged, Actual: "0", Amount: "900", Note: "wet"}); err != nil {
		t.Fatal(err)
	}
	second := aftersales.OpenInput{Line: line, Kind: aftersales.Wrong, Actual: "0", Amount: "100.01", Note: "and the wrong grade"}
	if _, err := w.claims.Open(w.AsBuyer(), w.order.ID, second); !errors.Is(err, aftersales.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	second.Amount = ""
	if c, err := w.claims.Open(w.AsBuyer(), w.order.ID, second); err != nil || c.Amount.Decimal() != "100.00" {
		t.Fatalf("claimed %v, %v", c.Amount, err)
	}
}

func TestClaimsAreTheirPartiesBusiness(t *testing.T) {
	t.Parallel()
	w, neighbour := newWorld(t), newWorld(t)
	c := w.received(t)[0]
	other := w.As(w.Other, caller.RoleBuyer, caller.RoleSeller)
	elsewhere := caller.With(context.Background(), caller.Caller{Tenant: neighbour.Tenant, Kind: caller.Person, Org: w.Buyer, Person: id.Person{}.New(), Roles: []string{"buyer"}})
	for name, err := range map[string]error{
		"stranger reads":      second(w.claims.Claim(other, c.ID)),
		"stranger accepts":    second(w.claims.Accept(other, c.ID, "x")),
		"stranger withdraws":  second(w.claims.Withdraw(other, c.ID)),
		"stranger lists":      second(w.claims.OfOrder(other, w.order.ID)),
		"stranger claims":     second(w.claims.Open(other, w.order.ID, aftersales.OpenInput{})),
		"seller claims":       second(w.claims.Open(w.AsSeller(), w.order.ID, aftersales.OpenInput{})),
		"buyer grants":        second(w.claims.Accept(w.AsBuyer(), c.ID, "x")),
		"buyer refuses":       second(w.claims.Reject(w.AsBuyer(), c.ID, "x")),
		"seller withdraws":    second(w.claims.Withdraw(w.AsSeller(), c.ID)),
		"operator withdraws":  second(w.claims.Withdraw(w.asOperator(), c.ID)),
		"other tenant reads":  second(w.claims.Claim(elsewhere, c.ID)),
		"other tenant yields": second(w.claims.Withdraw(elsewhere, c.ID)),
	} {
		if fault.KindOf(err) != fault.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
	for name, c := range map[string]struct {
		ctx    context.Context
		seller bool
		want   int
	}{"buyer": {w.AsBuyer(), false, 2}, "seller": {w.AsSeller(), true, 2}, "seller as buyer": {w.AsSeller(), false, 0}, "operator": {w.asOperator(), false, 2}, "stranger": {other, false, 0}} {
		l, err := w.claims.List(c.ctx, c.seller, "", page.Request{})
		if err != nil || len(l.Items) != c.want {
			t.Errorf("%s lists %d, %v", name, len(l.Items), err)
		}
	}
	l, err := w.claims.List(w.AsBuyer(), false, aftersales.Open, page.Request{Limit: 1})
	if err != nil || len(l.Items) != 1 || l.Next == "" {
		t.Fatalf("first page %+v, %v", l, err)
	}
	if l, err = w.claims.List(w.AsBuyer(), false, aftersales.Open, page.Request{Limit: 1, After: l.Next}); err != nil || len(l.Items) != 1 || l.Next != "" {
		t.Fatalf("second page %+v, %v", l, err)
	}
}

func second[T any](_ T, err error) error { return err }
