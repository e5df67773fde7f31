package app_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/id"
)

// schema is as much of JSON Schema as the API's description uses.
type schema struct {
	Ref                  string             `json:"$ref"`
	Type                 string             `json:"type"`
	Format               string             `json:"format"`
	Pattern              string             `json:"pattern"`
	Enum                 []any              `json:"enum"`
	Required             []string           `json:"required"`
	Properties           map[string]*schema `json:"properties"`
	AdditionalProperties json.RawMessage    `json:"additionalProperties"`
	Items                *schema            `json:"items"`
	MinLength            *int               `json:"minLength"`
	MaxLength            *int               `json:"maxLength"`
	Minimum              *float64           `json:"minimum"`
	Maximum              *float64           `json:"maximum"`
}

type operation struct {
	Permission  string `json:"x-permission"`
	RequestBody *struct {
		Content map[string]struct {
			Schema *schema `json:"schema"`
		} `json:"content"`
	} `json:"requestBody"`
}

// document is the API's description as the house serves it.
type document struct {
	Paths      map[string]map[string]operation `json:"paths"`
	Components struct {
		Schemas map[string]*schema `json:"schemas"`
	} `json:"components"`
}

func describe(t *testing.T, h *apptest.House) *document {
	t.Helper()
	raw, err := h.Web.OpenAPI()
	if err != nil {
		t.Fatal(err)
	}
	var d document
	if err := json.Unmarshal(raw, &d); err != nil {
		t.Fatal(err)
	}
	return &d
}

// body is the schema of what an operation takes, nil for nothing.
func (d *document) body(method, path string) *schema {
	op, ok := d.Paths[strings.TrimPrefix(path, "/api/v1")][strings.ToLower(method)]
	if !ok || op.RequestBody == nil {
		return nil
	}
	return d.resolve(op.RequestBody.Content["application/json"].Schema)
}

func (d *document) resolve(s *schema) *schema {
	for s != nil && s.Ref != "" {
		s = d.Components.Schemas[s.Ref[strings.LastIndexByte(s.Ref, '/')+1:]]
	}
	return s
}

// sample is a value that the schema takes, with every property filled.
func (d *document) sample(name string, s *schema) any {
	s = d.resolve(s)
	switch {
	case s == nil:
		return nil
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Properties != nil:
		out := map[string]any{}
		for _, k := range slices.Sorted(maps.Keys(s.Properties)) {
			if k != "$schema" {
				out[k] = d.sample(k, s.Properties[k])
			}
		}
		return out
	case s.Type == "array":
		return []any{d.sample(name, s.Items)}
	case s.Type == "object":
		return map[string]any{"en": "text"}
	case s.Type == "boolean":
		return true
	case s.Type == "integer", s.Type == "number":
		if s.Minimum != nil && *s.Minimum > 1 {
			return *s.Minimum
		}
		return 1
	}
	return sampleText(name, s)
}

// sampleText is a text of the kind that the field's name and form ask for.
func sampleText(name string, s *schema) string {
	switch {
	case s.Format == "date-time":
		return time.Now().AddDate(0, 0, 10).UTC().Format(time.RFC3339)
	case s.Format == "date":
		return time.Now().AddDate(0, 0, 20).UTC().Format(time.DateOnly)
	case s.Format == "uuid":
		return id.Order{}.New().String()
	case s.Pattern != "":
		return "12"
	}
	for _, k := range []struct{ in, text string }{
		{"currency", "CNY"},
		{"country", "CN"},
		{"unit", "H87"},
		{"per", "H87"},
		{"email", "somebody@else.example"},
		{"locale", "en"},
		{"value", "12"},
		{"amount", "12"},
		{"price", "12"},
		{"quantity", "12"},
		{"rate", "0.1"},
		{"kg", "12"},
		{"moq", "1"},
		{"step", "1"},
		{"until", "2030-01-02"},
		{"eta", "2030-01-02"},
		{"need_by", "2030-01-02"},
		{"_on", "2030-01-02"},
		{"from", "2030-01-02"},
		{"to", "2031-01-02"},
		{"actual", "1"},
		{"difference", "1"},
		{"freight", "12"},
		{"qty", "1"},
	} {
		if strings.Contains(name, k.in) && !strings.HasSuffix(name, "_id") {
			return fit(k.text, s)
		}
	}
	for _, noun := range []string{"id", "item", "offer", "line", "quote", "order", "sellers", "files", "lot", "checkout", "document", "parent"} {
		if name == noun || strings.HasSuffix(name, "_id") {
			return id.Order{}.New().String()
		}
	}
	return fit("some text", s)
}

func fit(text string, s *schema) string {
	if s.MaxLength != nil && len(text) > *s.MaxLength {
		return text[:*s.MaxLength]
	}
	for s.MinLength != nil && len(text) < *s.MinLength {
		text += "x"
	}
	return text
}
