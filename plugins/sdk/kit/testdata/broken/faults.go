package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/timestamppb"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

var fat []byte

// start is what goes wrong before the first call.
func start() {
	switch fault {
	case "slow_start":
		time.Sleep(11 * time.Second)
	case "chatters":
		fmt.Println("hello")
	case "needs_home":
		if os.Getenv("HOME") == "" {
			os.Exit(1)
		}
	case "plain_stderr":
		fmt.Fprintln(os.Stderr, "hello")
	case "child":
		if err := exec.Command("/bin/sleep", "300").Start(); err != nil {
			os.Exit(1)
		}
	case "fat":
		fat = make([]byte, 200<<20)
		for i := range fat {
			fat[i] = 1 // what is not touched is not held
		}
	case "needs_network":
		if dial() != nil {
			os.Exit(1)
		}
	case "writes_here":
		if os.WriteFile("state", nil, 0o600) != nil {
			os.Exit(1)
		}
	}
}

var (
	mu       sync.Mutex
	calls    atomic.Int64
	running  atomic.Int64
	left     atomic.Int64
	inits    atomic.Int64
	token    string
	seen     string
	known    = map[string]*wire.TenantConfig{}
	hoarded  [][]byte
	untyped  = status.Error(codes.Internal, "something")
	refusedT = codes.InvalidArgument
)

// call is field 1 of a request.
func call(m proto.Message) *wire.Call {
	if c, ok := m.(interface{ GetCall() *wire.Call }); ok {
		return c.GetCall()
	}
	return nil
}

func hasUnknown(r protoreflect.Message) bool {
	found := len(r.GetUnknown()) > 0
	r.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
		if f.Message() != nil && !f.IsMap() && !f.IsList() {
			found = found || hasUnknown(v.Message())
		}
		return true
	})
	return found
}

// reasonOf is the word of a refusal.
func reasonOf(err error) string {
	for _, d := range status.Convert(err).Details() {
		if e, ok := d.(*wire.PluginError); ok {
			return e.GetReason()
		}
	}
	return ""
}

// instead is one call: what goes wrong before the sound plugin hears of it, and after it
// has answered.
func instead(ctx context.Context, rpc string, in, out proto.Message, pass func(context.Context) error) error {
	n := calls.Add(1)
	running.Add(1)
	defer running.Add(-1)
	if err := before(ctx, rpc, in, n); err != nil {
		return err
	}
	if c, ok := in.(*wire.ConfigureTenantsRequest); ok && is("never_forgets") && len(c.GetTenants()) == 1 && c.GetTenants()[0].GetRemoved() {
		out.(*wire.ConfigureTenantsReply).Results = []*wire.TenantResult{{InstallationId: c.GetTenants()[0].GetInstallationId()}}
		return nil
	}
	return after(rpc, in, out, pass(ctx), n)
}

