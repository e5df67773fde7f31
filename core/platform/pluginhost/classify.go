package pluginhost

import (
	"context"
	"errors"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/plugins/sdk"
)

// classify turns what came back into a fault: whose it is decides what the breaker hears.
func (p *process) classify(ctx context.Context, err error) error {
	if err == nil {
		return nil
	}
	var f *fault.Error
	if errors.As(err, &f) {
		return err // already ours
	}
	if errors.Is(err, sdk.ErrMalformedReply) {
		return p.name(ErrInvalidResponse).Because(err)
	}
	var e *sdk.Error
	if errors.As(err, &e) {
		switch e.Blame {
		case sdk.Customer:
			return p.name(ErrRefused).With("reason", e.Reason).Because(err)
		case sdk.Upstream:
			return p.name(ErrUpstream).With("reason", e.Reason).Because(err)
		case sdk.Host:
			return p.name(ErrMisconfigured).With("reason", e.Reason).Because(err)
		default:
			return p.name(ErrPlugin).Because(err)
		}
	}
	switch status.Code(err) {
	case codes.DeadlineExceeded:
		return p.name(ErrTimeout).Because(err)
	case codes.Canceled:
		if errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return p.name(ErrTimeout).Because(err)
		}
		return p.name(ErrUnavailable).Because(err)
	case codes.Unavailable:
		if ctx.Err() != nil {
			return p.name(ErrTimeout).Because(err)
		}
		return p.name(ErrUnavailable).Because(err)
	case codes.ResourceExhausted: // more than four megabytes
		return p.name(ErrInvalidResponse).Because(err)
	}
	return p.name(ErrPlugin).Because(err)
}

// blames says whether a fault counts against the plugin.
func blames(err error) bool {
	return err != nil && (errors.Is(err, ErrPlugin) || errors.Is(err, ErrTimeout) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrInvalidResponse))
}

// open says whether, after err, the effect may have happened all the same.
func open(err error) bool {
	if errors.Is(err, errNotSent) {
		return false
	}
	if errors.Is(err, ErrTimeout) || errors.Is(err, ErrUnavailable) || errors.Is(err, ErrPlugin) || errors.Is(err, ErrInvalidResponse) {
		return true
	}
	var e *sdk.Error
	return errors.As(err, &e) && e.Retryable
}

func codeOf(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}
