package work

import (
	"context"
	"testing"
)

type note struct{ what string }

func (n *note) Begun() string                              { return n.what }
func (n *note) Begin(_ context.Context, what string) error { n.what = what; return nil }

func TestARepeatedRequestKnowsWhatItHasBegun(t *testing.T) {
	t.Parallel()
	var n note
	ctx := WithAttempt(t.Context(), &n)
	if Begun(ctx) != "" {
		t.Fatal("something was begun before anything ran")
	}
	if err := Begin(ctx, "shipment 7"); err != nil {
		t.Fatal(err)
	}
	if again := WithAttempt(t.Context(), &n); Begun(again) != "shipment 7" {
		t.Fatalf("the repeat has begun %q", Begun(again))
	}
	if err := Begin(t.Context(), "x"); err != nil || Begun(t.Context()) != "" {
		t.Fatalf("a job is no request, and yet: %q %v", Begun(t.Context()), err)
	}
}
