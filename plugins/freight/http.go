package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/kontorhq/kontor/plugins/sdk"
)

type doer interface {
	Do(*http.Request) (*http.Response, error)
}

// through asks by way of the host, which follows no redirect: a carrier has one address, and
// the signature names its path. It waits a little less than the host does, so that the
// answer is ours to word.
func through(c sdk.Call) doer {
	h := c.HTTP()
	h.Timeout = 14 * time.Second
	return h
}

const maxAnswer = 1 << 20

// ask sends one signed request. Anything but a clear yes or no leaves the outcome open.
func (c *carrier) ask(ctx context.Context, call sdk.Call, s settings, method, path, key string, in, out any) error {
	if s.CarrierURL == "" || s.CarrierSecret == "" {
		return &sdk.Error{Reason: "carrier_not_configured", Blame: sdk.Host, Detail: "carrier_url and carrier_secret are missing"}
	}
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(s.CarrierURL, "/")+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	at := strconv.FormatInt(c.now().Unix(), 10)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("X-Carrier-Key", s.CarrierKey)
	req.Header.Set("X-Carrier-Signature", "t="+at+",v1="+signature(s.CarrierSecret, at, method, path, body))
	if key != "" {
		req.Header.Set("Idempotency-Key", key)
	}
	resp, err := c.http(call).Do(req)
	if err != nil {
		return sdk.NoAnswer("carrier_silent", err)
	}
	defer resp.Body.Close()
	return read(resp, out)
}

// signature covers time, method, path and body, so that none can be swapped.
func signature(secret, at, method, path string, body []byte) string {
	m := hmac.New(sha256.New, []byte(secret))
	m.Write([]byte(at + "." + method + "." + path + "."))
	m.Write(body)
	return hex.EncodeToString(m.Sum(nil))
}

func read(resp *http.Response, out any) error {
	b, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if err != nil {
		return sdk.UpstreamDown("carrier_cut_off", err.Error())
	}
	var refusal struct {
		Code   string `json:"code"`
		Detail string `json:"detail"`
	}
	switch {
	case resp.StatusCode < 300:
		if err := json.Unmarshal(b, out); err != nil {
			return sdk.UpstreamDown("carrier_unreadable", err.Error())
		}
		return nil
	case resp.StatusCode >= 500 || resp.StatusCode == http.StatusTooManyRequests:
		return sdk.UpstreamDown("carrier_down", resp.Status)
	}
	_ = json.Unmarshal(b, &refusal) // a refusal without words is still one
	switch resp.StatusCode {
	case http.StatusNotFound:
		return sdk.Refuse(sdk.ReasonNotFound, refusal.Detail)
	case http.StatusConflict:
		return sdk.Refuse(sdk.ReasonKeyReused, refusal.Detail)
	}
	return sdk.UpstreamRefused("carrier_"+orElse(refusal.Code, "refused"), refusal.Detail)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
