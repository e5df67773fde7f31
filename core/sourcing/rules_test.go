package sourcing

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/quantity"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func TestPublishing(t *testing.T) {
	t.Parallel()
	lines, sellers := []Line{{}}, []Invitation{{}}
	for _, c := range []struct {
		name string
		rfq  RFQ
		want error
	}{
		{"a draft with lines, sellers and time opens", RFQ{State: Draft, Lines: lines, Sellers: sellers, ClosesAt: noon.Add(time.Hour)}, nil},
		{"nothing to price", RFQ{State: Draft, Sellers: sellers, ClosesAt: noon.Add(time.Hour)}, ErrNoLines},
		{"nobody to ask", RFQ{State: Draft, Lines: lines, ClosesAt: noon.Add(time.Hour)}, ErrNoSellers},
		{"closing now is too late", RFQ{State: Draft, Lines: lines, Sellers: sellers, ClosesAt: noon}, ErrClosesInPast},
		{"twice", RFQ{State: Published, Lines: lines, Sellers: sellers, ClosesAt: noon.Add(time.Hour)}, ErrNotDraft},
	} {
		got := c.rfq
		if err := got.Publish("RFQ-2026-000001", noon); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
		}
		if c.want != nil && got.State != c.rfq.State {
			t.Errorf("%s: refused, and yet it moved to %s", c.name, got.State)
		}
	}
}

func TestARequestEndsOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		r := RFQ{State: Draft, Lines: []Line{{}}, Sellers: []Invitation{{}}, ClosesAt: noon.Add(time.Hour)}
		legal := map[State][]State{Draft: {Published, Cancelled}, Published: {Evaluating, Expired, Cancelled, Awarded}, Evaluating: {Awarded, Cancelled, Expired}}
		now := noon
		for range rapid.IntRange(1, 12).Draw(t, "steps") {
			was := r.State
			now = now.Add(time.Duration(rapid.IntRange(0, 60).Draw(t, "minutes")) * time.Minute)
			switch rapid.SampledFrom([]string{"publish", "close", "close empty", "run out", "cancel", "award"}).Draw(t, "move") {
			case "publish":
				_ = r.Publish("n", now)
			case "close":
				_ = r.Close(1)
			case "close empty":
				_ = r.Close(0)
			case "run out":
				_ = r.RunOut()
			case "cancel":
				_ = r.Cancel("")
			case "award":
				_ = r.award(now)
			}
			ok := r.State == was
			for _, to := range legal[was] {
				ok = ok || r.State == to
			}
			if !ok {
				t.Fatalf("%s became %s", was, r.State)
			}
			if was == Published && r.State == Awarded && now.Before(r.ClosesAt) {
				t.Fatal("awarded while sellers could still quote")
			}
		}
	})
}

// beam is one line of ten H-beams of 599.4 kg.
var beam = Line{ID: id.RFQLine{}.New(), Position: 1, Qty: quantity.Of(10, quantity.Piece)}

func quoteOf(seller byte, lines ...QuoteLine) Quote {
	return Quote{
		ID: id.Quote{}.New(), Seller: id.Org{seller}, State: Submitted, Number: 1, Currency: "CNY", Freight: money.Zero("CNY"),
		ValidUntil: noon.Add(time.Hour), Lines: lines,
	}
}

func byTonne(l Line, yuan int64) QuoteLine {
	return QuoteLine{
		Line: l.ID, Qty: l.Qty, Price: money.Price{Micro: yuan * quantity.Scale, Currency: "CNY", Per: quantity.Tonne},
		Basis: Theoretical, MeasureUnit: quantity.Piece, KgPerUnitMicro: 599_400_000,
	}
}

func byPiece(l Line, yuan int64) QuoteLine {
	return QuoteLine{Line: l.ID, Qty: l.Qty, Price: money.Price{Micro: yuan * quantity.Scale, Currency: "CNY", Per: quantity.Piece}, Basis: ByPiece}
}

func TestAPriceByTheTonneAndOneByThePieceCompareAtTheGate(t *testing.T) {
	t.Parallel()
	tonne := quoteOf(1, byTonne(beam, 3850)) // 5.994 t × 3850 = 23076.90
	tonne.Freight, tonne.TaxRateMicro = money.Of(80_000, "CNY"), 130_000
	piece := quoteOf(2, byPiece(beam, 2400)) // 24000.00, delivered and taxed less
	piece.TaxRateMicro = 130_000
	got, err := compare(RFQ{Lines: []Line{beam}}, []Quote{piece, tonne}, nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	cells := got.Rows[0].Cells
	if got.Columns[0].Quote.ID != tonne.ID || cells[0].Landed.Decimal() != "26980.90" || cells[1].Landed.Decimal() != "27120.00" {
		t.Fatalf("landed %v and %v", cells[0].Landed, cells[1].Landed)
	}
	if cells[0].PerUnit.Decimal() != "2698.09" || cells[0].PerUnit.Per != quantity.Piece {
		t.Fatalf("one beam lands at %v", cells[0].PerUnit)
	}
	if diff := cmp.Diff([]Mark{LowestLanded, Fastest}, cells[0].Marks); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]Mark{AllLines, BestTotal}, got.Columns[0].Marks); diff != "" {
		t.Fatal(diff)
	}
}

