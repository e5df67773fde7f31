package web

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheDocumentDescribesEveryRoute(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	g := w.ask(t, ask{path: "/api/v1/openapi.json"})
	var raw map[string]any
	if err := json.Unmarshal([]byte(g.body), &raw); err != nil || g.status != 200 {
		t.Fatalf("%d %v", g.status, err)
	}
	if raw["openapi"] != "3.1.0" {
		t.Errorf("version %v", raw["openapi"])
	}
	op := raw["paths"].(map[string]any)["/rfqs/{id}/publish"].(map[string]any)["post"].(map[string]any)
	if op["operationId"] != "post-rfqs-by-id-publish" || op["x-permission"] != "test.rfq.write" || op["responses"].(map[string]any)["201"] == nil {
		t.Errorf("%v", op)
	}
	for _, want := range []string{`"Idempotency-Key"`, `"application/problem+json"`, `"additionalProperties":false`, `"PostRfqsByIdPublishRequest"`, `"ListWebRfqView"`, `"#/components/schemas/Problem"`} {
		if !strings.Contains(g.body, want) {
			t.Errorf("no %s", want)
		}
	}
	if g := w.ask(t, ask{path: "/api/v1/openapi-3.0.json"}); !strings.Contains(g.body, `"openapi":"3.0.3"`) {
		t.Error("no downgrade")
	}
	if len(w.Table()) != len(testRoutes())+4 {
		t.Errorf("%d lines in the table", len(w.Table()))
	}
	for _, l := range w.Table() {
		if l.Action == "" || l.Path == "" {
			t.Errorf("%+v", l)
		}
	}
}

func TestTheDocsPageShowsOperationsAndAnExample(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	g := w.ask(t, ask{path: "/api/docs"})
	for _, want := range []string{`id="post-rfqs-by-id-publish"`, "Publish a request", "Sourcing", "Idempotency-Key: $(uuidgen)", "&#34;title&#34;: &#34;…&#34;", "length ≤ 20", `href="/api/docs/assets/docs.`} {
		if !strings.Contains(g.body, want) {
			t.Errorf("no %s", want)
		}
	}
	if strings.Contains(g.body, "<script") || strings.Contains(g.body, "http://") {
		t.Error("it needs scripts or strangers")
	}
	at := strings.Index(g.body, docAssets)
	css := g.body[at : at+strings.IndexByte(g.body[at:], '"')]
	if g := w.ask(t, ask{path: css}); g.status != 200 || !strings.HasPrefix(g.header.Get("Content-Type"), "text/css") {
		t.Errorf("%s: %d", css, g.status)
	}
}

func TestTheProblemsPageExplainsEveryCode(t *testing.T) {
	t.Parallel()
	w := newTown(t, nil, testRoutes()...)
	g := w.ask(t, ask{path: "/problems"})
	for _, code := range []string{"http.invalid", "http.idempotency_mismatch", "test.taken", "internal", "id.malformed"} {
		if !strings.Contains(g.body, `<tr id="`+code+`">`) {
			t.Errorf("%s is not explained", code)
		}
	}
}

// What the edge itself can say, it says in Chinese too.
func TestTheEdgesFaultsAreTranslated(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("../../../themes/base/locales/zh-CN/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no catalogues: %v", err)
	}
	texts := map[string]string{}
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(raw, &texts); err != nil {
			t.Fatalf("%s: %v", f, err)
		}
	}
	for _, f := range declaredFaults() {
		if !strings.HasPrefix(f.Code, "http.") {
			continue
		}
		if texts["fault."+f.Code] == "" || f.Next != "" && texts["fault."+f.Code+".next"] == "" {
			t.Errorf("%s has no Chinese text", f.Code)
		}
	}
	for _, w := range words {
		if texts["field."+w.reason] == "" {
			t.Errorf("field.%s has no Chinese text", w.reason)
		}
	}
	for k := range docWords {
		if texts["docs."+k] == "" {
			t.Errorf("docs.%s has no Chinese text", k)
		}
	}
}
