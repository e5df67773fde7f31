package plugins

import (
	"context"
	"encoding/json"

	"github.com/kontorhq/kontor/core/fault"
)

// Form is what somebody who changes the settings needs: the schema, what is set, and which
// secrets are there.
type Form struct {
	Schema   json.RawMessage
	Value    json.RawMessage // without secrets
	Secrets  []string
	Revision int64
}

// Form is of the installed version.
func (s *Service) Form(ctx context.Context, plugin string) (Form, error) {
	i, err := s.mine(ctx, plugin)
	if err != nil {
		return Form{}, err
	}
	d, err := s.described(ctx, plugin, i.Artifact, false)
	return Form{Schema: d.Schema, Value: i.Config, Secrets: i.Secrets, Revision: i.Revision}, err
}

// Configure changes the settings. A secret that is not in the value stays what it is; one
// that is null is taken away. revision is that of the settings that were looked at; 0 asks
// for no such care.
func (s *Service) Configure(ctx context.Context, plugin string, value json.RawMessage, revision int64) (Installation, error) {
	now, err := s.mine(ctx, plugin)
	if err != nil {
		return now, err
	}
	d, err := s.described(ctx, plugin, now.Artifact, false)
	if err != nil {
		return now, err
	}
	if len(d.Schema) == 0 {
		var keys map[string]json.RawMessage
		if err := json.Unmarshal(value, &keys); err != nil || len(keys) > 0 {
			return now, ErrInvalid.At(fault.Field{Path: "config", Reason: "unexpected"})
		}
	}
	return s.edit(ctx, plugin, func(ctx context.Context, i *Installation) (string, error) {
		switch {
		case revision != 0 && i.Revision != revision, i.Artifact != now.Artifact:
			return "", ErrStale
		case i.State == Requested:
			return "", ErrConsent
		}
		if len(d.Schema) > 0 {
			if err := s.set(ctx, i, d.Schema, value); err != nil {
				return "", err
			}
		}
		if i.State == Consented {
			i.State = Configured
		}
		return "configured", nil
	})
}

// set splits a value into what may be shown and what is sealed, and stores both.
func (s *Service) set(ctx context.Context, i *Installation, schema, value json.RawMessage) error {
	have, err := s.Store.Secrets(ctx, i.ID)
	if err != nil {
		return err
	}
	whole, err := s.Settings.Keep(schema, value, have)
	if err != nil {
		return err
	}
	open, secrets, err := s.Settings.Split(schema, whole)
	if err != nil {
		return err
	}
	i.Config = open
	return s.Store.KeepSecrets(ctx, i.ID, secrets)
}
