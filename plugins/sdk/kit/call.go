package kit

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"google.golang.org/protobuf/encoding/protojson"
)

// Call makes one call as a host would, for a tenant with the example's settings. The request
// is JSON without "call"; none is the example of that name. A call with an effect has the
// key; none makes one.
func (b *Bench) Call(ctx context.Context, name string, body []byte, key string) ([]byte, error) {
	if b.dead != nil {
		return nil, b.dead
	}
	m, err := method(name)
	if err != nil {
		return nil, err
	}
	in, err := message(m.Input())
	if err != nil {
		return nil, err
	}
	out, err := message(m.Output())
	if err != nil {
		return nil, err
	}
	example := strings.ToLower(string(m.Parent().Name()) + "." + string(m.Name()))
	switch {
	case len(bytes.TrimSpace(body)) > 0:
		err = protojson.Unmarshal(body, in)
	case b.examples.Requests[example] != nil:
		err = protojson.Unmarshal(b.examples.Requests[example], in)
	}
	if err != nil {
		return nil, fmt.Errorf("the request: %w", err)
	}
	p := &probe{Context: ctx, Bench: b}
	g, err := p.plug()
	if err != nil {
		return nil, err
	}
	if key == "" {
		key = b.key("call")
	}
	if err := g.conn.Invoke(ctx, rpcPath(m), withCall(in, p.call(key)), out); err != nil {
		return nil, errors.New(explain(err))
	}
	raw, err := protojson.Marshal(out)
	if err != nil {
		return nil, err
	}
	var nice bytes.Buffer
	err = json.Indent(&nice, raw, "", "  ")
	return append(nice.Bytes(), '\n'), err
}
