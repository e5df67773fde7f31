package kit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"google.golang.org/protobuf/encoding/protojson"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

// outside is the bank and the carrier, and where their messages arrive.
type outside struct {
	x     Examples
	till  *till // ours, where nobody else plays
	url   string
	inbox *inbox
	stop  func()
}

// secret signs the till's messages.
const secret = "whsec_a2l0LWtpdC1raXQta2l0LWtpdC1raXQ="

func openOutside(x Examples) (outside, error) {
	o := outside{x: x, inbox: newInbox(), stop: func() {}}
	if x.Address != "" {
		o.url = x.Address
		return o, nil
	}
	if x.Outside == nil || len(x.Outside.Start) == 0 {
		o.till = newTill(o.inbox.url())
		o.url = o.till.srv.URL
		return o, nil
	}
	cmd := exec.Command(x.Outside.Start[0], x.Outside.Start[1:]...) //nolint:gosec // the author names it
	cmd.Dir, cmd.Stderr = x.Dir, os.Stderr
	stdin, err1 := cmd.StdinPipe()
	stdout, err2 := cmd.StdoutPipe()
	if err := errors.Join(err1, err2); err != nil {
		return o, err
	}
	if err := cmd.Start(); err != nil {
		return o, fmt.Errorf("fixtures/outside.json: %w", err)
	}
	o.stop = sync.OnceFunc(func() {
		stdin.Close()      //nolint:errcheck
		cmd.Process.Kill() //nolint:errcheck // it may have gone with its standard input
		cmd.Wait()         //nolint:errcheck
	})
	line, err := bufio.NewReader(stdout).ReadString('\n')
	words := strings.Fields(line)
	if err != nil || len(words) == 0 || !strings.HasPrefix(words[len(words)-1], "http") {
		o.close()
		return o, fmt.Errorf("fixtures/outside.json: %v said %q, not its address", x.Outside.Start, line)
	}
	o.url = words[len(words)-1]
	go io.Copy(io.Discard, stdout) //nolint:errcheck // ends with it
	return o, nil
}

func (o outside) address() string { return o.url }

func (o outside) close() {
	o.inbox.srv.Close()
	if o.till != nil {
		o.till.srv.Close()
	}
	o.stop()
}

// settings are the example's, with what the outside party adds.
func (o outside) settings(ctx context.Context, raw json.RawMessage) (json.RawMessage, error) {
	if len(raw) == 0 {
		raw = json.RawMessage(`{}`)
	}
	text := strings.NewReplacer("{{outside}}", o.url, "{{secret}}", secret).Replace(string(raw))
	if o.x.Outside == nil || o.x.Outside.Settings == "" {
		return json.RawMessage(text), nil
	}
	all := map[string]json.RawMessage{}
	if err := json.Unmarshal([]byte(text), &all); err != nil {
		return nil, err
	}
	b, err := o.get(ctx, o.x.Outside.Settings)
	if err == nil {
		err = json.Unmarshal(b, &all) // its members go over ours
	}
	if err != nil {
		return nil, err
	}
	return json.Marshal(all)
}

func (o outside) get(ctx context.Context, path string) ([]byte, error) {
	return o.do(ctx, http.MethodGet, path, nil)
}

func (o outside) do(ctx context.Context, method, path string, body []byte) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, o.url+path, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s %s", method, path, res.Status, b)
	}
	return b, err
}

// funds says whether money can be made to arrive.
func (o outside) funds() bool {
	return o.till != nil || o.x.Fund != nil || o.x.Outside != nil && o.x.Outside.Fund.Path != ""
}

func (o outside) fund(ctx context.Context, op *wire.Operation) error {
	switch {
	case o.x.Fund != nil:
		b, err := protojson.Marshal(op)
		if err != nil {
			return err
		}
		return o.x.Fund(ctx, b)
	case o.till != nil:
		return o.till.fund(op.GetOpId())
	}
	body := strings.ReplaceAll(string(o.x.Outside.Fund.Body), "{{reference}}", op.GetNext().GetFields()["reference"])
	_, err := o.do(ctx, http.MethodPost, o.x.Outside.Fund.Path, []byte(body))
	return err
}

// effects is how much the outside party has done; -1 if it does not tell.
func (o outside) effects(ctx context.Context) (int, error) {
	switch {
	case o.till != nil:
		return o.till.count(), nil
	case o.x.Outside == nil || o.x.Outside.Effects == "":
		return -1, nil
	}
	b, err := o.get(ctx, o.x.Outside.Effects)
	if err != nil {
		return 0, err
	}
	var all []json.RawMessage
	err = json.Unmarshal(b, &all)
	return len(all), err
}

// inbox is where messages of the outside party arrive, as they are.
type inbox struct {
	srv  *httptest.Server
	came chan *wire.Webhook
}

func newInbox() *inbox {
	i := &inbox{came: make(chan *wire.Webhook, 256)}
	i.srv = httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		headers := map[string]string{}
		for k := range r.Header {
			headers[strings.ToLower(k)] = r.Header.Get(k)
		}
		select {
		case i.came <- &wire.Webhook{Headers: headers, Body: body, Query: r.URL.RawQuery}:
		default: // nobody reads them
		}
	}))
	return i
}

func (i *inbox) url() string { return i.srv.URL }

func (i *inbox) empty() {
	for {
		select {
		case <-i.came:
		default:
			return
		}
	}
}

func (i *inbox) next(ctx context.Context) (*wire.Webhook, error) {
	select {
	case w := <-i.came:
		return w, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	case <-time.After(10 * time.Second):
		return nil, errors.New("the outside party sent no message")
	}
}
