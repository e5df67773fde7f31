package ledger_test

import (
	"errors"
	"testing"

	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/ledger"
	"github.com/kontorhq/kontor/core/money"
)

func TestAnEntryMustBalanceInEveryCurrency(t *testing.T) {
	yuan, dollars := money.Of(100, "CNY"), money.Of(100, "USD")
	for name, tc := range map[string]struct {
		postings []ledger.Posting
		want     error
	}{
		"balanced":           {[]ledger.Posting{ledger.Debit(ledger.Bank, yuan), ledger.Credit(ledger.Escrow, yuan)}, nil},
		"one leg":            {[]ledger.Posting{ledger.Debit(ledger.Bank, yuan)}, ledger.ErrUnbalanced},
		"other currency":     {[]ledger.Posting{ledger.Debit(ledger.Bank, yuan), ledger.Credit(ledger.Escrow, dollars)}, ledger.ErrUnbalanced},
		"nothing moves":      {[]ledger.Posting{ledger.Debit(ledger.Bank, money.Zero("CNY")), ledger.Credit(ledger.Escrow, money.Zero("CNY"))}, ledger.ErrUnbalanced},
		"no postings at all": {nil, ledger.ErrUnbalanced},
	} {
		t.Run(name, func(t *testing.T) {
			if err := (ledger.Entry{Postings: tc.postings}).Check(); !errors.Is(err, tc.want) {
				t.Fatalf("got %v, want %v", err, tc.want)
			}
		})
	}
}

func TestAReversalAndItsEntryAddUpToNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := money.Of(rapid.Int64Range(1, 1e14).Draw(t, "minor"), "CNY")
		e := ledger.Entry{Kind: "x", Postings: []ledger.Posting{ledger.Debit(ledger.Bank, m), ledger.Credit(ledger.Escrow, m)}}
		r := e.Reverse("x_reversed", "")
		for i := range e.Postings {
			if e.Postings[i].Amount.Minor+r.Postings[i].Amount.Minor != 0 {
				t.Fatal("a leg was left standing")
			}
		}
		if r.Check() != nil {
			t.Fatal("the reversal does not balance")
		}
	})
}
