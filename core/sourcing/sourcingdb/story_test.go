package sourcingdb_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/sourcing"
	"github.com/kontorhq/kontor/core/sourcing/sourcingtest"
	"github.com/kontorhq/kontor/core/work"
	"github.com/kontorhq/kontor/core/work/worktest"
)

func world(t *testing.T) *sourcingtest.World { return sourcingtest.New(t, pgtest.New(t)) }

func must[T any](t *testing.T) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func TestTheWayFromDraftToOrders(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := w.Publish(t)
	if r.Number != "RFQ-2026-000001" || r.State != sourcing.Published {
		t.Fatalf("published as %q, %s", r.Number, r.State)
	}
	must[sourcing.Seen](t)(w.View(w.AsMill(), r.ID))
	first := w.Quote(t, w.AsMill(), r, "3900", "12.5")
	mill := w.Quote(t, w.AsMill(), r, "3850", "12.5")
	trader := w.Quote(t, w.AsTrader(), r, "3950", "10")
	must[sourcing.RFQ](t)(w.Close(w.AsBuyer(), r.ID))

	table := must[sourcing.Comparison](t)(w.Compare(w.AsBuyer(), r.ID))
	if len(table.Columns) != 2 || table.Columns[0].Seller.Name != "Maanshan Mill" || table.Columns[0].Quote.Number != 2 {
		t.Fatalf("columns: %+v", table.Columns)
	}
	_, award, err := w.Award(w.AsBuyer(), r.ID, sourcingtest.Choose(r, mill, trader))
	if err != nil {
		t.Fatal(err)
	}
	seen := must[sourcing.Seen](t)(w.View(w.AsBuyer(), r.ID))
	if diff := cmp.Diff(award, seen.Award); diff != "" || seen.RFQ.State != sourcing.Awarded {
		t.Fatal(seen.RFQ.State, diff)
	}
	states := map[id.Quote]sourcing.QuoteState{}
	_, quotes, err := w.Quotes(w.AsBuyer(), r.ID)
	if err != nil {
		t.Fatal(err)
	}
	for _, q := range quotes {
		states[q.ID] = q.State
	}
	if diff := cmp.Diff(map[id.Quote]sourcing.QuoteState{first.ID: sourcing.Superseded, mill.ID: sourcing.Won, trader.ID: sourcing.Won}, states); diff != "" {
		t.Fatal(diff)
	}
	orders := w.Placed[0].Orders
	if len(orders) != 2 || orders[0].Lines[0].Qty.String() != "10 H87" || orders[0].Lines[0].PricedQty.String() != "5.994 TNE" ||
		orders[0].Lines[0].Basis != sourcing.Weighed || orders[0].Lines[0].Goods.Decimal() != "23076.90" || orders[0].Lines[0].SKU != "HW200" {
		t.Fatalf("placed %+v", orders)
	}
	want := []string{
		"sourcing.rfq_drafted.v1", "sourcing.rfq_published.v1", "sourcing.rfq_viewed.v1", "sourcing.quote_submitted.v1", "sourcing.quote_submitted.v1",
		"sourcing.quote_submitted.v1", "sourcing.rfq_closed.v1", "sourcing.quote_awarded.v1", "sourcing.quote_awarded.v1", "sourcing.rfq_awarded.v1",
	}
	if diff := cmp.Diff(want, w.Told(t, r.ID)); diff != "" {
		t.Fatal(diff)
	}
}

func TestADraftComesBackAsItWasWritten(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := must[sourcing.RFQ](t)(w.Draft(w.AsBuyer(), w.Wish()))
	got := must[sourcing.Seen](t)(w.View(w.AsBuyer(), r.ID)).RFQ
	if diff := cmp.Diff(r, got, cmp.Comparer(func(a, b []sourcing.Invitation) bool { return len(a) == len(b) })); diff != "" {
		t.Fatal(diff)
	}
	title, lines := "Fewer beams", []sourcing.LineInput{{Item: w.Beam, Qty: "4", Unit: "TNE"}}
	edited := must[sourcing.RFQ](t)(w.Edit(w.AsBuyer(), r.ID, sourcing.Changes{Version: 1, Title: &title, Lines: &lines}))
	got = must[sourcing.Seen](t)(w.View(w.AsBuyer(), r.ID)).RFQ
	if got.Title != title || len(got.Lines) != 1 || got.Lines[0].Qty.String() != "4 TNE" || got.Version != 2 || edited.Version != 2 || len(got.Sellers) != 2 {
		t.Fatalf("edited into %+v", got)
	}
}

