package web

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/gofiber/fiber/v2"

	"github.com/kontorhq/kontor/core/fault"
)

// Problem is an RFC 9457 document, the shape of every error of the API.
type Problem struct {
	Type      string         `json:"type" format:"uri-reference" doc:"Where this kind of problem is explained."`
	Title     string         `json:"title" doc:"The kind of problem in a few words."`
	Status    int            `json:"status" doc:"The HTTP status."`
	Detail    string         `json:"detail,omitempty" doc:"What happened, for a person."`
	Code      string         `json:"code" doc:"The problem's stable name."`
	Next      string         `json:"next,omitempty" doc:"What the person can do now."`
	Fields    []FieldProblem `json:"fields,omitempty" doc:"The inputs at fault."`
	Reasons   []Ground       `json:"reasons,omitempty" doc:"The grounds of a refusal."`
	RequestID string         `json:"request_id,omitempty" doc:"Quote it when asking for help."`

	retryAfter int // seconds
}

// FieldProblem is one input at fault.
type FieldProblem struct {
	Path   string `json:"path" doc:"JSON path of the input."`
	Reason string `json:"reason" doc:"A stable word."`
	Detail string `json:"detail,omitempty"`
}

// Ground is one ground of a refusal.
type Ground struct {
	Code   string `json:"code"`
	Detail string `json:"detail"`
	Fix    string `json:"fix,omitempty" doc:"What would change the answer."`
}

// Error, GetStatus and ContentType make huma write a Problem as it is.
func (p *Problem) Error() string               { return p.Code }
func (p *Problem) GetStatus() int              { return p.Status }
func (p *Problem) ContentType(_ string) string { return "application/problem+json" }

// The faults of the edge itself.
var (
	ErrUnreadable   = fault.New(fault.Invalid, "http.unreadable", "The request could not be read.")
	ErrText         = fault.New(fault.Invalid, "http.text_malformed", "The request holds text that is not valid UTF-8.")
	ErrInvalid      = fault.New(fault.Invalid, "http.invalid", "Some of what was sent cannot be used.").Then("Correct the fields named and send it again.")
	ErrJSON         = fault.New(fault.Invalid, "http.json_malformed", "The body is not valid JSON.")
	ErrBodyMissing  = fault.New(fault.Invalid, "http.body_missing", "The request needs a body.")
	ErrNoRoute      = fault.New(fault.NotFound, "http.not_found", "There is nothing at this address.").Then("Check the address, or start from the home page.")
	ErrMethod       = fault.New(fault.Invalid, "http.method_not_allowed", "This address does not take that method.")
	ErrTooLarge     = fault.New(fault.TooLarge, "http.body_too_large", "What was sent is too large.").Then("Send less at once.")
	ErrHeadTooLarge = fault.New(fault.Invalid, "http.head_too_large", "The request's headers are too large.")
	ErrEncoding     = fault.New(fault.Unsupported, "http.encoding_unsupported", "Compressed requests are not taken.").Then("Send the body as it is.")
	ErrMedia        = fault.New(fault.Unsupported, "http.content_type_unsupported", "This address takes another content type.").Then("Send application/json.")
	ErrFraming      = fault.New(fault.Invalid, "http.framing_ambiguous", "The request states its length in two ways.")
	ErrSlow         = fault.New(fault.Unavailable, "http.timeout", "This took too long and was given up.").Then("Try again in a moment.")
	ErrSignIn       = fault.New(fault.Unauthenticated, "http.sign_in_required", "Sign in to do this.").Then("Sign in and try again.")
	ErrKeyOnPage    = fault.New(fault.Unauthenticated, "http.key_on_page", "API keys are for the API, not for pages.").Then("Call the address under /api/v1, or sign in.")
	ErrDenied       = fault.New(fault.Denied, "http.role_missing", "Your role does not allow this.").Then("Ask somebody who holds one of the roles named.")
	ErrEnrol        = fault.New(fault.Denied, "identity.factor_required", "Your role needs a second factor here.").Then("Set one up under your account, security (POST /me/second-factor), and go on.")
	ErrCrossSite    = fault.New(fault.Denied, "http.cross_site", "This came from another site, so it was not done.").Then("Open the page again and repeat it there.")
	ErrToken        = fault.New(fault.Denied, "http.form_expired", "This form is too old or belongs to another session.").Then("Open the page again; what you typed can be sent once more.")
	ErrThrottled    = fault.New(fault.Throttled, "http.too_many_requests", "Too many requests.").Then("Wait a moment.")
)

