package plugins

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
)

// Artifacts are all versions of all plugins, those that came with the program first.
func (s *Service) Artifacts(ctx context.Context) ([]Artifact, error) {
	if _, err := s.platform(ctx, ActionArtifacts, nil); err != nil {
		return nil, err
	}
	return s.offered(ctx)
}

func (s *Service) offered(ctx context.Context) ([]Artifact, error) {
	var out []Artifact
	for _, d := range s.Packages.Came() {
		out = append(out, Artifact{Described: d, State: Approved, Class: Core})
	}
	slices.SortFunc(out, func(a, b Artifact) int { return strings.Compare(a.Plugin, b.Plugin) })
	more, err := s.Store.Artifacts(ctx)
	return append(out, more...), err
}

// Artifact is one that was uploaded.
func (s *Service) Artifact(ctx context.Context, digest string) (Artifact, error) {
	if _, err := s.platform(ctx, ActionArtifacts, nil); err != nil {
		return Artifact{}, err
	}
	return s.Store.Artifact(ctx, digest)
}

// step moves an artifact from one of the states to another.
func (s *Service) step(ctx context.Context, do policy.Action, digest, note string, to ArtifactState, from ...ArtifactState) (Artifact, error) {
	if _, err := s.platform(ctx, do, nil); err != nil {
		return Artifact{}, err
	}
	a, err := s.Store.Artifact(ctx, digest)
	switch {
	case err != nil:
		return a, err
	case a.State == to:
		return a, nil
	case !slices.Contains(from, a.State):
		return a, ErrStep.With("state", a.State)
	}
	was := a.State
	a.State, a.Note, a.UpdatedAt = to, note, s.Now()
	err = s.change(ctx, do, "plugin_artifact", digest, map[string]string{"plugin": a.Plugin, "version": a.Version, "to": string(to), "note": note},
		func() error { return s.Store.SaveArtifact(ctx, a) }, s.moved(a, was, note))
	return a, err
}

// How long an artifact may be tried, and how long whoever asks waits for that.
const (
	tryFor  = 3 * time.Minute
	tryWait = 10 * time.Second
)

// Try runs a verified artifact as it will be run and checks that it keeps the contract. If
// that takes long, the answer says since when it is being tried; the report comes with the
// artifact. It is not called inside a unit: it starts processes.
func (s *Service) Try(ctx context.Context, digest string) (Artifact, error) {
	c, err := s.platform(ctx, ActionPublish, nil)
	if err != nil {
		return Artifact{}, err
	}
	a, err := s.Store.Artifact(ctx, digest)
	switch {
	case err != nil:
		return a, err
	case a.State != Verified && a.State != Conformant:
		return a, ErrStep.With("state", a.State)
	case s.Now().Sub(a.Report.Begun) < tryFor:
		return a, nil // somebody has it tried already
	}
	a.Report.Begun = s.Now()
	if err := s.Store.SaveArtifact(ctx, a); err != nil {
		return a, err
	}
	a.Row++
	type outcome struct {
		a   Artifact
		err error
	}
	done := make(chan outcome, 1)
	go func() {
		ctx, cancel := context.WithTimeout(caller.With(context.Background(), c), tryFor)
		defer cancel()
		a, err := s.tried(ctx, a)
		done <- outcome{a, err}
	}()
	select {
	case o := <-done:
		return o.a, o.err
	case <-time.After(tryWait):
	case <-ctx.Done():
	}
	return a, nil
}

func (s *Service) tried(ctx context.Context, a Artifact) (Artifact, error) {
	report, err := s.Packages.Try(ctx, a.Digest)
	if err != nil {
		report = Report{At: s.Now(), Failed: []Finding{{Check: "trial", Why: fault.From(err).Text()}}}
	}
	was := a.State
	a.Report, a.State, a.Approvals, a.UpdatedAt = report, Conformant, nil, s.Now()
	if len(report.Failed) > 0 {
		a.State = Verified
	}
	lost := s.change(context.WithoutCancel(ctx), ActionPublish, "plugin_artifact", a.Digest, map[string]string{"plugin": a.Plugin, "version": a.Version, "to": string(a.State), "note": "tried"},
		func() error { return s.Store.SaveArtifact(context.WithoutCancel(ctx), a) }, s.moved(a, was, "tried"))
	switch {
	case lost != nil:
		return a, lost
	case err != nil:
		return a, err
	case a.State == Verified:
		return a, ErrFailed.With("why", report.Failed[0].Check+": "+report.Failed[0].Why)
	}
	return a, nil
}

