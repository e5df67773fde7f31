package kit

import (
	"errors"
	"fmt"
	"strings"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"
	"google.golang.org/protobuf/types/known/emptypb"

	"github.com/kontorhq/kontor/plugins/sdk"
	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

func protoChecks() []Check {
	return []Check{
		{Name: "core.proto.unknown_field_ignored", Level: Must, Rule: "Fields that a later contract adds are skipped: the answer is the same without them.", do: unknownField},
		{Name: "core.proto.unknown_enum_tolerated", Level: Must, Of: "pricing/reprice", Rule: "A value that an enumeration did not have yet is refused or passed over; it is no crash.", do: unknownEnum},
		{Name: "core.proto.unimplemented_code", Level: Must, Rule: "An RPC or a service that the plugin does not have is answered with UNIMPLEMENTED.", do: unimplemented},
		{Name: "core.errors.typed_detail", Level: Must, Rule: "A refusal carries a PluginError with a reason and whose fault it is.", do: typedDetail},
		{Name: "core.panic.contained", Level: Must, Rule: "Nonsense in a request is refused or answered; it ends neither the process nor the calls of others.", do: contained},
		{Name: "core.determinism.pure_rpcs", Level: Must, Rule: "Asked the same twice, a call without effects says the same.", do: deterministic},
		{Name: "core.contract.previous_minor_host", Level: Must, Rule: "A host that knows only the first fields of the contract is served.", do: olderHost},
		{Name: "core.contract.next_minor_host", Level: Must, Rule: "A host that offers more than the plugin knows is served: unknown features, hints and fields are skipped.", do: newerHost},
	}
}

// unknown is a field that no contract has yet.
func unknown() []byte {
	return protowire.AppendString(protowire.AppendTag(nil, 15000, protowire.BytesType), "of a later contract")
}

// futured puts unknown fields into a message and everything in it.
func futured(m proto.Message) proto.Message {
	m = proto.Clone(m)
	var mark func(protoreflect.Message)
	mark = func(r protoreflect.Message) {
		r.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case f.IsMap():
			case f.IsList() && f.Message() != nil:
				for i := range v.List().Len() {
					mark(v.List().Get(i).Message())
				}
			case f.Message() != nil:
				mark(v.Message())
			}
			return true
		})
		r.SetUnknown(unknown())
	}
	mark(m.ProtoReflect())
	return m
}

func unknownField(p *probe) error {
	return p.alike(func(a ask) ask {
		a.request = futured(a.request)
		return a
	}, false)
}

// alike asks as it is and again changed, and wants the same answer.
func (p *probe) alike(change func(ask) ask, lean bool) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		one, err := a.of(p, g, p.call(""))
		if err != nil {
			return err
		}
		c := p.call("")
		if lean {
			c = &wire.Call{TenantId: c.GetTenantId(), InstallationId: c.GetInstallationId(), ConfigRevision: c.GetConfigRevision(), CallToken: c.GetCallToken()}
		}
		two, err := change(a).of(p, g, c)
		if err != nil {
			return fmt.Errorf("%s: %w", a.name, err)
		}
		if d := differ(one, two); d != "" {
			return fmt.Errorf("%s: %s", a.name, d)
		}
	}
	return nil
}

// differ compares two answers. When they were made, and the names that they were given, may
// differ; what is promised may not.
func differ(one, two proto.Message) string {
	a, b := show(timeless(one)), show(timeless(two))
	if a == b {
		return ""
	}
	return fmt.Sprintf("first %s, then %s", a, b)
}

var passing = map[protoreflect.Name]bool{"valid_until": true, "offer_id": true, "cache_key": true, "expires_at": true, "eta": true}

func timeless(m proto.Message) proto.Message {
	m = proto.Clone(m)
	var clear func(protoreflect.Message)
	clear = func(r protoreflect.Message) {
		r.Range(func(f protoreflect.FieldDescriptor, v protoreflect.Value) bool {
			switch {
			case passing[f.Name()]:
				r.Clear(f)
			case f.IsMap():
			case f.IsList() && f.Message() != nil:
				for i := range v.List().Len() {
					clear(v.List().Get(i).Message())
				}
			case f.Message() != nil && !f.IsList():
				clear(v.Message())
			}
			return true
		})
	}
	clear(m.ProtoReflect())
	return m
}

// unknownEnum re-prices a line whose basis nobody knows.
func unknownEnum(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	_, err = g.pricing.Reprice(p, &wire.RepriceRequest{
		Call:     p.call(""),
		Original: []*wire.QuoteOut{{LineId: "1", Basis: 99, Problems: []*wire.Problem{{Code: "x", Severity: 99}}}},
		Measured: []*wire.Measurement{{LineId: "1", Qty: &wire.Quantity{Value: &wire.Decimal{Value: "1"}, Uom: "KGM"}, Evidence: &wire.Ref{Kind: "evidence", Id: "e"}}},
	})
	if e := refusal(err); err != nil && (e == nil || e.GetReason() == sdk.ReasonPanic) {
		return err
	}
	_, err = g.life.Health(p, &wire.HealthRequest{})
	return err
}

func unimplemented(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	for _, m := range []string{"/" + contract + ".Lifecycle/NotYetThought", "/" + contract + ".Horoscope/Read"} {
		err := g.conn.Invoke(p, m, &emptypb.Empty{}, &emptypb.Empty{})
		if status.Code(err) != codes.Unimplemented {
			return fmt.Errorf("%s is answered with %s", m, status.Code(err))
		}
	}
	return nil
}

