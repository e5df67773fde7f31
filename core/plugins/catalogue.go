package plugins

import (
	"context"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/fault"
)

// Offer is a plugin as a marketplace sees it: the newest version that it may have, all of
// those, and its own installation if there is one.
type Offer struct {
	Described // the newest
	Class     Class
	Versions  []Artifact // installable, or installed; the newest first
	Installed *Installation
	Current   *Artifact // what is installed
}

// Newer says whether there is a version after the installed one.
func (o Offer) Newer() bool {
	return o.Current != nil && newer(o.Version, o.Current.Version) < 0
}

// Catalogue is every plugin that the caller's marketplace has or may have.
func (s *Service) Catalogue(ctx context.Context) ([]Offer, error) {
	if err := s.Gate.Allow(ctx, ActionRead, nil); err != nil {
		return nil, err
	}
	mine, err := s.Store.Installations(ctx)
	if err != nil {
		return nil, err
	}
	all, err := s.offered(ctx)
	if err != nil {
		return nil, err
	}
	by, names := map[string]*Offer{}, []string(nil)
	for _, a := range all {
		at := slices.IndexFunc(mine, func(i Installation) bool { return i.Plugin == a.Plugin && i.Artifact == a.Digest && i.State != Removed })
		if !a.Installable() && at < 0 {
			continue
		}
		o := by[a.Plugin]
		if o == nil {
			o = &Offer{}
			by[a.Plugin], names = o, append(names, a.Plugin)
		}
		o.Versions = append(o.Versions, a)
		if at >= 0 {
			o.Current = &a
		}
	}
	for _, i := range mine {
		if i.State == Removed {
			continue
		}
		if by[i.Plugin] == nil { // it is here no more, and its settings are
			by[i.Plugin], names = &Offer{Described: Described{Plugin: i.Plugin, Version: i.Version}}, append(names, i.Plugin)
		}
		by[i.Plugin].Installed = &i
	}
	var out []Offer
	slices.Sort(names)
	for _, name := range names {
		o := by[name]
		slices.SortStableFunc(o.Versions, func(a, b Artifact) int { return newer(a.Version, b.Version) })
		if len(o.Versions) == 0 {
			out = append(out, *o)
			continue
		}
		best := o.Versions[0]
		for _, a := range o.Versions {
			if a.Installable() {
				best = a
				break
			}
		}
		o.Described, o.Class = best.Described, best.Class
		out = append(out, *o)
	}
	slices.SortStableFunc(out, func(a, b Offer) int {
		switch {
		case (a.Installed != nil) == (b.Installed != nil):
			return strings.Compare(a.Plugin, b.Plugin)
		case a.Installed != nil:
			return -1
		}
		return 1
	})
	return out, nil
}

// Offer is one of them, with what its installation was before.
func (s *Service) Offer(ctx context.Context, plugin string) (Offer, []Revision, error) {
	all, err := s.Catalogue(ctx)
	if err != nil {
		return Offer{}, nil, err
	}
	at := slices.IndexFunc(all, func(o Offer) bool { return o.Plugin == plugin })
	if at < 0 {
		return Offer{}, nil, ErrNotFound
	}
	o := all[at]
	if o.Installed == nil {
		return o, nil, nil
	}
	past, err := s.Store.Past(ctx, o.Installed.ID)
	return o, past, err
}

// described finds what an artifact says of itself; one that came with the program has no
// digest. To take it, it must be installable.
func (s *Service) described(ctx context.Context, plugin, digest string, take bool) (Described, error) {
	if digest == "" {
		d, ok := s.Packages.Came()[plugin]
		if !ok {
			return d, ErrNotFound
		}
		return d, nil
	}
	a, err := s.Store.Artifact(ctx, digest)
	switch {
	case fault.KindOf(err) == fault.NotFound && err != nil, err == nil && a.Plugin != plugin:
		return Described{}, ErrNotOffered
	case err != nil:
		return Described{}, err
	case a.State == Revoked, take && !a.Installable():
		return Described{}, ErrNotOffered
	}
	return a.Described, nil
}
