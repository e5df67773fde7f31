package account_test

import (
	"encoding/json"
	"net/http"
	"regexp"
	"strings"

	"github.com/kontorhq/kontor/core/surface/surfacetest"
)

// staffsDirectory: an operator gives the staff's directory a key on the connection's page. From
// then on its groups, and no claim at the door, say of their members who is an operator.
func (d *desk) staffsDirectory() {
	t := d.t
	t.Helper()
	if p := d.op.Get(d.at); !p.Shows("Directory (SCIM)", "http://pharma.localhost/scim/v2", "the last operator is never taken away", "The directory has no key yet") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	key := regexp.MustCompile(`kontor_live_[a-z2-7]{16}_[a-z2-7]{52}`).FindString(d.op.Post(d.at+"/directory", "days", "30").Body)
	if key == "" {
		t.Fatal("no key")
	}
	call := func(method, path, body string, want int) string {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+d.h.Host("pharma")+"/scim/v2"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+key)
		r.Header.Set("Content-Type", "application/scim+json")
		res, err := d.h.HTTP().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		var v struct{ ID, Detail string }
		if _ = json.NewDecoder(res.Body).Decode(&v); res.StatusCode != want {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, v.Detail)
		}
		return v.ID
	}
	in := func() bool {
		t.Helper()
		b, p := d.come("nova")
		return p.Location == "/operator" && b.Get("/operator").Status == http.StatusOK
	}
	nova := call(http.MethodPost, "/Users", `{"userName":"nova@`+staffDomain+`"}`, http.StatusCreated)
	if in() {
		t.Error("in no group yet, and what the provider says of him counts for nothing")
	}
	group := call(http.MethodPost, "/Groups", `{"displayName":"Desk","members":[{"value":"`+nova+`"}]}`, http.StatusCreated)
	if !in() {
		t.Error("his group makes him an operator, and he is not let in")
	}
	if n := d.count(`SELECT count(*) FROM audit_entries WHERE action = 'scim.group_changed.v1' AND object_id = $1`, strings.TrimPrefix(d.at, "/account/sso/")); n != 1 {
		t.Errorf("the record has %d groups", n)
	}
	call(http.MethodPatch, "/Groups/"+group, `{"Operations":[{"op":"Remove","path":"members","value":[{"value":"`+nova+`"}]}]}`, http.StatusOK)
	d.f.Member("nova", "nova@"+staffDomain, "Nova Desk", "Desk")
	if in() {
		t.Error("out of the group, and the provider's word brings him back")
	}
	call(http.MethodPost, "/Users", `{"userName":"guest@`+staffDomain+`"}`, http.StatusConflict)
	if p := d.op.Get(d.at); !p.Shows("Last refusals", "that is not of the marketplace's staff") {
		t.Errorf("%s", p.Text())
	}
	if p := surfacetest.As(t, d.h, "pharma", "zh-CN", "operator").Get(d.at); !p.Shows("企业目录（SCIM）", "最后一名运营人员绝不会被移除", "但不属于市场的工作人员") {
		t.Errorf("%s", p.Text())
	}
}