// ArtifactFacts are what the rules look at before an artifact is let in.
type ArtifactFacts struct {
	Object       string   `json:"object"`
	Capabilities []string `json:"capabilities"`
	State        string   `json:"state"`
	ApprovedBy   []string `json:"approved_by"` // before
	Approver     string   `json:"approver"`
}

// Approve lets an artifact be installed. What moves money needs a second person; until then
// the first one's word is kept.
func (s *Service) Approve(ctx context.Context, digest string) (Artifact, error) {
	c, err := s.platform(ctx, ActionArtifacts, nil)
	if err != nil {
		return Artifact{}, err
	}
	a, err := s.Store.Artifact(ctx, digest)
	if err != nil {
		return a, err
	}
	if a.State == Approved {
		return a, nil
	}
	facts := ArtifactFacts{Object: digest, Capabilities: a.Capabilities, State: string(a.State), ApprovedBy: []string{}, Approver: c.Subject()}
	for _, x := range a.Approvals {
		facts.ApprovedBy = append(facts.ApprovedBy, x.By)
	}
	_, err = s.platform(ctx, ActionApprove, facts)
	waits := policy.Needs(err, "second_person_required")
	if err != nil && !waits {
		return a, err
	}
	was := a.State
	a.Approvals, a.UpdatedAt = append(a.Approvals, Approval{c.Subject(), s.Now()}), s.Now()
	if !waits {
		a.State = Approved
	}
	return a, s.change(ctx, ActionApprove, "plugin_artifact", digest, map[string]string{"plugin": a.Plugin, "version": a.Version, "to": string(a.State)},
		func() error { return s.Store.SaveArtifact(ctx, a) }, s.moved(a, was, ""))
}

func reason(note string) error {
	var c fault.Check
	c.Text("note", note, 3, 500)
	return c.Or(ErrInvalid)
}

// Yank keeps an artifact from being installed anywhere else; where it is, it runs on.
func (s *Service) Yank(ctx context.Context, digest, note string) (Artifact, error) {
	if err := reason(note); err != nil {
		return Artifact{}, err
	}
	return s.step(ctx, ActionPublish, digest, note, Yanked, Approved)
}

// Restore lets a yanked one be installed again.
func (s *Service) Restore(ctx context.Context, digest string) (Artifact, error) {
	return s.step(ctx, ActionPublish, digest, "", Approved, Yanked)
}

// Revoke stops an artifact everywhere, at once and for good.
func (s *Service) Revoke(ctx context.Context, digest, note string) (Artifact, error) {
	if err := reason(note); err != nil {
		return Artifact{}, err
	}
	a, err := s.step(ctx, ActionPublish, digest, note, Revoked, Verified, Conformant, Approved, Yanked)
	if err == nil {
		err = s.Store.Touch(ctx, digest)
	}
	if err == nil {
		err = s.Running.Reload(ctx)
	}
	return a, err
}

// newer sorts the higher version first. Versions are x.y.z, and one with a suffix comes
// before the one without.
func newer(a, b string) int {
	cut := func(v string) (nums []string, suffix string) {
		main, suffix, _ := strings.Cut(v, "-")
		return strings.Split(main, "."), suffix
	}
	x, sx := cut(a)
	y, sy := cut(b)
	for i := range min(len(x), len(y)) {
		if d := cmp.Or(cmp.Compare(len(x[i]), len(y[i])), strings.Compare(x[i], y[i])); d != 0 {
			return -d
		}
	}
	switch {
	case sx == sy:
		return 0
	case sx == "":
		return -1
	case sy == "":
		return 1
	}
	return -strings.Compare(sx, sy)
}

// Restart has a plugin's processes started again on every node: those that serve are
// exchanged without a failed call, those that were given up get another chance.
func (s *Service) Restart(ctx context.Context, plugin string) error {
	c, err := s.platform(ctx, ActionPublish, nil)
	if err != nil {
		return err
	}
	all, err := s.offered(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(all, func(a Artifact) bool { return a.Plugin == plugin }) {
		return ErrNotFound
	}
	err = s.change(ctx, ActionPublish, "plugin", plugin, map[string]string{"plugin": plugin, "restart": "asked"},
		func() error { return s.Store.Wish(ctx, plugin, c.Subject(), s.Now()) }, event.PluginRestartAsked{Plugin: plugin})
	if err != nil {
		return err
	}
	return s.Running.Reload(ctx)
}
