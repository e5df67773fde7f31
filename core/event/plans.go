package event

// PlanPublished: the platform offers a plan, or another version of one. It is told in the
// platform's own tenant, like all that is done to plans.
type PlanPublished struct {
	Plan    string `json:"plan"`
	Version int    `json:"version"`
	Moved   bool   `json:"moved"` // its marketplaces went along
}

// EventName names the event.
func (PlanPublished) EventName() string { return "plans.plan_published.v1" }

// Subject puts the event on the plan's timeline.
func (e PlanPublished) Subject() Subject { return Subject{"plan", e.Plan} }

// PlanAssigned: a marketplace has another plan.
type PlanAssigned struct {
	Tenant  string `json:"tenant"`
	Slug    string `json:"slug"`
	From    string `json:"from"`
	To      string `json:"to"`
	Version int    `json:"version"`
	Note    string `json:"note"`
}

// EventName names the event.
func (PlanAssigned) EventName() string { return "plans.plan_assigned.v1" }

// Subject puts the event on the tenant's timeline.
func (e PlanAssigned) Subject() Subject { return Subject{"tenant", e.Tenant} }

// PlanExceptionMade: a marketplace has more or less than its plan says.
type PlanExceptionMade struct {
	Tenant string `json:"tenant"`
	Slug   string `json:"slug"`
	Name   string `json:"name"`
	Amount int64  `json:"amount"`
	Until  string `json:"until,omitempty"`
	Note   string `json:"note"`
}

// EventName names the event.
func (PlanExceptionMade) EventName() string { return "plans.exception_made.v1" }

// Subject puts the event on the tenant's timeline.
func (e PlanExceptionMade) Subject() Subject { return Subject{"tenant", e.Tenant} }

// PlanExceptionEnded: somebody took an exception back before its end.
type PlanExceptionEnded struct {
	Tenant string `json:"tenant"`
	Slug   string `json:"slug"`
	Name   string `json:"name"`
}

// EventName names the event.
func (PlanExceptionEnded) EventName() string { return "plans.exception_ended.v1" }

// Subject puts the event on the tenant's timeline.
func (e PlanExceptionEnded) Subject() Subject { return Subject{"tenant", e.Tenant} }

// PlanLimitNear: the marketplace has used most of what its plan allows.
type PlanLimitNear struct {
	Tenant string `json:"tenant"`
	Metric string `json:"metric"`
	Period string `json:"period"`
	Used   int64  `json:"used"`
	Limit  int64  `json:"limit"`
}

// EventName names the event.
func (PlanLimitNear) EventName() string { return "plans.limit_near.v1" }

// Subject puts the event on the tenant's timeline.
func (e PlanLimitNear) Subject() Subject { return Subject{"tenant", e.Tenant} }

// PlanLimitReached: the marketplace has used all that its plan allows.
type PlanLimitReached struct {
	Tenant string `json:"tenant"`
	Metric string `json:"metric"`
	Period string `json:"period"`
	Used   int64  `json:"used"`
	Limit  int64  `json:"limit"`
}

// EventName names the event.
func (PlanLimitReached) EventName() string { return "plans.limit_reached.v1" }

// Subject puts the event on the tenant's timeline.
func (e PlanLimitReached) Subject() Subject { return Subject{"tenant", e.Tenant} }