// The answer to a form with files was lost, and the form comes again: there is one draft.
func TestADraftThatIsSentAgainIsTheSameOne(t *testing.T) {
	t.Parallel()
	w := world(t)
	ctx := work.WithAttempt(w.AsBuyer(), &worktest.Request{})
	first := must[sourcing.RFQ](t)(w.Draft(ctx, w.Wish()))
	again := must[sourcing.RFQ](t)(w.Draft(ctx, w.Wish()))
	all, _, err := w.List(w.AsBuyer(), sourcing.Listing{}, page.Request{})
	if err != nil || again.ID != first.ID || again.Title != first.Title || len(all.Items) != 1 {
		t.Fatalf("%s and %s, %d drafts, %v", first.ID, again.ID, len(all.Items), err)
	}
}

// Two people edit one draft; the slower one is told, and nothing of theirs is kept.
func TestAnEditOfAStaleDraftIsRefused(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := must[sourcing.RFQ](t)(w.Draft(w.AsBuyer(), w.Wish()))
	one, two := "First", "Second"
	must[sourcing.RFQ](t)(w.Edit(w.AsBuyer(), r.ID, sourcing.Changes{Version: 1, Title: &one}))
	if _, err := w.Edit(w.AsBuyer(), r.ID, sourcing.Changes{Version: 1, Title: &two}); !errors.Is(err, sourcing.ErrStale) {
		t.Fatalf("got %v, want ErrStale", err)
	}
	if got := must[sourcing.Seen](t)(w.View(w.AsBuyer(), r.ID)).RFQ.Title; got != one {
		t.Fatalf("title is %q", got)
	}
}

func TestTwoAwardsAtOnceMakeOneSetOfOrders(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := w.Publish(t)
	mill, trader := w.Quote(t, w.AsMill(), r, "3850", "10"), w.Quote(t, w.AsTrader(), r, "3850", "10")
	must[sourcing.RFQ](t)(w.Close(w.AsBuyer(), r.ID))
	errs := make([]error, 6)
	var wg sync.WaitGroup
	for i := range errs {
		wg.Go(func() {
			q := []sourcing.Quote{mill, trader}[i%2]
			in := sourcingtest.Choose(r, q, q)
			in.Reason = "because"
			_, _, errs[i] = w.Award(w.AsBuyer(), r.ID, in)
		})
	}
	wg.Wait()
	won := 0
	for _, err := range errs {
		switch {
		case err == nil:
			won++
		case fault.KindOf(err) != fault.Conflict:
			t.Errorf("the slower award got %v", err)
		}
	}
	var awards, told int
	row := w.DB.Ops(t).QueryRow(context.Background(), `SELECT (SELECT count(*) FROM sourcing_awards WHERE tenant_id = $1), (SELECT count(*) FROM event_outbox WHERE tenant_id = $1 AND name = 'sourcing.rfq_awarded.v1')`, w.Tenant.UUID())
	if err := row.Scan(&awards, &told); err != nil || won != 1 || awards != 1 || told != 1 || len(w.Placed) != 1 {
		t.Fatalf("%d callers won, %d awards, %d events, %d groups of orders, %v", won, awards, told, len(w.Placed), err)
	}
}

// An award whose orders cannot be placed has not happened.
func TestAnAwardWithoutOrdersLeavesNoTrace(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := w.Publish(t)
	q := w.Quote(t, w.AsMill(), r, "3850", "10")
	must[sourcing.RFQ](t)(w.Close(w.AsBuyer(), r.ID))
	before := w.Told(t, r.ID)
	w.PlaceErr = errors.New("no stock")
	if _, _, err := w.Award(w.AsBuyer(), r.ID, sourcingtest.Choose(r, q, q)); !errors.Is(err, w.PlaceErr) {
		t.Fatalf("got %v", err)
	}
	seen := must[sourcing.Seen](t)(w.View(w.AsBuyer(), r.ID))
	if seen.RFQ.State != sourcing.Evaluating || seen.Quotes[0].State != sourcing.Submitted {
		t.Fatalf("left behind: %s, %s", seen.RFQ.State, seen.Quotes[0].State)
	}
	if diff := cmp.Diff(before, w.Told(t, r.ID)); diff != "" {
		t.Fatal(diff)
	}
}

