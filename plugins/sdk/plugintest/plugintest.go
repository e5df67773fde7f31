// Package plugintest holds plugins against the contract in go test: the checks of package
// kit, each a test of its own. Run does it in this process, Exec with a launched program of
// any language. The same checks run from the command line: kontor plugin test.
package plugintest

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
	"github.com/kontorhq/kontor/plugins/sdk/kit"
)

// Setup is what the kit cannot invent: settings, and examples that the plugin serves.
type Setup struct {
	Config any // a tenant's settings

	Currency string
	Lines    []sdk.QuoteLine // at least one that it prices

	Rate sdk.RateRequest // a consignment that it moves

	Begin sdk.BeginRequest
	// Fund makes the money of an operation arrive at the provider.
	Fund func(*testing.T, sdk.Operation)
	// Account is one that the provider pays to.
	Account string

	// Examples are files as a plugin's folder has them, for what has no field above.
	Examples map[string]json.RawMessage
	// Outside plays the outside party, where Fund and Config are not enough.
	Outside *kit.Outside
	// Address is of the outside party that Config names: what may be asked through the host.
	Address string
}

// Run checks p in this process.
func Run(t *testing.T, p sdk.Plugin, s Setup) {
	t.Helper()
	run(t, kit.Target{Plugin: &p}, s.examples(t))
}

// Fixtures checks p in this process with the examples of a folder.
func Fixtures(t *testing.T, p sdk.Plugin, dir string) {
	t.Helper()
	x, err := kit.ReadExamples(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	run(t, kit.Target{Plugin: &p}, x)
}

// Exec checks a program, written in whatever language, the way a host launches it.
func Exec(t *testing.T, program string, s Setup) {
	t.Helper()
	run(t, kit.Target{Program: program, Dir: filepath.Dir(program)}, s.examples(t))
}

// Dial serves p on a connection in memory and gives the host's side of it.
func Dial(t testing.TB, p sdk.Plugin) *sdk.Client {
	t.Helper()
	conn, stop, err := kit.Dial(p)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return sdk.NewClient(conn)
}

func run(t *testing.T, target kit.Target, x kit.Examples) {
	t.Helper()
	b, err := kit.Open(t.Context(), target, x)
	if err != nil {
		t.Fatal(err)
	}
	defer b.Close()
	if err := b.Dead(); err != nil {
		t.Error(err)
	}
	for _, c := range b.Checks() {
		if c.Needs&(kit.Long|kit.Folder|kit.Cage) != 0 {
			continue // the command line's
		}
		t.Run(c.Name, func(t *testing.T) {
			r := b.Try(t.Context(), c)
			switch {
			case r.Outcome == kit.Failed && r.Level == kit.Must:
				t.Errorf("%s\nrule: %s\ncall: %s\nrequest: %s\nresponse: %s", r.Why, r.Rule, r.Method, r.Request, r.Response)
			case r.Outcome != kit.Passed:
				t.Logf("%s: %s", r.Outcome, r.Why)
			}
		})
	}
}

func (s Setup) examples(t *testing.T) kit.Examples {
	t.Helper()
	x := kit.Examples{Requests: map[string]json.RawMessage{}, Outside: s.Outside, Address: s.Address}
	if s.Config != nil {
		b, err := json.Marshal(s.Config)
		if err != nil {
			t.Fatal(err)
		}
		x.Settings = b
	}
	for name, b := range s.Examples {
		x.Requests[name] = b
	}
	w := written{t, x.Requests}
	c := sdk.NewClient(w)
	if len(s.Lines) > 0 {
		c.Quote(t.Context(), sdk.QuoteRequest{Currency: s.Currency, Lines: s.Lines}) //nolint:errcheck // nobody answers
	}
	if len(s.Rate.Parcels) > 0 {
		c.Rate(t.Context(), s.Rate) //nolint:errcheck
	}
	if s.Begin.Amount.Minor != 0 {
		c.Begin(t.Context(), s.Begin) //nolint:errcheck
	}
	if s.Account != "" {
		c.Payout(t.Context(), sdk.PayoutRequest{Party: "seller-1", Amount: sdk.Money{Currency: s.Begin.Amount.Currency, Minor: 100}, IBAN: s.Account, AccountName: "Kit Seller", Reference: "kit"}) //nolint:errcheck
	}
	if s.Fund != nil {
		x.Fund = func(_ context.Context, raw json.RawMessage) error {
			var op wire.Operation
			if err := protojson.Unmarshal(raw, &op); err != nil {
				return err
			}
			m := op.GetAmount()
			s.Fund(t, sdk.Operation{
				OpID: op.GetOpId(), Amount: sdk.Money{Currency: m.GetCurrency(), Minor: m.GetMinor()}, UpstreamRef: op.GetUpstreamRef(),
				Next: sdk.NextAction{Fields: op.GetNext().GetFields()},
			})
			return nil
		}
	}
	return x
}

// written is a connection that sends nothing: it keeps requests as fixtures are written.
type written struct {
	t   *testing.T
	out map[string]json.RawMessage
}

var names = map[string]string{
	"/kontor.plugin.v1.Pricing/Quote": "pricing.quote", "/kontor.plugin.v1.Logistics/Rate": "logistics.rate",
	"/kontor.plugin.v1.Payment/Begin": "payment.begin", "/kontor.plugin.v1.Payment/Payout": "payment.payout",
}

// Invoke implements grpc.ClientConnInterface.
func (w written) Invoke(_ context.Context, method string, args, _ any, _ ...grpc.CallOption) error {
	m, ok := args.(proto.Message)
	if !ok {
		w.t.Fatalf("%s with a %T", method, args)
	}
	b, err := protojson.Marshal(m)
	if err != nil {
		w.t.Fatal(err)
	}
	w.out[names[method]] = b
	return nil
}

// NewStream implements grpc.ClientConnInterface; the contract has none.
func (w written) NewStream(context.Context, *grpc.StreamDesc, string, ...grpc.CallOption) (grpc.ClientStream, error) {
	w.t.Fatal("the contract has no streams")
	return nil, nil
}
