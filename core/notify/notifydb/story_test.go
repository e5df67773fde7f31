package notifydb_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/notify"
	"github.com/kontorhq/kontor/core/notify/notifydb"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/pg/pgtest"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// world is a marketplace with a buyer, two sellers and an operator, and a mail server
// that can be told to refuse.
type world struct {
	*notify.Service
	db      *pgtest.DB
	vault   *vault.Vault
	tenant  id.Tenant
	now     time.Time
	members map[id.Org][]notify.Recipient
	staff   []notify.Recipient
	sent    []notify.Letter
	refuse  error
	mute    bool // no mail server
	queued  []notify.SendArgs
	asked   int // how often who is who
}

const houseSecret = "the secret of the house, long enough"

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func newWorld(t *testing.T) *world {
	db := pgtest.New(t)
	w := &world{db: db, tenant: pgtest.Tenant(t, db.NewTenant(t)), now: noon, members: map[id.Org][]notify.Recipient{}}
	var err error
	if w.vault, err = vault.New(db.DB, []byte("the master key of these tests, long enough"), nil); err != nil {
		t.Fatal(err)
	}
	w.Service = notify.New(notify.Needs{Unit: db.DB, Store: notifydb.New(db.DB), Gate: w, Now: func() time.Time { return w.now }, People: w, Texts: w, Sites: w, Sender: w, Tasks: w, Vault: w.vault, Secret: []byte(houseSecret)})
	w.staff = []notify.Recipient{{Person: id.Person{}.New(), Name: "Operator", Email: "op@example.org", Locale: "en"}}
	return w
}

func (w *world) company(people ...string) id.Org {
	org := id.Org{}.New()
	for _, name := range people {
		w.members[org] = append(w.members[org], notify.Recipient{Person: id.Person{}.New(), Org: org, Name: name, Email: strings.ToLower(name) + "@example.org", Locale: "zh-CN"})
	}
	return org
}

func (w *world) system() context.Context {
	return caller.AsSystem(context.Background(), w.tenant, "notify")
}

func (w *world) as(p id.Person) context.Context {
	return caller.With(context.Background(), caller.Caller{Tenant: w.tenant, Kind: caller.Person, Person: p, Locale: "en"})
}

func (w *world) hear(t *testing.T, e event.Event, actor string) event.Recorded {
	t.Helper()
	r := w.recorded(t, e, actor)
	w.again(t, r)
	return r
}

func (w *world) again(t *testing.T, rs ...event.Recorded) {
	t.Helper()
	if err := w.db.Do(w.system(), func(ctx context.Context) error { return w.Hear(ctx, rs) }); err != nil {
		t.Fatal(err)
	}
}

// recorded is an event as the relay hands it over.
func (w *world) recorded(t *testing.T, e event.Event, actor string) event.Recorded {
	t.Helper()
	data, err := json.Marshal(e)
	if err != nil {
		t.Fatal(err)
	}
	return event.Recorded{ID: id.Event{}.New().String(), Name: e.EventName(), Subject: e.Subject(), Data: data, Actor: actor}
}

func (w *world) inbox(t *testing.T, p id.Person) []notify.Message {
	t.Helper()
	l, err := w.Messages(w.as(p), false, page.Request{})
	if err != nil {
		t.Fatal(err)
	}
	return l.Items
}

func (w *world) Allow(context.Context, policy.Action, any) error { return nil }

func (w *world) Find(_ context.Context, whom []notify.Whom) (map[notify.Whom][]notify.Recipient, error) {
	w.asked++
	out := map[notify.Whom][]notify.Recipient{{}: w.staff}
	for _, who := range whom {
		if !who.Org.IsZero() {
			out[who] = w.members[who.Org]
		}
		for _, ms := range w.members {
			for _, m := range ms {
				if m.Person == who.Person {
					out[who] = []notify.Recipient{m}
				}
			}
		}
	}
	return out, nil
}

func (w *world) Text(locale, key string, args map[string]string) (string, bool) {
	return fmt.Sprintf("%s/%s/%s%s", locale, key, args["number"], args["name"]), true
}

