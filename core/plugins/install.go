package plugins

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// edit changes an installation of the caller's marketplace in one unit, and tells the host
// when it is done. fn says what was done; "" is nothing.
func (s *Service) edit(ctx context.Context, plugin string, fn func(ctx context.Context, i *Installation) (what string, err error)) (Installation, error) {
	var out Installation
	err := s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionManage, nil); err != nil {
			return err
		}
		i, err := s.Store.Installation(ctx, plugin)
		if err != nil {
			return err
		}
		was := i.Revision
		what, err := fn(ctx, &i)
		if err != nil || what == "" {
			out = i
			return err
		}
		out, err = s.save(ctx, i, was, what)
		return err
	})
	if err != nil {
		return out, err
	}
	return out, s.Running.Reload(ctx)
}

// save stores an installation with a row of its past and tells of it.
func (s *Service) save(ctx context.Context, i Installation, was int64, what string) (Installation, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return i, err
	}
	i.Revision, i.UpdatedAt = was+1, s.Now()
	past := Revision{Number: i.Revision, What: what, Version: i.Version, Artifact: i.Artifact, Config: i.Config, Granted: i.Granted, Alone: i.Alone, By: c.Subject(), Note: i.Note, At: i.UpdatedAt}
	if err := s.Store.Save(ctx, i, was, past); err != nil {
		return i, err
	}
	return i, s.Events.Append(ctx, event.PluginInstallationChanged{Installation: i.ID.String(), Plugin: i.Plugin, Version: i.Version, What: what, Note: i.Note})
}

// Install asks for a plugin that the marketplace does not have: the version with the digest,
// or what came with the program. Nothing of it runs before somebody has agreed to what it
// asks for, set it up and switched it on.
func (s *Service) Install(ctx context.Context, plugin, digest string) (Installation, error) {
	if err := s.Gate.Allow(ctx, ActionManage, nil); err != nil {
		return Installation{}, err
	}
	d, err := s.described(ctx, plugin, digest, true)
	if err != nil {
		return Installation{}, err
	}
	var out Installation
	err = s.Unit.Do(ctx, func(ctx context.Context) error {
		if err := s.Gate.Allow(ctx, ActionManage, nil); err != nil {
			return err
		}
		i, err := s.Store.Installation(ctx, plugin)
		switch {
		case err == nil && i.State != Removed:
			return ErrHere
		case err != nil && fault.KindOf(err) != fault.NotFound:
			return err
		case err != nil:
			i = Installation{ID: id.Installation{}.New(), Plugin: plugin, CreatedAt: s.Now()}
		}
		was := i.Revision
		i.Version, i.Artifact, i.State, i.Config, i.Granted, i.Wanted, i.Note, i.Alone = d.Version, digest, Requested, json.RawMessage("{}"), nil, "", "", !d.Shareable
		out, err = s.save(ctx, i, was, "requested")
		return err
	})
	return out, err
}

// Consent agrees to what the installation asks for, or to what the version asks for that it
// waits for. asks is what the person was shown; if it is not the same any more, nothing is
// agreed to.
func (s *Service) Consent(ctx context.Context, plugin string, asks []Ask) (Installation, error) {
	now, err := s.mine(ctx, plugin)
	if err != nil {
		return now, err
	}
	digest := now.Artifact
	if now.Wanted != "" {
		digest = now.Wanted
	}
	d, err := s.described(ctx, plugin, digest, now.Wanted != "")
	if err != nil {
		return now, err
	}
	if !same(asks, d.Asks) {
		return now, ErrDiffers
	}
	return s.edit(ctx, plugin, func(ctx context.Context, i *Installation) (string, error) {
		switch {
		case i.Revision != now.Revision:
			return "", ErrStale
		case i.Wanted != "":
			if err := s.fits(ctx, *i, d); err != nil {
				return "", err
			}
			i.Artifact, i.Version, i.Granted, i.Wanted, i.Note = digest, d.Version, d.Asks, "", ""
			return "upgraded", nil
		case i.State != Requested:
			return "", ErrStep.With("state", i.State)
		}
		i.Granted, i.State = d.Asks, Consented
		if s.fits(ctx, *i, d) == nil { // there is nothing that must be set
			i.State = Configured
		}
		return "consented", nil
	})
}

