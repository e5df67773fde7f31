package web

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"github.com/kontorhq/kontor/core/fault"
)

// refusedByHuma turns what huma found wrong with an input into one of our faults. Its
// messages are classified, not passed on: some hold pieces of Go.
func refusedByHuma(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
	x := exchangeFrom(ctx.Context())
	if x == nil {
		return &Problem{Status: status, Code: ErrInvalid.Code, Title: http.StatusText(status)}
	}
	f := humaFault(status, msg, errs)
	x.refused = f
	p := x.s.problem(f, x.locale(), x.id)
	ctx.SetHeader("Cache-Control", "no-store")
	return p
}

func humaFault(status int, msg string, errs []error) *fault.Error {
	switch {
	case status == http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case status == http.StatusUnsupportedMediaType:
		return ErrMedia
	case status == http.StatusRequestTimeout:
		return ErrSlow
	case status == http.StatusBadRequest && strings.Contains(msg, "required"):
		return ErrBodyMissing
	case status == http.StatusBadRequest:
		return ErrJSON
	case status >= 500 && len(errs) > 0:
		return asFault(errs[0])
	case status >= 500:
		return fault.Unclassified
	}
	f := ErrInvalid
	for _, e := range errs {
		f = f.At(fieldOf(e))
	}
	return f
}

// words give huma's messages a stable name and a sentence.
var words = []struct{ prefix, reason, detail string }{
	{"expected required property", "required", "This is needed."},
	{"required ", "required", "This is needed."},
	{"unexpected property", "unknown", "There is no such field."},
	{"unknown query parameter", "unknown", "There is no such parameter."},
	{"expected length >=", "too_short", "This is too short."},
	{"expected length <=", "too_long", "This is too long."},
	{"expected array length >=", "too_few", "There are too few of these."},
	{"expected array length <=", "too_many", "There are too many of these."},
	{"expected array items to be unique", "repeated", "The same value stands here twice."},
	{"expected number >=", "too_small", "This is too small."},
	{"expected number >", "too_small", "This is too small."},
	{"expected number <=", "too_large", "This is too large."},
	{"expected number <", "too_large", "This is too large."},
	{"expected value to be one of", "not_offered", "This is none of the values offered."},
	{"expected number", "not_a_number", "This must be a number."},
	{"expected integer", "not_a_whole_number", "This must be a whole number."},
	{"expected string", "malformed", "This is not written as it should be."},
	{"expected ", "wrong_type", "This is of another kind than it should be."},
}

var (
	goField     = regexp.MustCompile(`struct field [^ ]*?\.([A-Za-z0-9_.]+) of type`)
	missingName = regexp.MustCompile(`^expected required property ([^ ]+) to be present`)
)

func fieldOf(err error) fault.Field {
	d, ok := err.(huma.ErrorDetailer)
	if !ok {
		return fault.Field{Path: "body", Reason: "malformed", Detail: "This cannot be read."}
	}
	e := d.ErrorDetail()
	path := e.Location
	for _, prefix := range []string{"body.", "query.", "path.", "header."} {
		path = strings.TrimPrefix(path, prefix)
	}
	if m := missingName.FindStringSubmatch(e.Message); m != nil {
		if path == "body" {
			path = m[1]
		} else {
			path += "." + m[1]
		}
	}
	for _, w := range words {
		if strings.HasPrefix(e.Message, w.prefix) {
			return fault.Field{Path: path, Reason: w.reason, Detail: w.detail}
		}
	}
	if m := goField.FindStringSubmatch(e.Message); m != nil {
		path = m[1]
	}
	return fault.Field{Path: path, Reason: "malformed", Detail: "This cannot be read."}
}
