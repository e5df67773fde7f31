package plans

import (
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/fault"
)

// What plans can refuse. ErrOver is a conflict and not "payment required": who meets it, a
// buyer say, can rarely pay for the plan, and the same request succeeds once the
// marketplace's use or plan has changed. ErrRequests is the pace alone: waiting helps.
var (
	ErrOver = fault.New(fault.Conflict, "plans.over_limit", "This marketplace has used up what its plan allows: {used} of {limit}.").
		Then("Remove what is no longer needed, or have the marketplace's operator ask the platform for a larger plan.")
	ErrRequests = fault.New(fault.Throttled, "plans.requests_over_limit", "This marketplace's plan allows {limit} requests a minute, and they are used up.").
			Then("Try again in {seconds} seconds.")
	ErrFeature = fault.New(fault.Denied, "plans.feature_off", "This marketplace's plan does not include this ({feature}).").
			Then("The marketplace's operator can ask the platform for a plan that does.")
	ErrInvalid    = fault.New(fault.Invalid, "plans.invalid", "Something in this plan is not right.")
	ErrNoPlan     = fault.New(fault.NotFound, "plans.not_found", "There is no such plan.")
	ErrStale      = fault.New(fault.Conflict, "plans.stale", "Somebody has changed this meanwhile.").Then("Look at it again, then repeat your change.")
	ErrItself     = fault.New(fault.Conflict, "plans.platform_itself", "The platform's own tenant has no plan.")
	ErrNoOverride = fault.New(fault.NotFound, "plans.no_override", "There is no such exception.")
	ErrNoSub      = fault.New(fault.Conflict, "plans.no_subscription", "An exception is made from a plan, and this marketplace has none.").Then("Give it a plan first.")
)

// over is ErrOver about one metric. until is when it ends by itself, if it does.
func over(m Metric, used, limit int64, until time.Time) error {
	detail := fmt.Sprintf("%d / %d", used, limit)
	if m == Storage {
		detail = fmt.Sprintf("%.1f / %.1f MB", float64(used)/(1<<20), float64(limit)/(1<<20))
	}
	fix := "larger_plan"
	if !until.IsZero() {
		detail += until.Format(" · → 2006-01-02")
		fix = "larger_plan_or_wait"
	}
	return ErrOver.With("metric", m).With("used", used).With("limit", limit).
		For(fault.Reason{Code: "plan_limit." + string(m), Detail: detail, Fix: fix})
}
