package web

import (
	"bytes"
	"context"
	"embed"
	"encoding/json"
	"html/template"
	"io/fs"
	"net/http"
	"slices"
	"sort"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kontorhq/kontor/core/fault"
)

// The pages about the API are drawn here, on the server, from the same document that
// clients are generated from; they need no script and nobody else's files.
//
//go:embed docs
var docFiles embed.FS

const docAssets = "/api/docs/assets/"

var docTemplates = template.Must(template.New("").ParseFS(docFiles, "docs/*.html"))

// docPage is what both pages show.
type docPage struct {
	Locale, Title, CSS string
	T                  map[string]string
	Groups             []docGroup
	Schemas            []docSchema
	Faults             []docFault
}

type docGroup struct {
	Name       string
	Operations []docOperation
}

type docOperation struct {
	ID, Method, Path, Summary, Permission string
	Public                                bool
	Parameters                            []docParam
	Request                               []docProperty
	Responses                             []docResponse
	Curl                                  string
}

type docParam struct {
	Name, In, Type, Note string
	Required             bool
}

type docProperty struct {
	Name, Type, Ref, Note string
	Required              bool
}

type docResponse struct {
	Status, Text, Type, Ref string
}

type docSchema struct {
	Name       string
	Properties []docProperty
}

type docFault struct {
	Code, Title, Detail, Next string
	Status                    int
}

// mountDocs adds the documentation of the API and of its problems.
func (s *Server) mountDocs() error {
	sub, err := fs.Sub(docFiles, "docs")
	if err != nil {
		return err
	}
	files, err := NewFiles(docAssets, sub)
	if err != nil {
		return err
	}
	s.Assets(docAssets, func(p string) (Asset, bool) {
		if !strings.HasSuffix(p, ".css") {
			return Asset{}, false
		}
		return files.Find(p)
	})
	draw := func(name string, fill func(*Server, *docPage)) func(context.Context, *Visit) (Answer, error) {
		return func(_ context.Context, v *Visit) (Answer, error) {
			p := docPage{Locale: v.Locale(), CSS: files.URL("docs.css"), T: s.docTexts(v.Locale())}
			p.Title = p.T[strings.TrimSuffix(name, ".html")]
			fill(s, &p)
			var b bytes.Buffer
			err := docTemplates.ExecuteTemplate(&b, name, p)
			return Bytes("text/html; charset=utf-8", b.Bytes()), err
		}
	}
	return s.Mount(
		Page(http.MethodGet, "/api/docs", ActionDocs, draw("docs.html", (*Server).fillDocs), Open(), Summary("The API explained"), CachePublic("docs")),
		Page(http.MethodGet, "/problems", ActionDocs, draw("problems.html", (*Server).fillFaults), Open(), Summary("Every problem explained"), CachePublic("docs")),
	)
}

// docWords are the pages' own words; catalogues translate them under "docs.<key>".
var docWords = map[string]string{
	"docs": "API reference", "problems": "Problems", "intro": "Every address below starts with /api/v1. Send and expect JSON. Sign in and pass the token as a bearer token. Every POST takes an Idempotency-Key: a fresh random value for each action, the same one when repeating it. Every error is a problem document with a stable code.",
	"document": "The description for generators", "permission": "Needs the permission", "public": "Open to visitors", "parameters": "Parameters", "body": "Body",
	"answers": "Answers", "required": "required", "example": "Example", "schemas": "Shapes", "name": "Name", "type": "Type", "note": "Note", "status": "Status",
	"code": "Code", "meaning": "Meaning", "next": "What to do", "problems_intro": "The code of a problem never changes its meaning. Programs should decide by it, people by the words beside it.", "other": "Other",
}

func (s *Server) docTexts(locale string) map[string]string {
	out := map[string]string{}
	for k, english := range docWords {
		out[k] = s.text(locale, "docs."+k, nil, english)
	}
	return out
}

func (s *Server) fillFaults(p *docPage) {
	for _, f := range s.faults {
		pr := s.problem(f, p.Locale, "")
		p.Faults = append(p.Faults, docFault{Code: pr.Code, Title: pr.Title, Detail: pr.Detail, Next: pr.Next, Status: pr.Status})
	}
}

func (s *Server) fillDocs(p *docPage) {
	doc := s.api.OpenAPI()
	groups := map[string][]docOperation{}
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op == nil {
				continue
			}
			tag := p.T["other"]
			if len(op.Tags) > 0 {
				tag = op.Tags[0]
			}
			groups[tag] = append(groups[tag], s.docOperation(path, op))
		}
	}
	for name, ops := range groups {
		sort.Slice(ops, func(i, j int) bool { return ops[i].Path+ops[i].Method < ops[j].Path+ops[j].Method })
		p.Groups = append(p.Groups, docGroup{name, ops})
	}
	slices.SortFunc(p.Groups, func(a, b docGroup) int { return strings.Compare(a.Name, b.Name) })
	for name, schema := range doc.Components.Schemas.Map() {
		p.Schemas = append(p.Schemas, docSchema{name, properties(schema)})
	}
	slices.SortFunc(p.Schemas, func(a, b docSchema) int { return strings.Compare(a.Name, b.Name) })
}

func (s *Server) docOperation(path string, op *huma.Operation) docOperation {
	permission, _ := op.Extensions["x-permission"].(string)
	d := docOperation{ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, Permission: permission, Public: len(op.Security) > 2}
	for _, pa := range op.Parameters {
		d.Parameters = append(d.Parameters, docParam{Name: pa.Name, In: pa.In, Type: typeOf(pa.Schema), Note: note(pa.Schema, pa.Description), Required: pa.Required})
	}
	reg := s.api.OpenAPI().Components.Schemas
	var body any
	if op.RequestBody != nil {
		if m := op.RequestBody.Content["application/json"]; m != nil {
			d.Request, body = properties(resolve(reg, m.Schema)), sample(reg, m.Schema, 0)
		}
	}
	for status, r := range op.Responses {
		dr := docResponse{Status: status, Text: r.Description}
		for _, m := range r.Content {
			dr.Type, dr.Ref = typeOf(m.Schema), refName(m.Schema)
		}
		d.Responses = append(d.Responses, dr)
	}
	slices.SortFunc(d.Responses, func(a, b docResponse) int { return strings.Compare(a.Status, b.Status) })
	d.Curl = curl(op, path, body)
	return d
}

func curl(op *huma.Operation, path string, body any) string {
	var b strings.Builder
	b.WriteString("curl -H 'Authorization: Bearer $TOKEN'")
	if op.Method != http.MethodGet {
		b.WriteString(" -X " + op.Method)
	}
	if op.Method == http.MethodPost {
		b.WriteString(" \\\n  -H \"Idempotency-Key: $(uuidgen)\"")
	}
	if body != nil {
		if j, err := json.MarshalIndent(body, "  ", "  "); err == nil {
			b.WriteString(" -H 'Content-Type: application/json' \\\n  -d '" + strings.ReplaceAll(string(j), "'", `'\''`) + "'")
		}
	}
	b.WriteString(" \\\n  https://$HOST" + APIBase + path)
	return strings.Replace(b.String(), "'Authorization: Bearer $TOKEN'", `"Authorization: Bearer $TOKEN"`, 1)
}

// declaredFaults is read once per server: the list is complete when the program runs.
func declaredFaults() []*fault.Error { return fault.Declared() }
