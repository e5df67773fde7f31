package fault_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/kontorhq/kontor/core/fault"
)

var errStale = fault.New(fault.Conflict, "sourcing.rfq_stale", "{who} changed it first.")

func TestACopyStillMatchesItsDeclarationAndLeavesItAlone(t *testing.T) {
	copied := errStale.With("who", "Li").At(fault.Field{Path: "version", Reason: "stale"}).Because(errors.New("0 rows"))
	wrapped := fmt.Errorf("publish: %w", copied)

	if !errors.Is(wrapped, errStale) {
		t.Fatal("a wrapped copy no longer matches")
	}
	if len(errStale.Fields) != 0 || len(errStale.Args) != 0 {
		t.Fatalf("the declaration was changed: %+v", errStale)
	}
	if got := fault.From(wrapped); got.Args["who"] != "Li" || got.Fields[0].Path != "version" {
		t.Fatalf("the copy lost what it was given: %+v", got)
	}
}

func TestAnUnclassifiedErrorIsInternalAndSilent(t *testing.T) {
	f := fault.From(errors.New("pq: password is hunter2"))
	if f.Kind != fault.Internal || f.Detail != fault.Unclassified.Detail {
		t.Fatalf("got %v %q", f.Kind, f.Detail)
	}
	if fault.From(nil) != nil {
		t.Fatal("nil must stay nil")
	}
}
