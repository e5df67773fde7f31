package web

import (
	"bytes"
	"context"
	"net/http"
	"reflect"
	"strconv"
	"strings"
	"sync"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humafiber"
	"github.com/gofiber/fiber/v2"
)

var humaOnce sync.Once

// newAPI makes the huma side: it describes operations, validates what comes in against
// the description and calls us.
func newAPI(s *Server) huma.API {
	humaOnce.Do(func() { // huma keeps these as package variables
		huma.DefaultArrayNullable = false
		huma.ValidateStrictCasing = true
		huma.NewError = func(status int, msg string, errs ...error) huma.StatusError {
			return &Problem{Status: status, Code: ErrInvalid.Code, Title: http.StatusText(status)}
		}
		huma.NewErrorWithContext = refusedByHuma
	})
	cfg := huma.Config{
		OpenAPI: &huma.OpenAPI{
			OpenAPI: "3.1.0",
			Info: &huma.Info{
				Title: "Kontor", Version: s.cfg.Version,
				Description: "The API of a Kontor marketplace. Every error is a problem document (RFC 9457) whose code is explained at /problems. Every POST takes an Idempotency-Key. Amounts are exact decimals in text; quantities carry a UN/ECE unit.",
			},
			Servers: []*huma.Server{{URL: APIBase}},
			Components: &huma.Components{
				Schemas: schemas(),
				SecuritySchemes: map[string]*huma.SecurityScheme{
					"bearer":  {Type: "http", Scheme: "bearer", Description: "The token of a session or an API key."},
					"session": {Type: "apiKey", In: "cookie", Name: "__Host-kontor", Description: "The browser's session."},
				},
			},
		},
		Formats:       map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat},
		DefaultFormat: "application/json",
	}
	return humafiber.NewWithGroup(s.app, recorder{s.app, s}, cfg)
}

var jsonFormat = huma.DefaultJSONFormat

// recorder catches the handlers that huma registers, so that each gets its route's
// pre-check in front.
type recorder struct {
	fiber.Router
	s *Server
}

func (r recorder) Add(_, _ string, handlers ...fiber.Handler) fiber.Router {
	h := handlers[0]
	r.s.add(r.s.registering, func(x *exchange) error {
		x.s.secure(x, cspAPI)
		x.s.private(x)
		return h(x.c)
	})
	return r
}

// reply writes itself: the body was made inside the unit of work, so that what is stored
// under an idempotency key is what was sent, byte for byte.
type reply struct{ Body func(huma.Context) }

func register[In, Out any](s *Server, rt *Route, fn func(context.Context, *In) (Out, error)) {
	op := describe(s, rt, reflect.TypeFor[In](), reflect.TypeFor[Out]())
	s.registering = rt
	huma.Register(s.api, op, func(ctx context.Context, in *In) (*reply, error) {
		x := exchangeFrom(ctx)
		send := func(huma.Context) {
			if err := s.serveAPI(ctx, x, func(ctx context.Context) (any, error) { return fn(ctx, in) }); err != nil {
				_ = s.fail(x, err) // fail's own error has nowhere to go
			}
		}
		return &reply{Body: send}, nil
	})
}

func (s *Server) serveAPI(ctx context.Context, x *exchange, call func(context.Context) (any, error)) error {
	stamps := s.cache.stamps(x.site.Tenant, x.route.cacheTags)
	out, replayed, err := s.once(ctx, x, func(ctx context.Context) (baked, error) {
		v, err := call(ctx)
		if err != nil {
			return baked{}, err
		}
		return bakeJSON(x.route.status, v)
	})
	if err != nil {
		return err
	}
	s.sendCookies(x)
	if replayed {
		x.c.Set("Idempotent-Replayed", "true")
	}
	if s.cacheable(x, out.Status) {
		return s.sendEntry(x.c, s.cache.put(x, stamps, newEntry(out, cspAPI)), x.from.https)
	}
	x.c.Status(out.Status)
	for k, v := range out.Headers {
		x.c.Set(k, v)
	}
	return x.c.Send(out.Body)
}

// baked is an answer in bytes.
type baked struct {
	Kept
	refused error   // the body is a form drawn again
	answer  *Answer // files and streams, which are not kept
}

