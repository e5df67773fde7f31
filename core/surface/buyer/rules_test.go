package buyer

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/reads"
)

func TestABudgetShowsWhatAnOrderLeaves(t *testing.T) {
	t.Parallel()
	eur := func(n int64) money.Money { return money.Of(n*100, "EUR") }
	for name, c := range map[string]struct {
		spent, order int64
		counts       bool
		before, left int64
		tone         string
	}{
		"much is left":                         {400, 100, true, 300, 600, "good"},
		"little is left":                       {950, 100, true, 850, 50, "warn"},
		"it is not enough":                     {1100, 300, true, 800, -100, "bad"},
		"a rejected order was taken out again": {400, 100, false, 400, 500, "good"},
	} {
		a := reads.Consent{ApprovalRow: reads.ApprovalRow{Amount: eur(c.order)}, Budget: &reads.Budget{Amount: eur(1000), Spent: eur(c.spent)}, Counts: c.counts}
		b := budgetOf(a)
		if b.Before != eur(c.before) || b.Left != eur(c.left) || b.Tone != c.tone || b.Over != (c.left < 0) {
			t.Errorf("%s: before %v, left %v, %s", name, b.Before, b.Left, b.Tone)
		}
	}
	if budgetOf(reads.Consent{}) != nil {
		t.Error("an order without a cost centre has a budget")
	}
}

// A line may be counted several times: by lot, or sound and damaged apart.
func TestCountsHangUnderTheirLines(t *testing.T) {
	t.Parallel()
	one, two := id.OrderLine{}.New(), id.OrderLine{}.New()
	m := &receivePage{Lines: []expected{{ID: one, Qty: quantity.Of(10, quantity.Piece)}, {ID: two, Qty: quantity.Of(4, quantity.Drum), Lots: []string{"A", "B"}}}}
	m.begin()
	m.Rows = append(m.Rows, countRow{Line: one.String(), Found: "damaged"}, countRow{Line: "of another shipment"})
	m.arrange()
	m.asSent()
	var got [][]int
	for _, l := range m.Lines {
		var rows []int
		for _, r := range l.Rows {
			rows = append(rows, r.Index)
		}
		got = append(got, rows)
	}
	if d := cmp.Diff([][]int{{0, 3}, {1, 2}}, got); d != "" {
		t.Errorf("rows by line (-want +got):\n%s", d)
	}
	for _, r := range m.Rows {
		if r.Qty != "" {
			t.Errorf("row %d was filled in though its line is counted in parts", r.Index)
		}
	}
	m.Rows = m.Rows[:1]
	m.arrange()
	if m.asSent(); m.Rows[0].Qty != "10" {
		t.Errorf("one count of ten pieces was filled in with %q", m.Rows[0].Qty)
	}
}

func TestNumbersMayBeGrouped(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{" 1,250.50 ": "1250.50", "12": "12", "": "", "twelve": "twelve"} {
		if got := number(in); got != want {
			t.Errorf("%q became %q", in, got)
		}
	}
}