func before(ctx context.Context, rpc string, in proto.Message, n int64) error {
	c := call(in)
	if c == nil {
		c = &wire.Call{}
	}
	lifecycle := slices.Contains([]string{"Describe", "Init", "ConfigureTenants", "Health", "Drain"}, rpc)
	switch {
	case is("chokes") && hasUnknown(in.ProtoReflect()):
		return status.Error(refusedT, "a field that I do not know")
	case is("needs_actor") && !lifecycle && c.GetActor() == "":
		return status.Error(refusedT, "who are you")
	case is("takes_all"):
		delete(c.GetHints(), "big")
	case is("late") && rpc == "Quote":
		time.Sleep(700 * time.Millisecond)
	case is("leaves_running") && !lifecycle:
		left.Add(1)
		if time.Sleep(20 * time.Millisecond); ctx.Err() == nil {
			left.Add(-1)
		}
	case is("hoards"):
		b := make([]byte, 32<<10)
		for i := range b {
			b[i] = byte(i)
		}
		mu.Lock()
		hoarded = append(hoarded, b)
		mu.Unlock()
	case is("one_at_a_time") && !lifecycle:
		mu.Lock()
		time.Sleep(40 * time.Millisecond)
		mu.Unlock()
	case is("any_revision") && !lifecycle:
		mu.Lock()
		c.ConfigRevision = known[c.GetInstallationId()].GetRevision()
		mu.Unlock()
	case is("any_tenant") && !lifecycle:
		mu.Lock()
		c.TenantId = known[c.GetInstallationId()].GetTenantId()
		mu.Unlock()
	case is("one_token") && !lifecycle:
		mu.Lock()
		if token == "" {
			token = c.GetCallToken()
		}
		c.CallToken = token
		mu.Unlock()
	case is("fills_key") && c.GetIdempotencyKey() == "":
		c.IdempotencyKey = fmt.Sprint("mine", n)
	case is("other_key") && !strings.HasPrefix(rpc, "Get"):
		c.IdempotencyKey += fmt.Sprint(time.Now().UnixNano())
	case is("kv_careless", "kv_careful") && rpc == "Quote":
		return count(ctx, c)
	case is("rates_by_booking") && rpc == "Rate":
		return book(ctx, c)
	}
	return beforeThis(in, n)
}

// flood writes where the host reads lines.
var flood = func() {}

// book has an effect where none is due.
var book = func(context.Context, *wire.Call) error { return nil }

func beforeThis(in proto.Message, n int64) error {
	switch q := in.(type) {
	case *wire.InitRequest:
		flood()
		if is("kv_careless", "kv_careful") {
			meet(q.GetHostSocket())
		}
		if is("init_once") && inits.Add(1) > 1 || is("no_new_host") && len(q.GetHostFeatures()) > 0 {
			return untyped
		}
	case *wire.HealthRequest:
		if is("slow_health") && running.Load() > 1 {
			time.Sleep(1500 * time.Millisecond)
		}
	case *wire.DrainRequest:
		if is("drain_cuts") {
			os.Exit(4)
		}
	case *wire.QuoteRequest:
		if is("crashes") && strings.HasPrefix(q.GetCurrency(), "\x00") {
			os.Exit(4)
		}
		if is("slow_lines") && len(q.GetLines()) > 100 {
			time.Sleep(700 * time.Millisecond)
		}
	case *wire.RepriceRequest:
		if is("enum_crashes") && q.GetOriginal()[0].GetBasis() == 99 {
			os.Exit(4)
		}
		if is("no_evidence_needed") {
			for _, m := range q.GetMeasured() {
				m.Evidence = &wire.Ref{Kind: "evidence", Id: "mine"}
			}
		}
	case *wire.ConfigureTenantsRequest:
		mu.Lock()
		defer mu.Unlock()
		for _, t := range q.GetTenants() {
			if old := known[t.GetInstallationId()]; is("keeps_settings") && old != nil {
				t.ConfigJson = old.GetConfigJson()
			}
			if is("logs_settings") {
				say("info", string(t.GetConfigJson()))
			}
			known[t.GetInstallationId()] = t
		}
	}
	return nil
}

func after(rpc string, in, out proto.Message, err error, n int64) error {
	switch {
	case err != nil && is("untyped"):
		return untyped
	case err != nil && is("stale_untyped") && reasonOf(err) == "config_stale":
		return untyped
	case err != nil && is("takes_anything") && reasonOf(err) != "config_stale":
		return invent(in, out)
	case err != nil:
		return err
	case is("never_found") && strings.HasPrefix(rpc, "Get"):
		return untyped
	}
	switch a := out.(type) {
	case *wire.HealthReply:
		if is("failing") {
			a.Status = wire.HealthReply_FAILING
		}
	case *wire.DrainReply:
		a.InFlight += uint32(left.Load())
	case *wire.ConfigureTenantsReply:
		return afterConfigure(in.(*wire.ConfigureTenantsRequest), a)
	case *wire.QuoteReply:
		afterQuote(in.(*wire.QuoteRequest), a, n)
	case *wire.RepriceReply:
		for _, l := range a.GetLines() {
			if is("reprices_otherwise") {
				l.Line.Amount.Minor++
			}
			if is("never_beyond") {
				l.BeyondTolerance = false
			}
		}
	default:
		afterEffect(out, n)
	}
	return nil
}

