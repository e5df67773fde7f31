package plugins

import (
	"context"

	"github.com/kontorhq/kontor/core/audit"
	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/tenancy"
	"github.com/kontorhq/kontor/core/work"
)

// What one may do here: artifacts are the platform's, installations each marketplace's.
const (
	ActionArtifacts policy.Action = "plugins.artifact.read"
	ActionPublish   policy.Action = "plugins.artifact.manage"
	ActionApprove   policy.Action = "plugins.artifact.approve"
	ActionRead      policy.Action = "plugin.read"
	ActionManage    policy.Action = "plugins.installation.manage"
)

// Tenants finds marketplaces.
type Tenants interface {
	Current(ctx context.Context) (tenancy.Tenant, error)
}

// Deps are what the service needs.
type Deps struct {
	Store    Store
	Unit     work.Unit
	Gate     policy.Gate
	Events   event.Log
	Audit    audit.Recorder
	Tenants  Tenants
	Packages Packages
	Running  Running
	Settings Settings
	Now      clock.Now
}

// Service keeps the catalogue of plugins and what marketplaces use of it.
type Service struct{ Deps }

// New makes the service.
func New(d Deps) *Service {
	if d.Now == nil {
		d.Now = clock.System
	}
	return &Service{d}
}

// platform asks the gate, and whether the question comes from the platform: roles are a
// tenant's own.
func (s *Service) platform(ctx context.Context, do policy.Action, facts any) (caller.Caller, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return c, err
	}
	if c.Kind != caller.System {
		t, err := s.Tenants.Current(ctx)
		if err != nil {
			return c, err
		}
		if t.Kind != tenancy.Platform {
			return c, ErrNotFound
		}
	}
	return c, s.Gate.Allow(ctx, do, facts)
}

// change records what is about to be done to what lies outside every tenant, does it and
// tells: neither intention nor fact can be missing for a change that happened.
func (s *Service) change(ctx context.Context, do policy.Action, kind, object string, data map[string]string, fn func() error, news event.Event) error {
	data["step"] = "about to change"
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		return s.Audit.Record(ctx, audit.Entry{Action: string(do), ObjectKind: kind, ObjectID: object, Outcome: audit.Done, Data: data})
	})
	if err != nil {
		return err
	}
	if err := fn(); err != nil {
		return err
	}
	return s.Unit.Do(ctx, func(ctx context.Context) error { return s.Events.Append(ctx, news) })
}
