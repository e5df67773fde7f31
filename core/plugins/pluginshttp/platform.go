package pluginshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/plugins"
)

type publisherView struct {
	Name    string   `json:"name"`
	Title   string   `json:"title"`
	Class   string   `json:"class" doc:"verified: processes are shared; community: each marketplace has its own"`
	Keys    []string `json:"keys" doc:"Public keys in minisign's form"`
	Version int64    `json:"version" doc:"To be sent back with a change"`
}

func viewPublisher(p plugins.Publisher) publisherView {
	return publisherView{p.Name, p.Title, string(p.Class), p.Keys, p.Version}
}

func (h handlers) publishers(ctx context.Context, _ *struct{}) (page.List[publisherView], error) {
	all, err := h.plugins.Publishers(ctx)
	out := page.List[publisherView]{Items: make([]publisherView, len(all))}
	for i, p := range all {
		out.Items[i] = viewPublisher(p)
	}
	return out, err
}

type registerInput struct {
	Name string `path:"name" maxLength:"31"`
	Body struct {
		Title   string   `json:"title" maxLength:"100"`
		Class   string   `json:"class" enum:"verified,community"`
		Keys    []string `json:"keys" maxItems:"5"`
		Version int64    `json:"version" minimum:"0" doc:"The version that was looked at; 0 for a new publisher"`
	}
}

type done struct {
	OK bool `json:"ok"`
}

func (h handlers) register(ctx context.Context, in *registerInput) (done, error) {
	err := h.plugins.Register(ctx, plugins.Publisher{Name: in.Name, Title: in.Body.Title, Class: plugins.Class(in.Body.Class), Keys: in.Body.Keys, Version: in.Body.Version})
	return done{err == nil}, err
}

type artifactView struct {
	Digest       string            `json:"digest" doc:"sha256 of the manifest, which names every file's; empty: it comes with the program"`
	Plugin       string            `json:"plugin"`
	Version      string            `json:"version"`
	Publisher    string            `json:"publisher"`
	Class        string            `json:"class" enum:"core,verified,community"`
	State        string            `json:"state" enum:"verified,conformant,approved,yanked,revoked"`
	Titles       map[string]string `json:"titles" doc:"By locale"`
	Texts        map[string]string `json:"texts" doc:"By locale"`
	Capabilities []string          `json:"capabilities"`
	Asks         []askView         `json:"asks" doc:"What who installs it agrees to"`
	MinTier      string            `json:"min_tier" doc:"The sandbox that it asks for at least"`
	Size         int64             `json:"size" doc:"Bytes of all its files"`
	Users        int64             `json:"users" doc:"Marketplaces where it is switched on"`
	Report       *reportView       `json:"report,omitempty"`
	TriedSince   *time.Time        `json:"tried_since,omitempty" doc:"It is being tried; the report follows"`
	ApprovedBy   []string          `json:"approved_by"`
	Note         string            `json:"note,omitempty"`
	UploadedBy   string            `json:"uploaded_by,omitempty"`
	UploadedAt   *time.Time        `json:"uploaded_at,omitempty"`
}

type askView struct {
	Kind string `json:"kind" enum:"do,egress,host,events"`
	What string `json:"what" maxLength:"1000"`
}

type reportView struct {
	At      time.Time     `json:"at"`
	Tier    string        `json:"tier"`
	Passed  []string      `json:"passed"`
	Failed  []findingView `json:"failed" doc:"What it must keep and does not"`
	Warned  []findingView `json:"warned" doc:"What it should keep and does not"`
	Skipped []findingView `json:"skipped" doc:"What could not be tried, and why"`
}

type findingView struct {
	Check string `json:"check"`
	Why   string `json:"why"`
	Rule  string `json:"rule,omitempty"`
}

func viewFindings(all []plugins.Finding) []findingView {
	out := make([]findingView, len(all))
	for i, f := range all {
		out[i] = findingView(f)
	}
	return out
}

func viewAsks(asks []plugins.Ask) []askView {
	out := make([]askView, len(asks))
	for i, a := range asks {
		out[i] = askView(a)
	}
	return out
}

func viewArtifact(a plugins.Artifact) artifactView {
	out := artifactView{
		Digest: a.Digest, Plugin: a.Plugin, Version: a.Version, Publisher: a.Publisher, Class: string(a.Class), State: string(a.State), Titles: a.Titles, Texts: a.Texts,
		Capabilities: a.Capabilities, Asks: viewAsks(a.Asks), MinTier: a.Tier, Size: a.Size, Users: a.Users, Note: a.Note, UploadedBy: a.UploadedBy, ApprovedBy: []string{},
	}
	if !a.UploadedAt.IsZero() {
		out.UploadedAt = &a.UploadedAt
	}
	for _, x := range a.Approvals {
		out.ApprovedBy = append(out.ApprovedBy, x.By)
	}
	if !a.Report.Begun.IsZero() {
		out.TriedSince = &a.Report.Begun
	}
	if !a.Report.At.IsZero() {
		out.Report = &reportView{a.Report.At, a.Report.Tier, a.Report.Passed, viewFindings(a.Report.Failed), viewFindings(a.Report.Warned), viewFindings(a.Report.Skipped)}
	}
	return out
}

func (h handlers) artifacts(ctx context.Context, _ *struct{}) (page.List[artifactView], error) {
	all, err := h.plugins.Artifacts(ctx)
	out := page.List[artifactView]{Items: make([]artifactView, len(all))}
	for i, a := range all {
		out.Items[i] = viewArtifact(a)
	}
	return out, err
}

type uploadInput struct {
	Body struct {
		Package []byte `json:"package" doc:"What kontor plugin pack wrote, in base64"`
	}
}

func (h handlers) upload(ctx context.Context, in *uploadInput) (artifactView, error) {
	a, err := h.plugins.Upload(ctx, in.Body.Package)
	return viewArtifact(a), err
}

type byDigest struct {
	Digest string `path:"digest" maxLength:"71"`
}

type noted struct {
	Digest string `path:"digest" maxLength:"71"`
	Body   struct {
		Note string `json:"note" maxLength:"500" doc:"Why; kept in the record and shown to who uses it"`
	}
}

func (h handlers) artifact(ctx context.Context, in *byDigest) (artifactView, error) {
	a, err := h.plugins.Artifact(ctx, in.Digest)
	return viewArtifact(a), err
}

func (h handlers) try(ctx context.Context, in *byDigest) (artifactView, error) {
	a, err := h.plugins.Try(ctx, in.Digest)
	return viewArtifact(a), err
}

func (h handlers) approve(ctx context.Context, in *byDigest) (artifactView, error) {
	a, err := h.plugins.Approve(ctx, in.Digest)
	return viewArtifact(a), err
}

func (h handlers) yank(ctx context.Context, in *noted) (artifactView, error) {
	a, err := h.plugins.Yank(ctx, in.Digest, in.Body.Note)
	return viewArtifact(a), err
}

func (h handlers) restore(ctx context.Context, in *byDigest) (artifactView, error) {
	a, err := h.plugins.Restore(ctx, in.Digest)
	return viewArtifact(a), err
}

func (h handlers) revoke(ctx context.Context, in *noted) (artifactView, error) {
	a, err := h.plugins.Revoke(ctx, in.Digest, in.Body.Note)
	return viewArtifact(a), err
}

func (h handlers) restart(ctx context.Context, in *byPlugin) (done, error) {
	err := h.plugins.Restart(ctx, in.Plugin)
	return done{err == nil}, err
}
