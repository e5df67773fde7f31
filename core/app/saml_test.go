package app_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/platform/saml/samltest"
)

// A program sets a SAML connection up as an administrator does on pages.
func TestASAMLConnectionIsSetUpByTheAPI(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	f := samltest.New(t)
	c := h.Client(t, "pharma", "seller@pharma.example")
	type view struct {
		ID, Kind, Issuer, State string
		Version                 int64
		SAML                    struct {
			Entity       string `json:"entity_id"`
			ACS          string `json:"acs_url"`
			SignOn       string `json:"sign_on_url"`
			Sign         bool   `json:"sign_requests"`
			Certificates []struct{ SHA256 string }
		}
	}
	read := func(method, path, body string, want int) (v view, text string) {
		t.Helper()
		r, err := http.NewRequestWithContext(t.Context(), method, "http://"+c.Host+"/api/v1/sso-connections"+path, strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		r.Header.Set("Authorization", "Bearer "+c.Token)
		r.Header.Set("Content-Type", "application/json")
		r.Header.Set("Idempotency-Key", apptest.Key())
		res, err := h.HTTP().Do(r)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		b, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != want {
			t.Fatalf("%s %s: %d %s", method, path, res.StatusCode, b)
		}
		_ = json.Unmarshal(b, &v)
		return v, string(b)
	}
	v, _ := read(http.MethodPost, "", `{"kind":"saml","name":"By program","default_roles":["seller"],"sign_requests":true,"attributes":{"subject":"uid"}}`, http.StatusCreated)
	base := "http://" + h.Host("pharma")
	if v.Kind != "saml" || v.SAML.Entity != base+"/sso/saml/"+v.ID || v.SAML.ACS != v.SAML.Entity+"/acs" || !v.SAML.Sign || len(v.SAML.Certificates) != 0 {
		t.Errorf("%+v", v)
	}
	if _, text := read(http.MethodPut, "/"+v.ID+"/metadata", fmt.Sprintf(`{"version":%d,"metadata":"<x/>"}`, v.Version), http.StatusUnprocessableEntity); !strings.Contains(text, "sso.metadata_malformed") {
		t.Error(text)
	}
	if _, text := read(http.MethodPut, "/"+v.ID+"/metadata", fmt.Sprintf(`{"version":%d,"address":"http://intranet.example/metadata"}`, v.Version), http.StatusUnprocessableEntity); !strings.Contains(text, "sso.issuer_refused") {
		t.Error(text)
	}
	v, text := read(http.MethodPut, "/"+v.ID+"/metadata", fmt.Sprintf(`{"version":%d,"address":%q}`, v.Version, f.URL+"/metadata"), http.StatusOK)
	if v.Issuer != f.URL+"/metadata" || v.SAML.SignOn != f.URL+"/sso" || len(v.SAML.Certificates) != 1 || len(v.SAML.Certificates[0].SHA256) != 64 || v.State != "draft" {
		t.Errorf("%+v", v)
	}
	if strings.Contains(text, "secret") || strings.Contains(text, "PRIVATE") {
		t.Errorf("the key is told: %s", text)
	}
	if _, text := read(http.MethodPut, "/"+v.ID+"/metadata", fmt.Sprintf(`{"version":%d,"metadata":%q}`, v.Version-1, f.Metadata()), http.StatusConflict); !strings.Contains(text, "sso.stale") {
		t.Error(text)
	}
	read(http.MethodPost, "", `{"kind":"ws-fed","name":"X"}`, http.StatusUnprocessableEntity)
	read(http.MethodDelete, "/"+v.ID, "", http.StatusOK)
}