func TestFreightCanTurnTheOrderAndAnExpiredQuoteIsNeverBest(t *testing.T) {
	t.Parallel()
	cheap := quoteOf(1, byPiece(beam, 100))
	cheap.Freight = money.Of(1_000_000, "CNY")
	near := quoteOf(2, byPiece(beam, 110))
	gone := quoteOf(3, byPiece(beam, 1))
	gone.ValidUntil = noon
	got, err := compare(RFQ{Lines: []Line{beam}}, []Quote{cheap, near, gone}, nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	var order []byte
	for _, c := range got.Columns {
		order = append(order, c.Quote.Seller[0])
	}
	if diff := cmp.Diff([]byte{2, 1, 3}, order); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff([]Mark{RanOut}, got.Columns[2].Marks); diff != "" {
		t.Fatal(diff)
	}
	if len(got.Rows[0].Cells[2].Marks) != 0 {
		t.Fatalf("an expired price stands out: %v", got.Rows[0].Cells[2].Marks)
	}
}

func TestLinesOfAQuoteAddUpToItsTotal(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		q := quoteOf(1)
		q.Freight, q.TaxRateMicro = money.Of(rapid.Int64Range(0, maxLineMinor).Draw(t, "freight"), "CNY"), rapid.Int64Range(0, quantity.Scale-1).Draw(t, "tax")
		for range rapid.IntRange(1, 20).Draw(t, "lines") {
			q.Lines = append(q.Lines, QuoteLine{
				Qty:   quantity.Quantity{Micro: rapid.Int64Range(1, 1e12).Draw(t, "qty"), Unit: quantity.Piece},
				Price: money.Price{Micro: rapid.Int64Range(1, 1e10).Draw(t, "price"), Currency: "CNY", Per: quantity.Piece},
			})
		}
		lines, sum, err := q.Landed()
		if err != nil {
			t.Fatal(err)
		}
		total := money.Zero("CNY")
		for _, l := range lines {
			if total, err = total.Add(l.Total); err != nil {
				t.Fatal(err)
			}
		}
		if total != sum.Total {
			t.Fatalf("lines come to %v, the quote to %v", total, sum.Total)
		}
	})
}

