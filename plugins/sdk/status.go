package sdk

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kontorhq/kontor/plugins/sdk/internal/wire"
)

var codeOf = map[Blame]codes.Code{ThisPlugin: codes.Internal, Upstream: codes.Unavailable, Customer: codes.FailedPrecondition, Host: codes.InvalidArgument}

// toStatus is an author's error as it travels. What nobody classified is the plugin's bug.
func toStatus(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, context.DeadlineExceeded):
		return status.Error(codes.DeadlineExceeded, "deadline exceeded in the plugin")
	case errors.Is(err, context.Canceled):
		return status.Error(codes.Canceled, "canceled")
	}
	var e *Error
	if !errors.As(err, &e) {
		e = &Error{Reason: "unclassified", Detail: err.Error()}
	}
	if len(e.Detail) > MaxText {
		c := *e
		c.Detail = c.Detail[:MaxText]
		e = &c
	}
	st, derr := status.New(codeOf[e.Blame], e.Reason).WithDetails(&wire.PluginError{
		Reason: e.Reason, Fault: wire.PluginError_Fault(e.Blame + 1), Retryable: e.Retryable, RetryAfterMs: e.RetryAfter.Milliseconds(),
		MessageKey: e.Message, Params: e.Params, Problems: problemsTo(e.Problems), Detail: e.Detail,
	})
	if derr != nil {
		return status.Error(codes.Internal, e.Reason)
	}
	return st.Err()
}

// fromStatus finds the author's error in what came over the wire; a plain status error
// stays one, because then it was the transport that failed and not the plugin that spoke.
func fromStatus(err error) error {
	st, ok := status.FromError(err)
	if err == nil || !ok {
		return err
	}
	for _, d := range st.Details() {
		if p, ok := d.(*wire.PluginError); ok {
			return &Error{
				Reason: p.GetReason(), Blame: Blame(max(int(p.GetFault())-1, 0)), Detail: p.GetDetail(), Message: p.GetMessageKey(), Params: p.GetParams(),
				Retryable: p.GetRetryable(), RetryAfter: time.Duration(p.GetRetryAfterMs()) * time.Millisecond, Problems: problemsFrom(p.GetProblems()),
			}
		}
	}
	return err
}