func typedDetail(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		c := p.call("")
		c.ConfigRevision++ // which nobody has told it of
		a.mayRefuse = ""
		_, err := a.of(p, g, c)
		e := refusal(err)
		switch {
		case err == nil:
			return fmt.Errorf("%s: settings that it was never told of are no reason to refuse", a.name)
		case e == nil:
			return fmt.Errorf("%s: the refusal has no PluginError: %w", a.name, err)
		case e.GetReason() == "" || e.GetFault() == wire.PluginError_FAULT_UNSPECIFIED:
			return fmt.Errorf("%s: the refusal does not say why, or whose fault it is", a.name)
		}
	}
	return nil
}

// contained sends nonsense to every RPC of what the plugin has declared.
func contained(p *probe) error {
	g, err := p.plug()
	if err != nil {
		return err
	}
	for _, c := range capabilities() {
		if !offered(p.declared, c.name) {
			continue
		}
		d, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(contract + "." + c.service))
		if err != nil {
			return err
		}
		methods := d.(protoreflect.ServiceDescriptor).Methods() //nolint:forcetypeassert // the name is a service's
		for i := range methods.Len() {
			if err := p.nonsense(g, methods.Get(i)); err != nil {
				return err
			}
		}
	}
	return p.serves(g)
}

func (p *probe) nonsense(g *plug, m protoreflect.MethodDescriptor) error {
	for n, text := range []string{"", "99999999999999999999.999999999999", "-1e9999", "\x00'\"; ../../", strings.Repeat("x", 8<<10)} {
		q, err := message(m.Input())
		if err != nil {
			return err
		}
		reply, err := message(m.Output())
		if err != nil {
			return err
		}
		fill(q.ProtoReflect(), text, 0)
		withCall(q, p.call(p.key(fmt.Sprint("nonsense-", m.Name(), n))))
		err = g.conn.Invoke(p, rpcPath(m), q, reply)
		if e := refusal(err); e != nil && e.GetReason() == sdk.ReasonPanic {
			return fmt.Errorf("%s panics", m.Name())
		}
		if unreachable(err) && refusal(err) == nil {
			return fmt.Errorf("%s ends the process: %w", m.Name(), err)
		}
	}
	return nil
}

// fill sets every field of a message to the same text, or to a number as odd.
func fill(r protoreflect.Message, text string, depth int) {
	fields := r.Descriptor().Fields()
	for i := range fields.Len() {
		f := fields.Get(i)
		if f.IsMap() || depth > 5 || f.Message() != nil && f.Message().FullName() == "google.protobuf.Timestamp" {
			continue
		}
		switch {
		case f.IsList() && f.Message() != nil:
			l := r.Mutable(f).List()
			fill(l.AppendMutable().Message(), text, depth+1)
		case f.IsList():
		case f.Message() != nil:
			fill(r.Mutable(f).Message(), text, depth+1)
		default:
			if v, ok := odd(f.Kind(), text); ok {
				r.Set(f, v)
			}
		}
	}
}

func odd(k protoreflect.Kind, text string) (protoreflect.Value, bool) {
	switch k {
	case protoreflect.StringKind:
		return protoreflect.ValueOfString(text), true
	case protoreflect.BytesKind:
		return protoreflect.ValueOfBytes([]byte(text)), true
	case protoreflect.Int64Kind:
		return protoreflect.ValueOfInt64(-1 << 63), true
	case protoreflect.Int32Kind:
		return protoreflect.ValueOfInt32(-1 << 31), true
	case protoreflect.Uint32Kind:
		return protoreflect.ValueOfUint32(1<<32 - 1), true
	case protoreflect.Uint64Kind:
		return protoreflect.ValueOfUint64(1<<64 - 1), true
	case protoreflect.EnumKind:
		return protoreflect.ValueOfEnum(99), true
	}
	return protoreflect.Value{}, false
}

func deterministic(p *probe) error {
	return p.alike(func(a ask) ask { return a }, false)
}

// olderHost says no more than the first host of the contract did.
func olderHost(p *probe) error {
	g, err := p.start(p, false)
	if err != nil {
		return err
	}
	p.own = append(p.own, g)
	if _, err := g.life.Init(p, &wire.InitRequest{HostSocket: g.hosting().GetHostSocket()}); err != nil {
		return fmt.Errorf("init: %w", err)
	}
	if err := g.configure(p, p.tenant(tenantA, installA)); err != nil {
		return err
	}
	if p.shared != nil {
		p.shared.stop()
	}
	p.Bench.shared = g
	defer func() { p.Bench.shared = nil }()
	return p.alike(func(a ask) ask { return a }, true)
}

func newerHost(p *probe) error {
	g, err := p.start(p, false)
	if err != nil {
		return err
	}
	p.own = append(p.own, g)
	h := g.hosting()
	h.HostFeatures = []string{"telepathy", "pricing.sing/2"}
	if _, err := g.life.Init(p, futured(h).(*wire.InitRequest)); err != nil { //nolint:forcetypeassert // a clone
		return fmt.Errorf("init: %w", err)
	}
	t := futured(p.tenant(tenantA, installA)).(*wire.TenantConfig) //nolint:forcetypeassert // a clone
	t.Features, t.Granted = []string{"telepathy"}, []string{"read:stars"}
	if err := g.configure(p, t); err != nil {
		return err
	}
	all, err := p.asks()
	if err != nil {
		return err
	}
	for _, a := range all {
		c := p.call("")
		c.Hints = map[string]string{"telepathy": "on"}
		c = futured(c).(*wire.Call) //nolint:forcetypeassert // a clone
		a.request = futured(a.request)
		if _, err := a.of(p, g, c); err != nil {
			return errors.Join(errors.New(a.name), err)
		}
	}
	return nil
}
