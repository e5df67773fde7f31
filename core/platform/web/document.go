package web

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
)

// ActionDocs is the permission to read the API's own documents; their routes are open.
const ActionDocs = "web.docs.read"

// document holds the API description once it is complete.
type document struct {
	once   sync.Once
	v31    []byte
	v30    []byte
	broken error
}

// OpenAPI is the API's description, 3.1, as JSON.
func (s *Server) OpenAPI() ([]byte, error) {
	s.describeOnce()
	return s.doc.v31, s.doc.broken
}

// OpenAPI30 is the same for tools that know 3.0 only.
func (s *Server) OpenAPI30() ([]byte, error) {
	s.describeOnce()
	return s.doc.v30, s.doc.broken
}

func (s *Server) describeOnce() {
	s.doc.once.Do(func() {
		if s.doc.v31, s.doc.broken = json.Marshal(s.api.OpenAPI()); s.doc.broken == nil {
			s.doc.v30, s.doc.broken = s.api.OpenAPI().Downgrade()
		}
	})
}

// mountOwn adds the edge's own routes.
func (s *Server) mountOwn() error {
	bytesOf := func(get func() ([]byte, error)) func(context.Context, *Visit) (Answer, error) {
		return func(context.Context, *Visit) (Answer, error) {
			b, err := get()
			return Bytes("application/json", b), err
		}
	}
	return s.Mount(
		Page(http.MethodGet, APIBase+"/openapi.json", ActionDocs, bytesOf(s.OpenAPI), Open(), Summary("The API's description, OpenAPI 3.1"), CachePublic("docs")),
		Page(http.MethodGet, APIBase+"/openapi-3.0.json", ActionDocs, bytesOf(s.OpenAPI30), Open(), Summary("The API's description, OpenAPI 3.0"), CachePublic("docs")),
	)
}
