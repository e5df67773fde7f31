package plugins

import (
	"context"
	"errors"
	"fmt"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
)

// Upgrade takes another version, newer or older: at once if it asks for nothing more and the
// settings fit; else it waits, while the version that is there serves on, until somebody
// agrees (Consent).
func (s *Service) Upgrade(ctx context.Context, plugin, digest string) (Installation, error) {
	now, err := s.mine(ctx, plugin)
	if err != nil {
		return now, err
	}
	d, err := s.described(ctx, plugin, digest, true)
	if err != nil {
		return now, err
	}
	return s.edit(ctx, plugin, func(ctx context.Context, i *Installation) (string, error) {
		switch {
		case i.Revision != now.Revision:
			return "", ErrStale
		case i.State == Requested, i.State == Removed:
			return "", ErrStep.With("state", i.State)
		case i.Artifact == digest && i.Wanted == "":
			return "", nil
		case i.Artifact == digest: // stays with what it has
			i.Wanted = ""
			return "stayed", nil
		}
		// What came with the program was agreed to with the program.
		if digest != "" && len(d.More(i.Granted)) > 0 {
			i.Wanted = digest
			return "wanted", nil
		}
		if err := s.fits(ctx, *i, d); err != nil {
			return "", err
		}
		i.Artifact, i.Version, i.Wanted, i.Note, i.Granted = digest, d.Version, "", "", d.Asks
		i.Alone = i.Alone || !d.Shareable
		return "upgraded", nil
	})
}

// RollBack makes an installation what it was at an earlier revision: version, settings, what
// was agreed to. Secrets stay what they are now. 0 is the last revision with another
// version.
func (s *Service) RollBack(ctx context.Context, plugin string, revision int64) (Installation, error) {
	now, err := s.mine(ctx, plugin)
	if err != nil {
		return now, err
	}
	past, err := s.Store.Past(ctx, now.ID)
	if err != nil {
		return now, err
	}
	to, ok := wayBack(past, now, revision)
	if !ok {
		return now, ErrNoWayBack
	}
	d, err := s.described(ctx, plugin, to.Artifact, false)
	if err != nil {
		return now, err
	}
	return s.edit(ctx, plugin, func(ctx context.Context, i *Installation) (string, error) {
		if i.Revision != now.Revision {
			return "", ErrStale
		}
		return "rolled_back", s.restore(ctx, i, to, d)
	})
}

func (s *Service) restore(ctx context.Context, i *Installation, to Revision, d Described) error {
	i.Version, i.Artifact, i.Config, i.Granted, i.Alone, i.Wanted, i.Note = d.Version, to.Artifact, to.Config, to.Granted, to.Alone, "", ""
	if i.State == Suspended {
		i.State = Enabled
	}
	return s.fits(ctx, *i, d)
}

// wayBack finds the revision to go back to; past has the newest first.
func wayBack(past []Revision, now Installation, revision int64) (Revision, bool) {
	for _, r := range past {
		switch {
		case r.What == "requested" || r.What == "removed":
			if revision == 0 {
				return Revision{}, false // before that it was another installation
			}
		case revision == 0 && r.Artifact != now.Artifact, revision != 0 && r.Number == revision && revision != now.Revision:
			return r, true
		}
	}
	return Revision{}, false
}

// Unserved is told by the host that an artifact does not come up, or broke down too often.
// The marketplace goes back to the version it had; if there is none, the installation is
// suspended with the reason. What came with the program is left to who runs it.
func (s *Service) Unserved(ctx context.Context, which id.Installation, plugin, artifact string, why error) error {
	c, err := caller.From(ctx)
	if err != nil || c.Kind != caller.System || artifact == "" {
		return err
	}
	now, err := s.mine(ctx, plugin)
	if err != nil || now.ID != which || now.Artifact != artifact || now.State != Enabled {
		return err // somebody has acted already
	}
	past, err := s.Store.Past(ctx, now.ID)
	if err != nil {
		return err
	}
	to, back := wayBack(past, now, 0)
	var d Described
	if back {
		if d, err = s.described(ctx, plugin, to.Artifact, false); err != nil {
			back = false
		}
	}
	_, err = s.edit(ctx, plugin, func(ctx context.Context, i *Installation) (string, error) {
		if i.Revision != now.Revision {
			return "", nil
		}
		if back && s.restore(ctx, i, to, d) == nil {
			i.Note = brief(why)
			return "rolled_back", nil
		}
		*i = now
		i.State, i.Note = Suspended, brief(why)
		return "suspended", nil
	})
	if errors.Is(err, ErrStale) {
		return nil // another process has heard the same
	}
	return err
}

// Poisoned is told by the host that this marketplace's calls end the plugin's process for
// everybody. Its installation is suspended; somebody looks, and switches it on again.
func (s *Service) Poisoned(ctx context.Context, which id.Installation, plugin, rpc string, why error) error {
	c, err := caller.From(ctx)
	if err != nil || c.Kind != caller.System {
		return err
	}
	_, err = s.edit(ctx, plugin, func(_ context.Context, i *Installation) (string, error) {
		if i.ID != which || i.State != Enabled {
			return "", nil
		}
		i.State, i.Note = Suspended, brief(fmt.Errorf("%s ended the process three times running: %w", rpc, why))
		return "suspended", nil
	})
	return err
}

// brief is a reason in one line.
func brief(err error) string {
	if err == nil {
		return ""
	}
	s := err.Error()
	for i, r := range s {
		if r == '\n' || i > 400 {
			return s[:i]
		}
	}
	return s
}