func (w *world) Site(context.Context, string) (notify.Site, error) {
	return notify.Site{Name: "<Steel>", BaseURL: "https://steel.example", Logo: "/brand/files/1", Accent: "#1d4ed8", OnAccent: "#ffffff", SignOff: "{{.Site}} <b>", Footer: "{{ 7*7 }}\n{% x %}"}, nil
}

func (w *world) Able() bool { return !w.mute }

func (w *world) Send(ctx context.Context, l notify.Letter) error {
	if work.Active(ctx) {
		return errors.New("a letter was sent inside a unit of work")
	}
	if w.refuse != nil {
		return w.refuse
	}
	w.sent = append(w.sent, l)
	return nil
}

func (w *world) Enqueue(ctx context.Context, task string, args any) error {
	if !work.Active(ctx) || task != notify.TaskSend {
		return fmt.Errorf("queued %s outside a unit", task)
	}
	w.queued = append(w.queued, args.(notify.SendArgs))
	return nil
}

func TestInvitedSellersAreToldInAppAndByLetter(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	buyer, mill, trader := w.company("Bao"), w.company("Ma", "Mei"), w.company("Tong")
	e := event.RFQPublished{RFQ: "r1", Number: "RFQ-7", Title: "Beams", Buyer: buyer.String(), BuyerName: "Bridge", Sellers: []string{mill.String(), trader.String()}}
	heard := w.hear(t, e, "person:"+w.members[buyer][0].Person.String())
	got := w.inbox(t, w.members[mill][1].Person)
	if len(got) != 1 || got[0].Text != "en/notify.rfq_published/RFQ-7" || got[0].Link != "/seller/rfqs/r1" || got[0].Org != mill || !got[0].ReadAt.IsZero() {
		t.Fatalf("%+v", got)
	}
	if n := len(w.inbox(t, w.members[buyer][0].Person)); n != 0 {
		t.Fatalf("the buyer is told %d times of what he did", n)
	}
	if len(w.queued) != 1 || len(w.queued[0].Mails) != 3 {
		t.Fatalf("%+v", w.queued)
	}
	w.again(t, heard) // delivered at least once
	if n := len(w.inbox(t, w.members[trader][0].Person)); n != 1 || len(w.queued) != 1 {
		t.Fatalf("told %d times, %d tasks", n, len(w.queued))
	}
	for _, a := range w.queued {
		if err := w.Deliver(w.system(), a); err != nil {
			t.Fatal(err)
		}
		if err := w.Deliver(w.system(), a); err != nil { // a rescued job
			t.Fatal(err)
		}
	}
	if len(w.sent) != 3 {
		t.Fatalf("%d letters went out", len(w.sent))
	}
	l := w.sent[0]
	if l.To != "ma@example.org" || l.Subject != "[<Steel>] zh-CN/notify.rfq_published/RFQ-7" ||
		!strings.Contains(l.HTML, `href="https://steel.example/seller/rfqs/r1"`) || !strings.Contains(l.HTML, "&lt;Steel&gt;") || strings.Contains(l.HTML, "<Steel>") ||
		!strings.Contains(l.Text, "https://steel.example/seller/rfqs/r1") || !strings.Contains(l.Text, "zh-CN/notify.mail.greeting/Ma") ||
		!strings.Contains(l.HTML, `src="https://steel.example/brand/files/1" alt="&lt;Steel&gt;"`) || !strings.Contains(l.HTML, "background:#1d4ed8;color:#ffffff") || // the marketplace's look …
		!strings.Contains(l.HTML, "{{.Site}} &lt;b&gt;") || !strings.Contains(l.HTML, "{{ 7*7 }}\n{% x %}") || !strings.Contains(l.Text, "{{.Site}} <b>\n\n-- ") || !strings.Contains(l.Text, "{{ 7*7 }}\n{% x %}") { // … and nothing of it is executed
		t.Fatalf("%+v", l)
	}
}

