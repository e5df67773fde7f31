package kit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"

	"google.golang.org/grpc"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/protojson"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// tape keeps the last exchange, for who reads about a failure, and the largest answer.
type tape struct {
	mu             sync.Mutex
	method         string
	request, reply proto.Message
	err            error
	largest        int
}

func (t *tape) keep(method string, request, reply any, err error) {
	q, _ := request.(proto.Message)
	a, _ := reply.(proto.Message)
	size := 0
	if a != nil {
		size = proto.Size(a)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.method, t.request, t.reply, t.err, t.largest = method, q, a, err, max(t.largest, size)
}

func (t *tape) rewind() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.method, t.request, t.reply, t.err = "", nil, nil, nil
}

const shown = 4 << 10

func shorten(s string) string {
	if len(s) > shown {
		return s[:shown] + fmt.Sprintf("… (%d bytes in all)", len(s))
	}
	return s
}

// show is a message as people and fixtures write it. protojson varies its blanks on
// purpose; ours are always the same.
func show(m proto.Message) string {
	if m == nil {
		return ""
	}
	if proto.Size(m) > 1<<20 {
		return fmt.Sprintf("(%d bytes)", proto.Size(m))
	}
	b, err := protojson.Marshal(m)
	if err != nil {
		return err.Error()
	}
	var v any
	if json.Unmarshal(b, &v) == nil {
		b, _ = json.Marshal(v)
	}
	return shorten(string(b))
}

func (t *tape) tell(r *Result) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.method == "" {
		return
	}
	r.Method, r.Request, r.Response = strings.TrimPrefix(t.method, "/"), show(t.request), show(t.reply)
	if t.err != nil {
		r.Response = shorten(explain(t.err))
	}
}

// recorded is a connection that leaves a trace.
type recorded struct {
	grpc.ClientConnInterface
	tape *tape
}

// Invoke implements grpc.ClientConnInterface.
func (c recorded) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	err := c.ClientConnInterface.Invoke(ctx, method, args, reply, opts...)
	c.tape.keep(method, args, reply, err)
	return err
}

// refusal is the plugin's own, typed error; nil if there is none in err.
func refusal(err error) *wire.PluginError {
	st, ok := status.FromError(err)
	if err == nil || !ok {
		return nil
	}
	for _, d := range st.Details() {
		if e, ok := d.(*wire.PluginError); ok {
			return e
		}
	}
	return nil
}

func explain(err error) string {
	st, ok := status.FromError(err)
	if !ok {
		return err.Error()
	}
	out := fmt.Sprintf("%s: %s", st.Code(), st.Message())
	if e := refusal(err); e != nil {
		out += " " + show(e)
	}
	return out
}

// refused wants a refusal with one of the reasons.
func refused(err error, reasons ...string) error {
	e := refusal(err)
	for _, r := range reasons {
		if e != nil && e.GetReason() == r {
			return nil
		}
	}
	if err == nil {
		return fmt.Errorf("it was accepted, where a refusal with the reason %s is due", strings.Join(reasons, " or "))
	}
	return fmt.Errorf("got %s, where a refusal with the reason %s is due", explain(err), strings.Join(reasons, " or "))
}

// Package of the contract's messages.
const contract = "kontor.plugin.v1"

// method finds an RPC by its name as people write it: pricing.Quote, lifecycle.health.
func method(name string) (protoreflect.MethodDescriptor, error) {
	service, rpc, _ := strings.Cut(name, ".")
	var found protoreflect.MethodDescriptor
	plain := func(s string) string { return strings.ToLower(strings.ReplaceAll(s, "_", "")) }
	protoregistry.GlobalFiles.RangeFilesByPackage(contract, func(f protoreflect.FileDescriptor) bool {
		for i := range f.Services().Len() {
			s := f.Services().Get(i)
			for j := range s.Methods().Len() {
				if m := s.Methods().Get(j); plain(string(s.Name())) == plain(service) && plain(string(m.Name())) == plain(rpc) {
					found = m
				}
			}
		}
		return found == nil
	})
	if found == nil {
		return nil, fmt.Errorf("the contract has no %q", name)
	}
	return found, nil
}

func rpcPath(m protoreflect.MethodDescriptor) string {
	return "/" + string(m.Parent().FullName()) + "/" + string(m.Name())
}

var errNotGo = errors.New("a message of the contract that this program was not made with")

func message(d protoreflect.MessageDescriptor) (proto.Message, error) {
	t, err := protoregistry.GlobalTypes.FindMessageByName(d.FullName())
	if err != nil {
		return nil, fmt.Errorf("%w: %s", errNotGo, d.FullName())
	}
	return t.New().Interface(), nil
}

// withCall sets who asks, which is field 1 of every request.
func withCall(m proto.Message, c *wire.Call) proto.Message {
	r := m.ProtoReflect()
	if f := r.Descriptor().Fields().ByName("call"); f != nil && f.Message() != nil && f.Message().FullName() == contract+".Call" {
		r.Set(f, protoreflect.ValueOfMessage(c.ProtoReflect()))
	}
	return m
}