func TestEverythingWrongWithADraftIsSaidAtOnce(t *testing.T) {
	t.Parallel()
	w := world(t)
	applicant := w.Company(t, sourcing.Company{Name: "New Seller", Sells: true})
	in := w.Wish()
	in.Title, in.Note, in.Currency, in.Incoterm, in.ClosesAt = " ", "bad\x00byte", "XXX", "FREE", w.Now().Add(-time.Hour)
	in.Sellers = []id.Org{w.Buyer, applicant, id.Org{}.New(), w.Mill, w.Mill}
	in.Files = []id.Blob{w.File(t, w.Mill)}
	in.Lines = []sourcing.LineInput{
		{Item: w.Beam, Qty: "-5", Unit: "H87"},
		{Item: w.Beam, Qty: "5", Unit: "BX"},
		{Item: id.Item{}.New(), Qty: "5", Unit: "H87"},
		{Qty: "1e9", Unit: "stone", Target: "-1", NeedBy: "2026-11-01"},
		{Description: "x", Qty: "10000000000000", Unit: "KGM", Target: "0", NeedBy: "tomorrow"},
	}
	_, err := w.Service.Draft(w.AsBuyer(), in)
	if !errors.Is(err, sourcing.ErrInvalid) {
		t.Fatalf("got %v", err)
	}
	got := []string{}
	for _, f := range fault.From(err).Fields {
		got = append(got, f.Path+" "+f.Reason)
	}
	want := []string{
		"title required", "note malformed", "currency unknown", "incoterm unknown", "closes_at past",
		"lines[0].qty not_positive", "lines[1].unit unit_mismatch", "lines[2].item unknown",
		"lines[3].description required", "lines[3].qty unit_unknown", "lines[3].qty malformed", "lines[3].target_price not_positive", "lines[3].need_by past",
		"lines[4].qty too_large", "lines[4].target_price not_positive", "lines[4].need_by malformed",
		"sellers[0] own_company", "sellers[1] not_a_seller", "sellers[2] unknown", "sellers[4] repeated", "files[0] unknown",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Fatal(diff)
	}
}

