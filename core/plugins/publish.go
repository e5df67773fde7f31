package plugins

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
)

// Publishers are all that are registered.
func (s *Service) Publishers(ctx context.Context) ([]Publisher, error) {
	if _, err := s.platform(ctx, ActionArtifacts, nil); err != nil {
		return nil, err
	}
	return s.Store.Publishers(ctx)
}

var publisherForm = regexp.MustCompile(`^[a-z0-9]{2,31}$`)

// Register makes a publisher, or changes the one that was looked at (Version). A key that is
// taken away signs nothing new; what it has signed stays.
func (s *Service) Register(ctx context.Context, p Publisher) error {
	c, err := s.platform(ctx, ActionPublish, nil)
	if err != nil {
		return err
	}
	var check fault.Check
	check.If(!publisherForm.MatchString(p.Name), "name", "malformed", "")
	check.Text("title", p.Title, 2, 100)
	check.If(p.Class != Known && p.Class != Unknown, "class", "not_an_option", "")
	p.Keys = slices.DeleteFunc(slices.Clone(p.Keys), func(k string) bool { return strings.TrimSpace(k) == "" })
	check.If(len(p.Keys) == 0, "keys", "required", "")
	check.If(len(p.Keys) > publisherMax, "keys", "too_many", "")
	for i, k := range p.Keys {
		p.Keys[i] = strings.TrimSpace(k)
		if err := s.Packages.Key(k); err != nil {
			check.Add("keys", "malformed", fault.From(err).Text())
		}
	}
	if err := check.Or(ErrInvalid); err != nil {
		return err
	}
	p.Title, p.CreatedBy, p.CreatedAt = strings.TrimSpace(p.Title), c.Subject(), s.Now()
	return s.change(ctx, ActionPublish, "plugin_publisher", p.Name, map[string]string{"publisher": p.Name, "class": string(p.Class), "keys": fmt.Sprint(len(p.Keys))},
		func() error { return s.Store.SavePublisher(ctx, p) }, event.PluginPublisherChanged{Publisher: p.Name, Class: string(p.Class), Keys: len(p.Keys)})
}

// Upload takes a package in: its files are those that its manifest names, and a registered
// key of its publisher has signed it. Uploaded again it is the one that is there.
func (s *Service) Upload(ctx context.Context, body []byte) (Artifact, error) {
	c, err := s.platform(ctx, ActionPublish, nil)
	if err != nil {
		return Artifact{}, err
	}
	d, err := s.Packages.Read(body)
	if err != nil {
		return Artifact{}, err
	}
	all, err := s.Store.Publishers(ctx)
	if err != nil {
		return Artifact{}, err
	}
	at := slices.IndexFunc(all, func(p Publisher) bool { return p.Name == d.Publisher })
	if at < 0 {
		return Artifact{}, ErrUnknown.With("publisher", d.Publisher)
	}
	key, err := s.Packages.Signed(body, all[at].Keys)
	if err != nil {
		return Artifact{}, err
	}
	if have, err := s.Store.Artifact(ctx, d.Digest); err == nil || fault.KindOf(err) != fault.NotFound {
		return have, err
	}
	if own, ok := s.Packages.Came()[d.Plugin]; ok && own.Version == d.Version {
		return Artifact{}, ErrOwn.With("plugin", d.Plugin).With("version", d.Version)
	}
	now := s.Now()
	a := Artifact{Described: d, State: Verified, Class: all[at].Class, SignedBy: key, UploadedBy: c.Subject(), UploadedAt: now, UpdatedAt: now, Row: 1}
	err = s.change(ctx, ActionPublish, "plugin_artifact", d.Digest, map[string]string{"plugin": d.Plugin, "version": d.Version, "digest": d.Digest},
		func() error { return s.Store.AddArtifact(ctx, a, body) }, s.moved(a, "", ""))
	return a, err
}

func (s *Service) moved(a Artifact, from ArtifactState, note string) event.PluginArtifactMoved {
	return event.PluginArtifactMoved{Plugin: a.Plugin, Version: a.Version, Digest: a.Digest, From: string(from), To: string(a.State), Note: note}
}