func TestAwarding(t *testing.T) {
	t.Parallel()
	low, high := quoteOf(1, byPiece(beam, 100)), quoteOf(2, byPiece(beam, 120))
	half := quoteOf(3, byPiece(beam, 90))
	half.Lines[0].Qty = quantity.Of(4, quantity.Piece)
	stale := quoteOf(4, byPiece(beam, 50))
	stale.ValidUntil = noon
	table, err := compare(RFQ{ID: id.RFQ{}.New(), Lines: []Line{beam}}, []Quote{low, high, half, stale}, nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	pick := func(q Quote, qty string) AwardLineInput { return AwardLineInput{Line: beam.ID, Quote: q.ID, Qty: qty} }
	for _, c := range []struct {
		name   string
		in     []AwardLineInput
		reason string
		want   error
		field  string
	}{
		{"the cheapest first, the next for the rest", []AwardLineInput{pick(half, ""), pick(low, "6")}, "", nil, ""},
		{"part of what was asked for", []AwardLineInput{pick(half, "4")}, "", nil, ""},
		{"a dearer one needs a reason", []AwardLineInput{pick(high, "")}, "", ErrReasonMissing, "reason"},
		{"a dearer one with its reason", []AwardLineInput{pick(high, "")}, "Only they can roll it this month.", nil, ""},
		{"the dearer before the cheaper is full", []AwardLineInput{pick(half, "3"), pick(low, "6")}, "", ErrReasonMissing, "reason"},
		{"more than was asked for, in two halves", []AwardLineInput{pick(half, ""), pick(low, "7")}, "", ErrAwardInvalid, "lines[1].qty"},
		{"more than the seller offers", []AwardLineInput{pick(half, "5")}, "", ErrAwardInvalid, "lines[0].qty"},
		{"a quote that ran out", []AwardLineInput{pick(stale, "")}, "cheap", ErrAwardInvalid, "lines[0].quote"},
		{"the same quote twice", []AwardLineInput{pick(low, "1"), pick(low, "2")}, "", ErrAwardInvalid, "lines[1].quote"},
		{"somebody else's quote", []AwardLineInput{{Line: beam.ID, Quote: id.Quote{}.New()}}, "", ErrAwardInvalid, "lines[0].quote"},
		{"a line nobody asked for", []AwardLineInput{{Line: id.RFQLine{}.New(), Quote: low.ID}}, "", ErrAwardInvalid, "lines[0].line"},
		{"a negative quantity", []AwardLineInput{pick(low, "-1")}, "", ErrAwardInvalid, "lines[0].qty"},
		{"an absurd quantity", []AwardLineInput{pick(low, "99999999999999999999")}, "", ErrAwardInvalid, "lines[0].qty"},
		{"nothing chosen", nil, "", ErrAwardInvalid, "lines"},
	} {
		a, err := decide(table, AwardInput{Lines: c.in, Reason: c.reason}, noon)
		if !errors.Is(err, c.want) || (c.want == nil) != (err == nil) {
			t.Errorf("%s: got %v, want %v", c.name, err, c.want)
			continue
		}
		if c.want == nil && len(a.Lines) != len(c.in) {
			t.Errorf("%s: %d lines awarded", c.name, len(a.Lines))
		}
		if c.want != nil && fault.From(err).Fields[0].Path != c.field {
			t.Errorf("%s: points at %v", c.name, fault.From(err).Fields)
		}
	}
}

func TestPartOfAQuoteCarriesItsShareOfTheFreight(t *testing.T) {
	t.Parallel()
	q := quoteOf(1, byPiece(beam, 100))
	q.Freight = money.Of(10_001, "CNY")
	table, err := compare(RFQ{Lines: []Line{beam}}, []Quote{q}, nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	a := Award{Lines: []AwardLine{{Line: beam.ID, Quote: q.ID, Qty: quantity.Of(3, quantity.Piece)}}}
	orders, err := table.orders(a, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := orders[0]; got.Freight.Decimal() != "30.00" || got.Lines[0].Goods.Decimal() != "300.00" {
		t.Fatalf("freight %v on goods %v", got.Freight, got.Lines[0].Goods)
	}
}

func TestUnitsThatNobodyCanRelateStayApart(t *testing.T) {
	t.Parallel()
	m := measure{quantity.Piece, 599_400_000}
	for _, c := range []struct {
		from quantity.Quantity
		to   quantity.Unit
		want string
	}{
		{quantity.Of(10, quantity.Piece), quantity.Tonne, "5.994 TNE"},
		{quantity.Of(2, quantity.Tonne), quantity.Kilogram, "2000 KGM"},
		{quantity.Of(2, quantity.Box), quantity.Box, "2 BX"},
		{quantity.Of(2, quantity.Box), quantity.Kilogram, ""},
		{quantity.Of(2, quantity.Box), quantity.Piece, ""},
		{quantity.Of(2, quantity.Tonne), quantity.Box, ""},
	} {
		got, err := m.in(c.from, c.to)
		if (err != nil) != (c.want == "") || (err == nil && got.String() != c.want) {
			t.Errorf("%v in %s: got %v, %v", c.from, c.to, got, err)
		}
	}
}

func TestASellerSeesHisOwnInvitationAndNoOther(t *testing.T) {
	t.Parallel()
	buyer, one, two := id.Org{1}, id.Org{2}, id.Org{3}
	r := RFQ{Buyer: buyer, Number: "RFQ-1", State: Published, Sellers: []Invitation{{Seller: one}, {Seller: two}}}
	seen, err := r.seenBy(callerOf(one))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]Invitation{{Seller: one}}, seen.RFQ.Sellers); diff != "" || seen.As != AsSeller {
		t.Fatal(seen.As, diff)
	}
	if _, err := r.seenBy(callerOf(id.Org{9})); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a stranger: %v", err)
	}
	r.State, r.Number = Draft, ""
	if _, err := r.seenBy(callerOf(one)); !errors.Is(err, ErrNotFound) {
		t.Fatalf("a draft is seen by a seller: %v", err)
	}
}

// A whole quote at the lowest total needs no reason, although its freight, spread over
// cheaper goods, makes one line look dearer than the rival's.
func TestTheLowestTotalNeedsNoReason(t *testing.T) {
	t.Parallel()
	bolts := Line{ID: id.RFQLine{}.New(), Position: 2, Qty: quantity.Of(10, quantity.Piece)}
	low, high := quoteOf(1, byPiece(beam, 100), byPiece(bolts, 10)), quoteOf(2, byPiece(beam, 150), byPiece(bolts, 10))
	low.Freight, high.Freight = money.Of(50_000, "CNY"), money.Of(50_000, "CNY")
	table, err := compare(RFQ{Lines: []Line{beam, bolts}}, []Quote{low, high}, nil, noon)
	if err != nil {
		t.Fatal(err)
	}
	whole := []AwardLineInput{{Line: beam.ID, Quote: low.ID}, {Line: bolts.ID, Quote: low.ID}}
	if _, err := decide(table, AwardInput{Lines: whole}, noon); err != nil {
		t.Fatalf("the lowest total: %v", err)
	}
	whole[0].Quote, whole[1].Quote = high.ID, high.ID
	if _, err := decide(table, AwardInput{Lines: whole}, noon); !errors.Is(err, ErrReasonMissing) {
		t.Fatalf("the highest total: %v", err)
	}
}