func TestThePersonWhoOrderedGetsAConfirmationOfHisOwnDeed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	buyer, seller := w.company("Bao"), w.company("Ma")
	who := w.members[buyer][0].Person
	w.hear(t, event.OrderPlaced{OrderParties: event.OrderParties{Order: "o1", Number: "PO-1", Buyer: buyer.String(), Seller: seller.String(), By: who.String()}}, "person:"+who.String())
	kinds := map[string]string{}
	for name, p := range map[string]id.Person{"buyer": who, "seller": w.members[seller][0].Person} {
		for _, m := range w.inbox(t, p) {
			kinds[name] += m.Kind
		}
	}
	if diff := cmp.Diff(map[string]string{"buyer": "order_confirmed", "seller": "order_placed"}, kinds); diff != "" {
		t.Fatal(diff)
	}
}

// News that came together is one task of letters; each event is still told by itself, and
// once, even where it came twice.
func TestNewsThatCameTogetherIsToldTogether(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	buyer, mill := w.company("Bao"), w.company("Ma", "Mei")
	var news []event.Recorded
	for _, number := range []string{"PO-1", "PO-2", "PO-3"} {
		who := w.members[buyer][0].Person
		news = append(news, w.recorded(t, event.OrderPlaced{OrderParties: event.OrderParties{Order: "o" + number, Number: number, Buyer: buyer.String(), Seller: mill.String(), By: who.String()}}, "person:"+who.String()))
	}
	w.again(t, append(news, news[1])...)
	if w.asked != 1 {
		t.Errorf("who is who was asked %d times", w.asked)
	}
	w.again(t, news[2], news[0])
	if got := len(w.inbox(t, w.members[mill][0].Person)); got != 3 {
		t.Errorf("the mill was told %d times of three orders", got)
	}
	seen := map[id.Message]bool{}
	for _, m := range append(w.inbox(t, w.members[mill][1].Person), w.inbox(t, w.members[buyer][0].Person)...) {
		seen[m.ID] = true
	}
	if len(seen) != 6 {
		t.Errorf("%d identifiers for the six messages of two people", len(seen))
	}
	if len(w.queued) != 1 || len(w.queued[0].Mails) != 9 {
		t.Errorf("the letters' tasks: %+v", w.queued)
	}
}