func bakeJSON(status int, v any) (baked, error) {
	if _, none := v.(struct{}); none {
		if status == http.StatusOK {
			status = http.StatusNoContent
		}
		return baked{Kept: Kept{Status: status}}, nil
	}
	var b bytes.Buffer
	if err := jsonFormat.Marshal(&b, v); err != nil {
		return baked{}, err
	}
	return baked{Kept: Kept{Status: status, Headers: map[string]string{"Content-Type": "application/json"}, Body: b.Bytes()}}, nil
}

// describe writes the operation's entry in the API document.
func describe(s *Server, rt *Route, in, out reflect.Type) huma.Operation {
	opID := operationID(rt.Method, rt.Path)
	op := huma.Operation{
		OperationID: opID, Method: rt.Method, Path: rt.Path, Summary: rt.Summary,
		Description: "Needs the permission `" + string(rt.Action) + "`.", DefaultStatus: rt.status,
		BodyReadTimeout: -1, MaxBodyBytes: -1, RejectUnknownQueryParameters: true,
		Errors:     []int{401, 403, 404, 409, 422, 429, 500, 503},
		Responses:  map[string]*huma.Response{},
		Security:   []map[string][]string{{"bearer": {}}, {"session": {}}},
		Extensions: map[string]any{"x-permission": string(rt.Action)},
	}
	if rt.Tag != "" {
		op.Tags = []string{rt.Tag}
	}
	if rt.public {
		op.Security = append(op.Security, map[string][]string{})
	}
	reg := s.api.OpenAPI().Components.Schemas
	if f, ok := in.FieldByName("Body"); ok {
		schema := reg.Schema(f.Type, true, pascal(opID)+"Request")
		op.RequestBody = &huma.RequestBody{Content: map[string]*huma.MediaType{"application/json": {Schema: schema}}}
	}
	status := rt.status
	res := &huma.Response{}
	if out == reflect.TypeFor[struct{}]() {
		if status == http.StatusOK {
			status = http.StatusNoContent
		}
		op.DefaultStatus = status
	} else {
		res.Content = map[string]*huma.MediaType{"application/json": {Schema: reg.Schema(out, true, pascal(opID)+"Response")}}
	}
	res.Description = http.StatusText(status)
	op.Responses[strconv.Itoa(status)] = res
	if rt.Method == http.MethodPost {
		one, most := 1, keyMax
		op.Parameters = append(op.Parameters, &huma.Param{
			Name: "Idempotency-Key", In: "header", Required: true,
			Description: "A fresh random value for each action; the same one when repeating it.",
			Schema:      &huma.Schema{Type: huma.TypeString, MinLength: &one, MaxLength: &most},
		})
	}
	return op
}

// operationID: GET /rfqs/{id}/quotes is "get-rfqs-by-id-quotes".
func operationID(method, path string) string {
	parts := []string{strings.ToLower(method)}
	for _, p := range strings.Split(strings.Trim(path, "/"), "/") {
		if name, ok := strings.CutPrefix(p, "{"); ok {
			p = "by-" + strings.TrimSuffix(name, "}")
		}
		parts = append(parts, strings.NewReplacer("_", "-", ".", "-", "{", "", "}", "").Replace(p))
	}
	return strings.Join(parts, "-")
}

func pascal(s string) string {
	var b strings.Builder
	for _, w := range strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '_' || r == '.' }) {
		b.WriteString(strings.ToUpper(w[:1]) + w[1:])
	}
	return b.String()
}

// schemaName keeps the contexts' views apart: sourcinghttp.view is SourcingView, and
// page.List[sourcinghttp.view] is ListSourcingView.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	if t.Name() == "" {
		return pascal(hint)
	}
	if t.PkgPath() == reflect.TypeFor[Problem]().PkgPath() {
		return pascal(strings.TrimSuffix(t.Name(), "Schema"))
	}
	name := t.PkgPath() + "." + t.Name()
	var b strings.Builder
	for _, part := range strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune("[],*", r) }) {
		part = part[strings.LastIndexByte(part, '/')+1:]
		pkg, typ, ok := strings.Cut(part, ".")
		if !ok {
			b.WriteString(pascal(part))
			continue
		}
		if pkg = strings.TrimSuffix(pkg, "http"); pkg == "page" || strings.EqualFold(pkg, typ) {
			pkg = ""
		}
		if i := strings.IndexAny(typ, "·"); i >= 0 { // types local to a function
			typ = typ[:i]
		}
		if pkg != "" {
			b.WriteString(pascal(pkg))
		}
		b.WriteString(pascal(typ))
	}
	return b.String()
}
