package sdk

import (
	"errors"
	"time"
)

// Blame says whose fault an error is; only the plugin's own count against it.
type Blame int

// Who is to blame. The zero value is the plugin, so that an unclassified error is a bug.
const (
	ThisPlugin Blame = iota
	Upstream         // the bank, the carrier
	Customer         // what was asked cannot be served
	Host             // the host asked wrongly
)

// Error is how a plugin refuses. Any other error counts as a bug of the plugin.
type Error struct {
	Reason     string // stable word, "iban_invalid"
	Blame      Blame
	Detail     string // for the log and the operator
	Message    string // key of a text for a person, from the plugin's catalogue
	Params     map[string]string
	Retryable  bool // the outcome may be open: ask again with the same key
	RetryAfter time.Duration
	Problems   []Problem
}

func (e *Error) Error() string {
	if e.Detail == "" {
		return e.Reason
	}
	return e.Reason + ": " + e.Detail
}

// Refuse is a request that cannot be served as asked.
func Refuse(reason, detail string) *Error {
	return &Error{Reason: reason, Blame: Customer, Detail: detail}
}

// UpstreamDown is an outside party that did not answer: whether it acted is unknown.
func UpstreamDown(reason, detail string) *Error {
	return &Error{Reason: reason, Blame: Upstream, Detail: detail, Retryable: true}
}

// UpstreamRefused is an outside party that answered no.
func UpstreamRefused(reason, detail string) *Error {
	return &Error{Reason: reason, Blame: Upstream, Detail: detail}
}

// Reasons that the SDK itself gives.
const (
	ReasonPanic        = "panic"
	ReasonConfigStale  = "config_stale"
	ReasonKeyMissing   = "key_missing"
	ReasonTooManyLines = "too_many_lines"
	ReasonMalformed    = "request_malformed"
	ReasonNotOffered   = "not_offered"
	ReasonNotFound     = "not_found"
	ReasonBadSignature = "signature_invalid"
	ReasonKeyReused    = "key_reused"
	ReasonDraining     = "draining"
)

// IsReason reports whether err is an Error with that reason.
func IsReason(err error, reason string) bool {
	var e *Error
	return errors.As(err, &e) && e.Reason == reason
}