func afterConfigure(q *wire.ConfigureTenantsRequest, a *wire.ConfigureTenantsReply) error {
	for i, r := range a.GetResults() {
		if is("all_or_none") && len(r.GetProblems()) > 0 {
			return untyped
		}
		for _, p := range r.GetProblems() {
			if is("no_pointer") {
				p.JsonPointer = ""
			}
		}
		if is("refuses_settings") && strings.Contains(string(q.GetTenants()[i].GetConfigJson()), "markup_pct") {
			r.Problems = append(r.Problems, &wire.Problem{Code: "no"})
		}
		mu.Lock()
		seen += r.GetInstallationId()
		if is("once_only") && strings.Count(seen, r.GetInstallationId()) > 1 {
			r.Problems = append(r.Problems, &wire.Problem{Code: "again"})
		}
		mu.Unlock()
	}
	return nil
}

func afterQuote(q *wire.QuoteRequest, a *wire.QuoteReply, n int64) {
	for _, l := range a.GetLines() {
		if len(l.GetComponents()) == 0 {
			continue
		}
		c := l.GetComponents()[0]
		mark := func(code string) { l.Problems = append(l.Problems, &wire.Problem{Code: code}) }
		switch fault {
		case "by_process":
			mark(fmt.Sprint(os.Getpid()))
		case "moody":
			mark(fmt.Sprint(n))
		case "sum":
			l.Amount.Minor++
		case "currency":
			c.Amount.Currency = "USD"
		case "too_fine":
			c.Unit.Amount.Value += "0000000001"
		case "line_id":
			l.LineId += "x"
		case "by_batch":
			mark(fmt.Sprint(len(q.GetLines())))
		case "past":
			l.ValidUntil = timestamppb.New(time.Unix(1, 0))
		case "not_mine":
			l.Basis = 0
		case "gives_all":
			l.CacheKey = strings.Repeat("x", 20<<10)
		}
	}
}

func afterEffect(out proto.Message, n int64) {
	switch a := out.(type) {
	case *wire.RateReply:
		for _, o := range a.GetOffers() {
			if is("no_offer_id") {
				o.OfferId = ""
			}
			if is("moody_rates") {
				o.Amount.Minor += n
			}
		}
	case *wire.TrackReply:
		for _, e := range a.GetEvents() {
			if is("event_ids") {
				e.EventId += fmt.Sprint(n)
			}
		}
		if is("backwards") {
			slices.Reverse(a.Events)
		}
	case *wire.Operation:
		if is("major_units") && a.GetAmount() != nil {
			a.Amount.Minor /= 100
		}
	case *wire.ParseWebhookReply:
		for _, u := range a.GetUpdates() {
			switch fault {
			case "other_kind":
				u.Kind = "paid_out"
			case "dedupe":
				u.DedupeId += fmt.Sprint(n)
			case "running_total":
				u.Captured.Minor += n
			}
		}
	}
}

// invent answers where the sound plugin has refused.
func invent(in, out proto.Message) error {
	id := fmt.Sprint("invented", calls.Load())
	switch a := out.(type) {
	case *wire.Operation:
		a.OpId, a.State = id, wire.OpState_PENDING
	case *wire.Booking:
		a.BookingId, a.CarrierRef, a.State = id, id, wire.BookingState_CONFIRMED
	case *wire.ParseWebhookReply:
		a.Updates = []*wire.PaymentUpdate{{DedupeId: id}}
	}
	return nil
}