func TestBadQuotesAreRefusedWhole(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := w.Publish(t)
	foreign := id.Offer{}.New()
	w.Own[foreign] = sourcing.Offer{Item: w.Beam, Seller: w.Trader}
	for _, c := range []struct {
		name   string
		change func(*sourcing.QuoteInput)
		field  string
	}{
		{"nothing priced", func(q *sourcing.QuoteInput) { q.Lines = nil }, "lines required"},
		{"more than asked for", func(q *sourcing.QuoteInput) { q.Lines[0].Qty = "11" }, "lines[0].qty too_large"},
		{"more than asked for, by weight", func(q *sourcing.QuoteInput) { q.Lines[0].Qty, q.Lines[0].Unit = "6", "TNE" }, "lines[0].qty too_large"},
		{"a unit that does not fit", func(q *sourcing.QuoteInput) { q.Lines[0].Qty, q.Lines[0].Unit = "1", "LTR" }, "lines[0].unit unit_mismatch"},
		{"a price unit that does not fit", func(q *sourcing.QuoteInput) { q.Lines[0].PriceUnit = "MTR" }, "lines[0].price_unit unit_mismatch"},
		{"an unknown price unit", func(q *sourcing.QuoteInput) { q.Lines[0].PriceUnit = "stone" }, "lines[0].price_unit unit_mismatch"},
		{"by weight on pieces", func(q *sourcing.QuoteInput) { q.Lines[0].Basis = "piece" }, "lines[0].basis basis_mismatch"},
		{"a free lunch", func(q *sourcing.QuoteInput) { q.Lines[0].Price = "0" }, "lines[0].price not_positive"},
		{"an absurd price", func(q *sourcing.QuoteInput) { q.Lines[0].Price = "99999999999999" }, "lines[0].price too_large"},
		{"an absurd sum", func(q *sourcing.QuoteInput) { q.Lines[1].Price = "999999999999" }, "lines[1].price too_large"},
		{"delivered yesterday", func(q *sourcing.QuoteInput) { q.Lines[0].LeadDays = -1 }, "lines[0].lead_days out_of_range"},
		{"negative freight", func(q *sourcing.QuoteInput) { q.Freight = "-1" }, "freight negative"},
		{"thirteen, not thirteen per cent", func(q *sourcing.QuoteInput) { q.TaxRate = "13" }, "tax_rate out_of_range"},
		{"over before the close", func(q *sourcing.QuoteInput) { q.ValidUntil = r.ClosesAt.Add(-time.Second) }, "valid_until before_close"},
		{"a line twice", func(q *sourcing.QuoteInput) { q.Lines[1].Line = q.Lines[0].Line }, "lines[1].line repeated"},
		{"a line of another request", func(q *sourcing.QuoteInput) { q.Lines[1].Line = id.RFQLine{}.New() }, "lines[1].line unknown"},
		{"another seller's offer", func(q *sourcing.QuoteInput) { q.Lines[0].Offer = foreign }, "lines[0].offer unknown"},
		{"a note with a NUL", func(q *sourcing.QuoteInput) { q.Note = "a\x00" }, "note malformed"},
		{"a novel", func(q *sourcing.QuoteInput) { q.Note = strings.Repeat("钢", 4001) }, "note too_long"},
	} {
		in := w.Answer(r, "3850", "10")
		c.change(&in)
		_, err := w.SubmitQuote(w.AsMill(), r.ID, in)
		fields := []string{}
		for _, f := range fault.From(err).Fields {
			fields = append(fields, f.Path+" "+f.Reason)
		}
		if !errors.Is(err, sourcing.ErrQuoteInvalid) || fields[0] != c.field {
			t.Errorf("%s: got %v %v", c.name, err, fields)
		}
	}
	if told := w.Told(t, r.ID); len(told) != 2 {
		t.Fatalf("refused quotes were told: %v", told)
	}
}