func TestWithoutAMailServerNobodyIsSaidToHaveBeenWrittenTo(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.mute = true
	buyer, mill := w.company("Bao"), w.company("Ma")
	w.hear(t, event.OrderPlaced{OrderParties: event.OrderParties{Order: "o1", Number: "PO-1", Buyer: buyer.String(), Seller: mill.String()}}, "system:test")
	if n := len(w.inbox(t, w.members[mill][0].Person)); n != 1 {
		t.Errorf("told %d times in the app", n)
	}
	var letters int
	if err := w.db.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM notify_mails WHERE tenant_id = $1`, w.tenant.UUID()).Scan(&letters); err != nil || letters != 0 || len(w.queued) != 0 {
		t.Errorf("%d letters, %d tasks, %v", letters, len(w.queued), err)
	}
}

func TestWordsFollowTheDecision(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.company("Li")
	for _, to := range []string{"approved", "submitted", "suspended"} {
		w.hear(t, event.CompanyDecided{Org: org.String(), Name: "Mill", To: to}, "system:test")
	}
	var kinds []string
	for _, m := range w.inbox(t, w.members[org][0].Person) {
		kinds = append(kinds, m.Kind)
	}
	if diff := cmp.Diff([]string{"company_suspended", "company_approved"}, kinds); diff != "" {
		t.Fatal(diff)
	}
	w.hear(t, event.CompanyRegistered{Org: org.String(), Name: "Mill"}, "visitor")
	if got := w.inbox(t, w.staff[0].Person); len(got) != 1 || got[0].Link != "/operator/companies/"+org.String() {
		t.Fatalf("the operator has %+v", got)
	}
}

func TestALetterIsTriedAgainUntilItGoesOrCannot(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	org := w.company("Li")
	decided := event.CompanyDecided{Org: org.String(), Name: "Mill", To: "approved"}
	w.hear(t, decided, "system:test")
	later := fault.New(fault.Unavailable, "mail.not_sent", "")
	w.refuse = later
	if err := w.Deliver(w.system(), w.queued[0]); !errors.Is(err, later) {
		t.Fatalf("a failed try must ask for another: %v", err)
	}
	state := func(i int) string {
		var s, e string
		var n int
		if err := w.db.Ops(t).QueryRow(context.Background(), `SELECT state, error, attempts FROM notify_mails WHERE id = $1`, w.queued[i].Mails[0].UUID()).Scan(&s, &e, &n); err != nil {
			t.Fatal(err)
		}
		return fmt.Sprintf("%s %q %d", s, e, n)
	}
	if got := state(0); got != `queued "mail.not_sent" 1` {
		t.Fatal(got)
	}
	w.refuse = nil
	w.now = noon.Add(2 * time.Hour)
	if n, err := w.Sweep(w.system()); n != 1 || err != nil || state(0) != `sent "" 2` {
		t.Fatalf("swept %d, %v: %s", n, err, state(0))
	}
	w.hear(t, decided, "system:test")
	w.refuse = fault.New(fault.Invalid, "mail.address_malformed", "")
	if err := w.Deliver(w.system(), w.queued[1]); err != nil || state(1) != `failed "mail.address_malformed" 1` {
		t.Fatalf("%v: %s", err, state(1))
	}
	w.hear(t, decided, "system:test")
	w.refuse = later
	var err error
	for range 12 {
		err = w.Deliver(w.system(), w.queued[2])
	}
	if err != nil || !strings.HasPrefix(state(2), "failed") {
		t.Fatalf("never given up: %v, %s", err, state(2))
	}
}

func TestMessagesAreOnesOwn(t *testing.T) {
	t.Parallel()
	w, neighbour := newWorld(t), newWorld(t)
	org := w.company("Li", "Wu")
	for range 3 {
		w.hear(t, event.CompanyDecided{Org: org.String(), Name: "Mill", To: "approved"}, "system:test")
	}
	li, wu := w.members[org][0].Person, w.members[org][1].Person
	mine := w.inbox(t, li)
	if err := w.Read(w.as(wu), mine[0].ID); !errors.Is(err, notify.ErrNotFound) {
		t.Fatalf("read a colleague's message: %v", err)
	}
	if err := neighbour.Read(neighbour.as(li), mine[0].ID); !errors.Is(err, notify.ErrNotFound) {
		t.Fatalf("read across tenants: %v", err)
	}
	if n := len(neighbour.inbox(t, li)); n != 0 {
		t.Fatalf("%d messages across tenants", n)
	}
	if err := w.Read(w.as(li), mine[0].ID); err != nil {
		t.Fatal(err)
	}
	w.now = noon.Add(time.Hour)
	if err := w.Read(w.as(li), mine[0].ID); err != nil { // again: the first time stays
		t.Fatal(err)
	}
	if got := w.inbox(t, li)[0].ReadAt; !got.Equal(noon) {
		t.Fatalf("read at %v", got)
	}
	if n, err := w.Unread(w.as(li)); n != 2 || err != nil {
		t.Fatalf("%d unread, %v", n, err)
	}
	l, err := w.Messages(w.as(li), true, page.Request{Limit: 1})
	if err != nil || len(l.Items) != 1 || l.Next == "" {
		t.Fatalf("%+v, %v", l, err)
	}
	if n, err := w.ReadAll(w.as(li)); n != 2 || err != nil {
		t.Fatalf("read %d, %v", n, err)
	}
	if n, _ := w.Unread(w.as(wu)); n != 3 {
		t.Fatalf("a colleague's %d were read too", n)
	}
	if _, err := w.Messages(w.system(), false, page.Request{}); !errors.Is(err, notify.ErrNobody) {
		t.Fatalf("nobody's messages: %v", err)
	}
}