// statuses of the kinds; the only place where a fault meets HTTP.
var statuses = map[fault.Kind]int{
	fault.Internal: http.StatusInternalServerError, fault.Invalid: http.StatusUnprocessableEntity,
	fault.Unauthenticated: http.StatusUnauthorized, fault.Denied: http.StatusForbidden,
	fault.NotFound: http.StatusNotFound, fault.Conflict: http.StatusConflict, fault.Gone: http.StatusGone,
	fault.TooLarge: http.StatusRequestEntityTooLarge, fault.Unsupported: http.StatusUnsupportedMediaType,
	fault.Throttled: http.StatusTooManyRequests, fault.Unavailable: http.StatusServiceUnavailable,
}

// exact statuses, where HTTP has a better word than the kind's.
var exact = map[string]int{
	ErrUnreadable.Code: http.StatusBadRequest, ErrText.Code: http.StatusBadRequest, ErrJSON.Code: http.StatusBadRequest,
	ErrBodyMissing.Code: http.StatusBadRequest, ErrFraming.Code: http.StatusBadRequest,
	ErrMethod.Code: http.StatusMethodNotAllowed, ErrHeadTooLarge.Code: http.StatusRequestHeaderFieldsTooLarge,
}

// StatusOf is the HTTP status of a fault.
func StatusOf(f *fault.Error) int {
	if s, ok := exact[f.Code]; ok {
		return s
	}
	if s, ok := statuses[f.Kind]; ok {
		return s
	}
	return http.StatusInternalServerError
}

// asFault classifies what Fiber and the standard library answer; the rest is internal.
func asFault(err error) *fault.Error {
	var fe *fiber.Error
	switch {
	case errors.As(err, &fe):
		return fiberFault(fe)
	case errors.Is(err, context.DeadlineExceeded) && fault.KindOf(err) == fault.Internal:
		return ErrSlow.Because(err)
	}
	return fault.From(err)
}

func fiberFault(fe *fiber.Error) *fault.Error {
	switch fe.Code {
	case http.StatusNotFound:
		return ErrNoRoute
	case http.StatusMethodNotAllowed:
		return ErrMethod
	case http.StatusRequestEntityTooLarge:
		return ErrTooLarge
	case http.StatusRequestHeaderFieldsTooLarge:
		return ErrHeadTooLarge
	case http.StatusUnsupportedMediaType:
		return ErrMedia
	}
	if fe.Code >= 500 {
		return fault.Unclassified.Because(fe)
	}
	return ErrUnreadable.Because(fe)
}

// problem is the one function that turns a fault into what a person may see.
func (s *Server) problem(err error, locale, requestID string) *Problem {
	f := asFault(err)
	p := &Problem{
		Type: "/problems#" + f.Code, Status: StatusOf(f), Code: f.Code, RequestID: requestID,
		Detail: s.text(locale, "fault."+f.Code, f.Args, f.Detail),
		Next:   s.text(locale, "fault."+f.Code+".next", f.Args, f.Next),
	}
	if p.Title = s.text(locale, "problem.title."+kindName(f.Kind), nil, ""); p.Title == "" {
		p.Title = http.StatusText(p.Status)
	}
	for _, in := range f.Fields {
		p.Fields = append(p.Fields, FieldProblem{
			Path: in.Path, Reason: in.Reason,
			Detail: s.text(locale, "field."+in.Reason, map[string]string{"path": in.Path, "detail": in.Detail}, in.Detail),
		})
	}
	for _, r := range f.Reasons {
		p.Reasons = append(p.Reasons, Ground{
			Code: r.Code, Fix: r.Fix,
			Detail: s.text(locale, "reason."+r.Code, map[string]string{"detail": r.Detail}, r.Detail),
		})
	}
	p.retryAfter = retryAfter(f)
	return p
}

func retryAfter(f *fault.Error) int {
	if n, err := strconv.Atoi(f.Args["seconds"]); err == nil { // it says so itself
		return n
	}
	switch {
	case f.Code == ErrInFlight.Code:
		return 1
	case f.Kind == fault.Throttled, f.Kind == fault.Unavailable:
		return 5
	}
	return 0
}

// text translates, or fills the placeholders of the English words.
func (s *Server) text(locale, key string, args map[string]string, english string) string {
	if t := s.cfg.Translator; t != nil && (locale != "en" || english == "") {
		if out, ok := t.Text(locale, key, args); ok {
			return out
		}
	}
	for k, v := range args {
		english = strings.ReplaceAll(english, "{"+k+"}", v)
	}
	return english
}

func kindName(k fault.Kind) string {
	names := [...]string{
		"internal", "invalid", "unauthenticated", "denied", "not_found", "conflict", "gone",
		"too_large", "unsupported", "throttled", "unavailable",
	}
	if int(k) < len(names) {
		return names[k]
	}
	return names[0]
}