func TestSealedToEachHisOwn(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := w.Publish(t)
	mill := w.Quote(t, w.AsMill(), r, "3850", "10")
	w.Quote(t, w.AsTrader(), r, "3900", "10")

	seen := must[sourcing.Seen](t)(w.View(w.AsTrader(), r.ID))
	if len(seen.RFQ.Sellers) != 1 || len(seen.Quotes) != 1 || seen.Quotes[0].Seller != w.Trader || len(seen.Companies) != 2 {
		t.Fatalf("the trader sees %d sellers, %d quotes, %d companies", len(seen.RFQ.Sellers), len(seen.Quotes), len(seen.Companies))
	}
	for name, err := range map[string]error{
		"compares":          second(w.Compare(w.AsTrader(), r.ID)),
		"stranger reads":    second(w.View(w.As(w.Stranger, caller.RoleSeller), r.ID)),
		"stranger quotes":   second(w.SubmitQuote(w.As(w.Stranger, caller.RoleSeller), r.ID, w.Answer(r, "1", "1"))),
		"stranger declines": second(w.Decline(w.As(w.Stranger, caller.RoleSeller), r.ID, "")),
		"seller publishes":  second(w.Service.Publish(w.AsTrader(), r.ID)),
		"seller cancels":    second(w.Cancel(w.AsTrader(), r.ID, "x")),
		"seller closes":     second(w.Close(w.AsTrader(), r.ID)),
		"no company":        second(w.View(w.As(id.Org{}, caller.RoleBuyer), r.ID)),
	} {
		if !errors.Is(err, sourcing.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := w.WithdrawQuote(w.AsTrader(), mill.ID); !errors.Is(err, sourcing.ErrQuoteNotFound) {
		t.Errorf("withdrew a rival's quote: %v", err)
	}
	operator := w.As(id.Org{}, caller.RoleOperator)
	if seen := must[sourcing.Seen](t)(w.View(operator, r.ID)); len(seen.Quotes) != 0 {
		t.Errorf("the operator sees %d sealed quotes", len(seen.Quotes))
	}
	if _, err := w.Compare(operator, r.ID); !errors.Is(err, sourcing.ErrSealed) {
		t.Errorf("the operator compares: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

func TestAnotherTenantsRequestDoesNotExist(t *testing.T) {
	t.Parallel()
	w, other := world(t), world(t)
	r := w.Publish(t)
	q := w.Quote(t, w.AsMill(), r, "3850", "10")
	// The very same company identifiers, in another tenant: only isolation stands between.
	buyer := caller.With(context.Background(), caller.Caller{Tenant: other.Tenant, Kind: caller.Person, Person: id.Person{}.New(), Org: w.Buyer, Roles: []string{"buyer"}})
	mill := caller.With(context.Background(), caller.Caller{Tenant: other.Tenant, Kind: caller.Person, Person: id.Person{}.New(), Org: w.Mill, Roles: []string{"seller"}})
	for i, err := range []error{
		second(w.View(buyer, r.ID)), second(w.Cancel(buyer, r.ID, "x")), second(w.Close(buyer, r.ID)), second(w.Compare(buyer, r.ID)),
		second(w.SubmitQuote(mill, r.ID, w.Answer(r, "1", "1"))), second(w.Decline(mill, r.ID, "")),
	} {
		if !errors.Is(err, sourcing.ErrNotFound) {
			t.Errorf("%d: %v", i, err)
		}
	}
	if _, err := w.WithdrawQuote(mill, q.ID); !errors.Is(err, sourcing.ErrQuoteNotFound) {
		t.Errorf("withdraw: %v", err)
	}
	list, _, err := w.List(buyer, sourcing.Listing{As: sourcing.AsBuyer}, page.Request{})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("listed %d, %v", len(list.Items), err)
	}
	if n := must[int](t)(w.ExpireDue(other.System())); n != 0 {
		t.Errorf("expired %d of a neighbour", n)
	}
}

func TestTheGateIsAskedAndARefusalChangesNothing(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := must[sourcing.RFQ](t)(w.Draft(w.AsBuyer(), w.Wish()))
	w.Refuse(sourcing.ActionPublish)
	if _, err := w.Service.Publish(w.AsBuyer(), r.ID); !errors.Is(err, sourcingtest.ErrRefused) {
		t.Fatalf("got %v", err)
	}
	if got := must[sourcing.Seen](t)(w.View(w.AsBuyer(), r.ID)).RFQ; got.State != sourcing.Draft || got.Number != "" {
		t.Fatalf("published all the same: %+v", got)
	}
	if diff := cmp.Diff([]string{"sourcing.rfq_drafted.v1"}, w.Told(t, r.ID)); diff != "" {
		t.Fatal(diff)
	}
}

func TestTheClockClosesAndExpires(t *testing.T) {
	t.Parallel()
	w := world(t)
	quoted, silent, draft := w.Publish(t), w.Publish(t), must[sourcing.RFQ](t)(w.Draft(w.AsBuyer(), w.Wish()))
	w.Quote(t, w.AsMill(), quoted, "3850", "10")
	if n := must[int](t)(w.ExpireDue(w.System())); n != 0 {
		t.Fatalf("moved %d before the hour", n)
	}
	w.Wait(24 * time.Hour)
	if _, err := w.SubmitQuote(w.AsTrader(), quoted.ID, w.Answer(quoted, "1", "1")); !errors.Is(err, sourcing.ErrClosed) {
		t.Fatalf("quoted on the stroke of closing: %v", err)
	}
	if n := must[int](t)(w.ExpireDue(w.System())); n != 2 {
		t.Fatalf("moved %d at the hour", n)
	}
	check := func(when string, want map[id.RFQ]sourcing.State) {
		t.Helper()
		for rfq, state := range want {
			if got := must[sourcing.Seen](t)(w.View(w.AsBuyer(), rfq)).RFQ.State; got != state {
				t.Errorf("%s: %s, want %s", when, got, state)
			}
		}
	}
	check("closed", map[id.RFQ]sourcing.State{quoted.ID: sourcing.Evaluating, silent.ID: sourcing.Expired, draft.ID: sourcing.Draft})
	w.Wait(300 * time.Hour) // past the quote's validity
	must[int](t)(w.ExpireDue(w.System()))
	check("run out", map[id.RFQ]sourcing.State{quoted.ID: sourcing.Expired})
	if n := must[int](t)(w.ExpireDue(w.System())); n != 0 {
		t.Fatalf("moved %d twice", n)
	}
	if _, _, err := w.Award(w.AsBuyer(), quoted.ID, sourcing.AwardInput{}); !errors.Is(err, sourcing.ErrEnded) {
		t.Fatalf("awarded after it expired: %v", err)
	}
}

func TestASellerMayDeclineThenQuoteThenWithdraw(t *testing.T) {
	t.Parallel()
	w := world(t)
	r := w.Publish(t)
	state := func() sourcing.InvitationState {
		return must[sourcing.Seen](t)(w.View(w.AsMill(), r.ID)).RFQ.Sellers[0].State
	}
	must[sourcing.RFQ](t)(w.Decline(w.AsMill(), r.ID, "No rolling slot"))
	if got := state(); got != sourcing.Declined {
		t.Fatalf("declined: %s", got)
	}
	q := w.Quote(t, w.AsMill(), r, "3850", "10")
	if got := state(); got != sourcing.Quoted {
		t.Fatalf("quoted: %s", got)
	}
	if _, err := w.Decline(w.AsMill(), r.ID, ""); !errors.Is(err, sourcing.ErrHasQuote) {
		t.Fatalf("declined with a quote standing: %v", err)
	}
	must[sourcing.Quote](t)(w.WithdrawQuote(w.AsMill(), q.ID))
	if got := state(); got != sourcing.Viewed {
		t.Fatalf("withdrawn: %s", got)
	}
	if _, err := w.WithdrawQuote(w.AsMill(), q.ID); !errors.Is(err, sourcing.ErrQuoteNotCurrent) {
		t.Fatalf("withdrawn twice: %v", err)
	}
	if again := w.Quote(t, w.AsMill(), r, "3840", "10"); again.Number != 2 {
		t.Fatalf("the next version is %d", again.Number)
	}
	w.Wait(25 * time.Hour)
	if _, err := w.WithdrawQuote(w.AsMill(), q.ID); !errors.Is(err, sourcing.ErrClosed) {
		t.Fatalf("withdrawn after the close: %v", err)
	}
}

func TestListsRunPageByPageForEachSide(t *testing.T) {
	t.Parallel()
	w := world(t)
	for range 5 {
		w.Publish(t)
	}
	must[sourcing.RFQ](t)(w.Draft(w.AsBuyer(), w.Wish()))
	count := func(ctx context.Context, which sourcing.Listing) string {
		var sizes []string
		p := page.Request{Limit: 2}
		for {
			list, names, err := w.List(ctx, which, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, l := range list.Items {
				if names[l.Buyer].Name != "Hangzhou Bridge" || l.Lines != 2 {
					t.Fatalf("a line of the list: %+v", l)
				}
			}
			sizes = append(sizes, fmt.Sprint(len(list.Items)))
			if p.After = list.Next; p.After == "" {
				return strings.Join(sizes, "+")
			}
		}
	}
	for _, c := range []struct {
		name string
		ctx  context.Context
		in   sourcing.Listing
		want string
	}{
		{"the buyer's, drafts too", w.AsBuyer(), sourcing.Listing{}, "2+2+2"},
		{"the mill's", w.AsMill(), sourcing.Listing{}, "2+2+1"},
		{"only drafts", w.AsBuyer(), sourcing.Listing{State: sourcing.Draft}, "1"},
		{"a stranger's", w.As(w.Stranger, caller.RoleSeller), sourcing.Listing{}, "0"},
		{"the operator's", w.As(id.Org{}, caller.RoleOperator), sourcing.Listing{}, "2+2+1"},
	} {
		if got := count(c.ctx, c.in); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
