package work

import (
	"context"
	"testing"
)

func TestWhatWaitsForACommitRunsOnceAndOnlyThen(t *testing.T) {
	t.Parallel()
	n := 0
	ctx := Mark(context.Background())
	After(ctx, func() { n++ })
	if n != 0 {
		t.Fatal("ran before the commit")
	}
	Committed(ctx)
	Committed(ctx)
	if n != 1 {
		t.Fatalf("ran %d times, want once", n)
	}
	After(context.Background(), func() { n++ })
	if n != 2 {
		t.Fatal("outside a unit there is nothing to wait for")
	}
}