func same(a, b []Ask) bool {
	less := func(x, y Ask) int {
		return slices.Compare([]string{x.Kind, x.What}, []string{y.Kind, y.What})
	}
	return slices.Equal(slices.SortedFunc(slices.Values(a), less), slices.SortedFunc(slices.Values(b), less))
}

// mine is an installation of the caller's marketplace.
func (s *Service) mine(ctx context.Context, plugin string) (Installation, error) {
	if err := s.Gate.Allow(ctx, ActionManage, nil); err != nil {
		return Installation{}, err
	}
	var i Installation
	err := s.Unit.Do(ctx, func(ctx context.Context) (err error) {
		i, err = s.Store.Installation(ctx, plugin)
		return err
	})
	if err == nil && i.State == Removed {
		err = ErrNotFound
	}
	return i, err
}

// fits says whether an installation's settings are what a version wants.
func (s *Service) fits(ctx context.Context, i Installation, d Described) error {
	if len(d.Schema) == 0 {
		return nil
	}
	secrets, err := s.Store.Secrets(ctx, i.ID)
	if err != nil {
		return err
	}
	whole, err := s.Settings.Join(d.Schema, i.Config, secrets)
	if err != nil {
		return err
	}
	if _, _, err = s.Settings.Split(d.Schema, whole); err == nil {
		return nil
	}
	// What a version does not know is left over from another one, and does no harm.
	wrong := slices.DeleteFunc(slices.Clone(fault.From(err).Fields), func(f fault.Field) bool { return f.Reason == "unknown" })
	if len(wrong) == 0 && fault.KindOf(err) == fault.Invalid {
		return nil
	}
	return ErrSettings.Because(err).At(wrong...)
}

// Enable switches an installation on.
func (s *Service) Enable(ctx context.Context, plugin string) (Installation, error) {
	now, err := s.mine(ctx, plugin)
	if err != nil {
		return now, err
	}
	d, err := s.described(ctx, plugin, now.Artifact, false)
	if err != nil {
		return now, err
	}
	return s.edit(ctx, plugin, func(ctx context.Context, i *Installation) (string, error) {
		switch i.State {
		case Enabled:
			return "", nil
		case Requested:
			return "", ErrConsent
		case Consented:
			return "", ErrSettings
		case Configured, Disabled, Suspended:
		case Removed:
			return "", ErrNotFound
		}
		if i.Revision != now.Revision {
			return "", ErrStale
		}
		if i.Artifact != "" && len(d.More(i.Granted)) > 0 {
			return "", ErrConsent
		}
		if err := s.fits(ctx, *i, d); err != nil {
			return "", err
		}
		i.State, i.Note = Enabled, ""
		return "enabled", nil
	})
}

// Disable switches it off; its settings are kept.
func (s *Service) Disable(ctx context.Context, plugin, note string) (Installation, error) {
	return s.edit(ctx, plugin, func(_ context.Context, i *Installation) (string, error) {
		switch i.State {
		case Disabled:
			return "", nil
		case Enabled, Suspended:
			i.State, i.Note = Disabled, note
			return "disabled", nil
		}
		return "", ErrStep.With("state", i.State)
	})
}

// Remove takes it away with its settings, its secrets and all that it has had kept. What it was stays in the record.
func (s *Service) Remove(ctx context.Context, plugin string) (Installation, error) {
	return s.edit(ctx, plugin, func(ctx context.Context, i *Installation) (string, error) {
		switch i.State {
		case Removed:
			return "", ErrNotFound
		case Enabled, Suspended:
			return "", ErrStep.With("state", i.State)
		}
		i.State, i.Config, i.Wanted, i.Note = Removed, json.RawMessage("{}"), "", ""
		return "removed", s.Store.Forget(ctx, i.ID)
	})
}

// Alone gives the marketplace a process of the plugin of its own, or shares one again.
func (s *Service) Alone(ctx context.Context, plugin string, alone bool) (Installation, error) {
	now, err := s.mine(ctx, plugin)
	if err != nil {
		return now, err
	}
	d, err := s.described(ctx, plugin, now.Artifact, false)
	if err != nil {
		return now, err
	}
	return s.edit(ctx, plugin, func(_ context.Context, i *Installation) (string, error) {
		switch {
		case i.Alone == alone:
			return "", nil
		case !alone && !d.Shareable:
			return "", ErrStep.With("state", "not shareable")
		}
		i.Alone = alone
		return "isolated", nil
	})
}
