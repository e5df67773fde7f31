// Package caller carries who is asking, and in which tenant, through one call.
package caller

import (
	"context"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Kind says what sort of actor is asking.
type Kind string

// Who can act. A visitor has a tenant but no name.
const (
	Visitor Kind = "visitor"
	Person  Kind = "person"
	System  Kind = "system" // jobs, seeds, the operator's tool
	Plugin  Kind = "plugin"
	Service Kind = "service" // a program with a company's API key
)

// The base roles. Tenants may add their own; these have a meaning in code and policy.
const (
	RoleVisitor  = "visitor"
	RoleBuyer    = "buyer"
	RoleAdmin    = "admin" // of a company
	RoleApprover = "approver"
	RoleSeller   = "seller"
	RoleOperator = "operator"
	RolePlatform = "platform"
	RoleSystem   = "system"
)

// Caller is resolved once, at the edge or by a job, and never changes after.
type Caller struct {
	Tenant    id.Tenant
	Kind      Kind
	Person    id.Person
	Name      string            // for the audit trail: a person's e-mail, a job's or plugin's name
	Org       id.Org            // the company acted for; none for operators and visitors
	Consent   id.Representation // by which a representative acts for it; none for its own people
	Roles     []string
	Account   id.ServiceAccount // of a service; Person is then who answers for it
	Scopes    []string          // all that its key was made for; the gate asks for them
	Directory id.SSOConnection  // whose directory calls, where the service is one
	Locale    string            // BCP 47, one of the tenant's
	Session   id.Session
	ProvedAt  time.Time // when the person last proved who he is; never, for all others
	Factor    bool      // his sign-in asks for a second factor
	Guise     Guise     // of whoever runs the platform and acts in the person's name
	RequestID string
	IP        string
}

// Guise is somebody of the platform's who acts in another's name: for a reason that is kept
// in Of, and until a time. Its zero value is nobody.
type Guise struct {
	Of    id.Impersonation
	By    string // his address, at the platform
	Until time.Time
}

// On reports whether there is somebody.
func (g Guise) On() bool { return !g.Of.IsZero() }

// Has reports whether the caller holds a role.
func (c Caller) Has(role string) bool { return slices.Contains(c.Roles, role) }

// SignedIn reports whether a person stands behind the call.
func (c Caller) SignedIn() bool { return c.Kind == Person }

// Named reports whether somebody stands behind the call whom limits and companies bind: a
// person, or a service account, for which a person answers.
func (c Caller) Named() bool { return c.Kind == Person || c.Kind == Service }

// Covers reports whether the caller's key was made for an action; who has no key needs none.
func (c Caller) Covers(action string) bool {
	return c.Kind != Service || slices.Contains(c.Scopes, action)
}

// OnBehalf reports whether a representative acts for another company than his own.
func (c Caller) OnBehalf() bool { return !c.Consent.IsZero() }

// Signature is the name in the record: whoever acts for a company by its consent signs with
// both, so that no line reads as if the company's own people had done it; and so does whoever
// acts in another's name.
func (c Caller) Signature() string {
	name := c.Name
	if c.OnBehalf() {
		name += " on behalf of " + c.Org.String() + " by consent " + c.Consent.String()
	}
	if c.Guise.On() {
		name += " impersonated by " + c.Guise.By + " under " + c.Guise.Of.String()
	}
	return name
}

// Subject is how the gate and the audit trail name the actor: "person:<id>",
// "service:<id>", "system:<name>", "plugin:<name>" or "visitor".
func (c Caller) Subject() string {
	switch c.Kind {
	case Person:
		return "person:" + c.Person.String()
	case Service:
		return "service:" + c.Account.String()
	case System, Plugin:
		return string(c.Kind) + ":" + c.Name
	default:
		return string(Visitor)
	}
}

// FreshFor is how long a proof of who one is holds for sensitive actions (trust.md S29).
const FreshFor = 5 * time.Minute

// ErrStepUp asks for such a proof.
var ErrStepUp = fault.New(fault.Denied, "identity.step_up", "This needs a fresh proof that it is you.").Then("Confirm with your password, or a code where you have a second factor (POST /sessions/proof), and repeat within five minutes.")

// Fresh reports whether a person has just proved who he is. Programs with a key never do;
// work of the system's own has nobody who could.
func (c Caller) Fresh(now time.Time) bool {
	return c.Kind == System || c.Kind == Person && !c.Guise.On() && now.Sub(c.ProvedAt) <= FreshFor
}

// ErrInPerson keeps credentials and money out of the hands of whoever acts in another's name
// (trust.md S48).
var ErrInPerson = fault.New(fault.Denied, "identity.in_person", "This is for the person alone, and not for whoever acts in their name.").Then("End the impersonation, and ask the person to do it.")

// ErrMissing means that code ran outside any tenant: a bug, not a user's mistake.
var ErrMissing = fault.New(fault.Internal, "caller.missing", "Something went wrong on our side.")

type key struct{}

// With returns a context that carries c.
func With(ctx context.Context, c Caller) context.Context { return context.WithValue(ctx, key{}, c) }

// From fails closed: without a tenant there is no caller.
func From(ctx context.Context) (Caller, error) {
	c, ok := ctx.Value(key{}).(Caller)
	if !ok || c.Tenant.IsZero() {
		return Caller{}, ErrMissing
	}
	return c, nil
}

// AsSystem is a context for work that no person asked for: jobs, seeds, tools.
func AsSystem(ctx context.Context, tenant id.Tenant, name string) context.Context {
	return With(ctx, Caller{Tenant: tenant, Kind: System, Name: name, Roles: []string{RoleSystem}, Locale: "en"})
}
