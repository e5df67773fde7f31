// Package fault is the error vocabulary of the platform. A context declares what can
// go wrong as values, services wrap them, and one function at the edge turns any of
// them into a problem document (RFC 9457). An error nobody classified is Internal
// and never shows its text.
package fault

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Kind says what the caller can do about a fault; the edge derives the status from it.
type Kind uint8

// The zero Kind is Internal, so that forgetting to classify an error leaks nothing.
const (
	Internal Kind = iota
	Invalid
	Unauthenticated
	Denied
	NotFound
	Conflict
	Gone
	TooLarge
	Unsupported
	Throttled
	Unavailable
)

// Field names one input at fault, by JSON path, and why. Reason is a stable word
// ("required", "too_large"); Detail may say more to a person.
type Field struct {
	Path   string `json:"path"`
	Reason string `json:"reason"`
	Detail string `json:"detail,omitempty"`
}

// Reason is one ground on which a policy refused, and what would change its mind.
type Reason struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty"`
}

// Error is a fault. Detail is English for the person and may hold {placeholders}
// that Args fill; message catalogues translate it under the key "fault.<Code>".
type Error struct {
	Kind    Kind
	Code    string
	Detail  string
	Next    string // what the person can do now
	Args    map[string]string
	Fields  []Field
	Reasons []Reason
	cause   error
}

// New declares a fault. Contexts keep theirs in errors.go; code is "<context>.<what>".
func New(kind Kind, code, detail string) *Error {
	e := &Error{Kind: kind, Code: code, Detail: detail}
	declare(e)
	return e
}

// Error is for logs: the code, and the cause when there is one.
func (e *Error) Error() string {
	if e.cause == nil {
		return e.Code
	}
	return e.Code + ": " + e.cause.Error()
}

// Text is the detail with its placeholders filled, in English: for tools and for those who
// run the platform.
func (e *Error) Text() string { return e.Fill(e.Detail) }

// Fill fills the placeholders of a text that belongs to the fault.
func (e *Error) Fill(text string) string {
	for k, v := range e.Args {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	return text
}

// Unwrap gives the cause to logs and errors.Is; it is never shown to a person.
func (e *Error) Unwrap() error { return e.cause }

// Is matches by code, so that a copy with fields or a cause is still its declaration.
func (e *Error) Is(target error) bool {
	t, ok := target.(*Error)
	return ok && t.Code == e.Code
}

func (e *Error) copy() *Error {
	c := *e
	c.Fields, c.Reasons, c.Args = slices.Clone(e.Fields), slices.Clone(e.Reasons), maps.Clone(e.Args)
	return &c
}

// Because remembers what went wrong underneath, for the log only.
func (e *Error) Because(cause error) *Error {
	c := e.copy()
	c.cause = cause
	return c
}

// At points at the inputs to correct.
func (e *Error) At(fields ...Field) *Error {
	c := e.copy()
	c.Fields = append(c.Fields, fields...)
	return c
}

// For adds the grounds of a refusal.
func (e *Error) For(reasons ...Reason) *Error {
	c := e.copy()
	c.Reasons = append(c.Reasons, reasons...)
	return c
}

// With fills a {placeholder} of Detail.
func (e *Error) With(name string, value any) *Error {
	c := e.copy()
	if c.Args == nil {
		c.Args = map[string]string{}
	}
	c.Args[name] = fmt.Sprint(value)
	return c
}

// Then says what the person can do next.
func (e *Error) Then(next string) *Error {
	c := e.copy()
	c.Next = next
	declare(c)
	return c
}

// Unclassified is what an error becomes that no context declared.
var Unclassified = New(Internal, "internal", "Something went wrong on our side.").
	Then("Try again; if it happens again, give us the request number.")

// From finds the fault in err, or wraps err as an internal one. From(nil) is nil.
func From(err error) *Error {
	if err == nil {
		return nil
	}
	var f *Error
	if errors.As(err, &f) {
		return f
	}
	return Unclassified.Because(err)
}

// KindOf is the kind of the fault in err; no error is of kind Internal, which matches
// nothing that callers look for.
func KindOf(err error) Kind {
	if f := From(err); f != nil {
		return f.Kind
	}
	return Internal
}
