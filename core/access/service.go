package access

import (
	"context"
	"time"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/work"
)

// What one may do here.
const (
	ActionRead   policy.Action = "access.key.read"
	ActionManage policy.Action = "access.key.manage"
)

// Deps are what the service needs.
type Deps struct {
	Store   Store
	Unit    work.Unit
	Gate    policy.Gate
	Roles   policy.Roles
	Actions Actions
	Events  event.Log
	Audit   audit.Recorder
	Now     clock.Now
}

// Service makes, ends and recognises keys.
type Service struct {
	Deps
	holders  *otter.Cache[holderKey, Holder]
	refusals *otter.Cache[refusal, struct{}]
}

// holderKey has the tenant in it: a key is worth nothing in another shop.
type holderKey struct {
	tenant id.Tenant
	hash   Hash
}

// refusal is a mistake that is not written down again at once.
type refusal struct {
	tenant             id.Tenant
	public, reason, ip string
}

const (
	// holderTTL is how long another node may believe a key that was ended here; see
	// identity's sessions.
	holderTTL = 3 * time.Second
	// seenEvery is how exactly the last use is known.
	seenEvery = 5 * time.Minute
	// refusalTTL bounds what a program that repeats itself writes into the audit trail.
	refusalTTL = time.Minute
)

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	return &Service{
		Deps: d,
		holders: otter.Must(&otter.Options[holderKey, Holder]{
			MaximumSize: 20_000, ExpiryCalculator: otter.ExpiryWriting[holderKey, Holder](holderTTL),
		}),
		refusals: otter.Must(&otter.Options[refusal, struct{}]{
			MaximumSize: 20_000, ExpiryCalculator: otter.ExpiryWriting[refusal, struct{}](refusalTTL),
		}),
	}
}

// forget drops what is remembered of keys once the unit has committed.
func (s *Service) forget(ctx context.Context, match func(Holder) bool) {
	work.After(ctx, func() {
		for k, h := range s.holders.All() {
			if match(h) {
				s.holders.Invalidate(k)
			}
		}
	})
}

// maker is the person who looks after keys. Keys make no keys: their kind is refused here
// even where a scope was forged.
func (s *Service) maker(ctx context.Context, do policy.Action) (caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return c, err
	}
	if c.Kind != caller.Person {
		return c, ErrNobody
	}
	if c.Org.IsZero() && !c.Has(caller.RoleOperator) && !c.Has(caller.RolePlatform) {
		return c, ErrNotFound
	}
	return c, s.Gate.Allow(ctx, do, nil)
}
