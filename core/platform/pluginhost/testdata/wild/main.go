// Command wild is a pricing plugin that misbehaves on request, for the host's tests.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

func main() {
	sdk.Serve(sdk.Plugin{ID: "kontor.wild", Version: "1.0.0", Pricing: wild{}, Check: check})
}

// leaked keeps what nobody needs.
var leaked [][]byte

// reach tries to get at something outside; the error is the answer.
func reach(ctx context.Context, call sdk.Call, how, at string) (got string, err error) {
	switch how {
	case "hold":
		n, err := strconv.Atoi(at)
		if err != nil {
			return "", err
		}
		held := make([]byte, n<<20)
		for i := range held {
			held[i] = 1 // what is not touched is not held
		}
		leaked = append(leaked, held)
	case "forge":
		call = call.WithToken("A" + strings.Repeat("B", 53))
		fallthrough
	case "fetch":
		return fetch(ctx, call, at)
	case "kv":
		return keep(ctx, call.KV(), at)
	case "once":
		return sdk.Once(ctx, call, at, func(context.Context) (string, error) { return rand.Text(), nil })
	case "dial":
		_, err = net.Dial("tcp", at)
	case "read":
		_, err = os.ReadFile(at)
	case "write":
		err = os.WriteFile(at, nil, 0o600)
	}
	if err != nil {
		return "", sdk.Refuse("cannot_"+how, err.Error())
	}
	return "", nil
}

// keep asks the host to keep something: put KEY VALUE, swap KEY VALUE VERSION, get KEY ...
func keep(ctx context.Context, kv sdk.KV, what string) (string, error) {
	w := append(strings.Fields(what), "", "", "", "")
	switch w[0] {
	case "put":
		e, err := kv.Put(ctx, w[1], []byte(w[2]), 0)
		return fmt.Sprint(e.Version), err
	case "brief":
		e, err := kv.Put(ctx, w[1], []byte(w[2]), time.Hour)
		return fmt.Sprint(e.Version), err
	case "swap":
		n, _ := strconv.ParseUint(w[3], 10, 64)
		e, err := kv.Swap(ctx, w[1], []byte(w[2]), 0, n)
		return fmt.Sprint(e.Version), err
	case "get":
		e, there, err := kv.Get(ctx, w[1])
		return fmt.Sprint(there, " ", string(e.Value), " ", e.Version), err
	case "delete":
		was, err := kv.Delete(ctx, w[1])
		return fmt.Sprint(was), err
	case "list":
		list, more, err := kv.List(ctx, w[1], "")
		keys := []string{}
		for _, e := range list {
			keys = append(keys, e.Key)
		}
		return fmt.Sprint(keys, more), err
	case "fill":
		for i := range 200 {
			if _, err := kv.Put(ctx, fmt.Sprint("fill", i), make([]byte, sdk.KVMostValue), 0); err != nil {
				return fmt.Sprint(i), err
			}
		}
	case "large":
		_, err := kv.Put(ctx, "large", make([]byte, sdk.KVMostValue+1), 0)
		return "", err
	case "long":
		_, err := kv.Put(ctx, strings.Repeat("k", sdk.KVMostKey+1), nil, 0)
		return "", err
	case "nul":
		_, err := kv.Put(ctx, "a\x00b", nil, 0)
		return "", err
	case "flood":
		for range 1000 {
			if _, _, err := kv.Get(ctx, "x"); err != nil {
				return "", err
			}
		}
	}
	return "", nil
}

func fetch(ctx context.Context, call sdk.Call, at string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return "", err
	}
	req.Header.Set("Authorization", "mine")
	req.Header.Set("X-Forwarded-For", "1.2.3.4")
	res, err := call.HTTP().Do(req)
	if err != nil {
		return "", sdk.NoAnswer("silent", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	return fmt.Sprint(res.StatusCode, " ", string(b), " ", res.Header), err
}

// check refuses settings that say so.
func check(_ context.Context, t sdk.TenantConfig) []sdk.Problem {
	if strings.Contains(string(t.JSON), "refuse") {
		return []sdk.Problem{{Code: "as_told"}}
	}
	return nil
}

type wild struct{}

// Quote does what the attribute "do" of the first line says.
func (wild) Quote(ctx context.Context, req sdk.QuoteRequest) (sdk.QuoteReply, error) {
	var out sdk.QuoteReply
	for _, l := range req.Lines {
		price := sdk.Money{Currency: req.Currency, Minor: 100}
		unit := sdk.UnitPrice{Amount: sdk.Int(1), Currency: req.Currency, Per: sdk.Quantity{Value: sdk.Int(1), Unit: "H87"}}
		q := sdk.QuotedLine{
			LineID: l.LineID, Basis: sdk.ByPiece, PricedQty: sdk.Quantity{Value: sdk.Int(1), Unit: "H87"}, Amount: price,
			ValidUntil: req.At.Add(time.Minute), Components: []sdk.Component{{Code: "base", Unit: unit, Qty: sdk.Quantity{Value: sdk.Int(1), Unit: "H87"}, Amount: price}},
		}
		if err := misbehave(ctx, req.Call, l.Attrs["do"], &q); err != nil {
			return out, err
		}
		out.Lines = append(out.Lines, q)
	}
	return out, nil
}

func misbehave(ctx context.Context, call sdk.Call, what string, q *sdk.QuotedLine) error {
	if how, at, ok := strings.Cut(what, " "); ok {
		got, err := reach(ctx, call, how, at)
		q.Problems = []sdk.Problem{{Code: "reached", Message: got}}
		return err
	}
	switch what {
	case "leak":
		for {
			leaked = append(leaked, make([]byte, 16<<20))
		}
	case "panic":
		panic("as told")
	case "exit":
		os.Exit(7)
	case "hang":
		time.Sleep(3 * time.Second) // and does not look at ctx
	case "slow":
		select {
		case <-time.After(300 * time.Millisecond):
		case <-ctx.Done():
		}
	case "fork":
		c := exec.Command("/bin/sleep", "300")
		c.Stderr = os.Stderr // a grandchild that holds our pipe
		if err := c.Start(); err != nil {
			return err
		}
		q.CacheKey = fmt.Sprint(c.Process.Pid)
		q.Problems = []sdk.Problem{{Code: "pid", Message: fmt.Sprint(c.Process.Pid)}}
	case "negative":
		q.Amount.Minor, q.Components[0].Amount.Minor = -100, -100
	case "currency":
		q.Amount.Currency, q.Components[0].Amount.Currency = "USD", "USD"
	case "sum":
		q.Amount.Minor++
	case "product":
		q.Amount.Minor, q.Components[0].Amount.Minor = 99, 99
	case "fine":
		q.Components[0].Unit.Amount = sdk.D("1.0000001")
	case "line":
		q.LineID = "another"
	case "past":
		q.ValidUntil = time.Unix(1, 0)
	case "basis":
		q.Basis = 99
	case "big":
		q.CacheKey = strings.Repeat("x", 5<<20)
	case "error":
		return fmt.Errorf("something")
	case "refuse":
		return sdk.Refuse("not_today", "")
	case "mine":
		q.Basis, q.Components, q.Problems = sdk.NotMine, nil, []sdk.Problem{{Code: "mass_unknown", Pointer: "/attrs"}}
	case "config":
		var all map[string]any
		if err := call.Config(&all); err != nil {
			return err
		}
		q.Problems = []sdk.Problem{{Code: "config", Message: fmt.Sprint(all)}}
	case "env":
		q.Problems = []sdk.Problem{{Code: "env", Message: strings.Join(os.Environ(), "\x1f")}}
	}
	return nil
}
