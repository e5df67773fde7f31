package main

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

// done is what the outside party says of a thing that it has done.
type done struct {
	ID        string    `json:"id"`
	Kind      string    `json:"kind"`
	State     string    `json:"state"`
	Amount    int64     `json:"amount"`
	Currency  string    `json:"currency"`
	Captured  int64     `json:"captured"`
	Refunded  int64     `json:"refunded"`
	Reference string    `json:"reference"`
	At        time.Time `json:"at"`
}

// ask asks the outside party by way of the host. A clear yes is an answer and a clear no a
// refusal; of anything else nobody knows whether it was done, and the host asks again with
// the same key.
func ask(ctx context.Context, call sdk.Call, method, path string, in any) (done, error) {
	s, err := settingsOf(call)
	if err != nil {
		return done{}, err
	}
	if s.OutsideURL == "" {
		return done{}, &sdk.Error{Reason: "not_configured", Blame: sdk.Host, Detail: "outside_url is not set"}
	}
	var body []byte
	if in != nil {
		if body, err = json.Marshal(in); err != nil {
			return done{}, err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.OutsideURL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return done{}, err
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Authorization", "Bearer "+s.OutsideKey)
	if call.Key != "" {
		req.Header.Set("Idempotency-Key", call.Key)
	}
	res, err := call.HTTP().Do(req)
	if err != nil {
		return done{}, sdk.NoAnswer("outside_silent", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
	if err != nil {
		return done{}, sdk.UpstreamDown("outside_cut_off", err.Error())
	}
	return read(res.StatusCode, b)
}

func read(status int, b []byte) (d done, err error) {
	var no struct {
		Code string `json:"code"`
	}
	switch {
	case status >= 500 || status == http.StatusTooManyRequests:
		return d, sdk.UpstreamDown("outside_down", "")
	case status >= 300:
		_ = json.Unmarshal(b, &no) // a no without words is one too
		switch {
		case status == http.StatusNotFound:
			return d, sdk.Refuse(sdk.ReasonNotFound, "")
		case no.Code == sdk.ReasonKeyReused:
			return d, sdk.Refuse(sdk.ReasonKeyReused, "")
		}
		return d, sdk.UpstreamRefused("outside_"+no.Code, "")
	}
	if err := json.Unmarshal(b, &d); err != nil || d.ID == "" {
		return done{}, sdk.UpstreamDown("outside_unreadable", "")
	}
	return d, nil
}

// find looks a thing up by its id, or by the key of a request whose answer was lost.
func find(ctx context.Context, call sdk.Call, id, key string) (done, error) {
	call.Key = ""
	if id != "" {
		return ask(ctx, call, http.MethodGet, "/v1/done/"+url.PathEscape(id), nil)
	}
	return ask(ctx, call, http.MethodGet, "/v1/done?key="+url.QueryEscape(key), nil)
}
