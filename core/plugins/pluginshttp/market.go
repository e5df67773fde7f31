package pluginshttp

import (
	"context"
	"encoding/json"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/plugins"
)

type offerView struct {
	Plugin       string            `json:"plugin"`
	Version      string            `json:"version" doc:"The newest that may be installed"`
	Titles       map[string]string `json:"titles"`
	Texts        map[string]string `json:"texts"`
	Class        string            `json:"class"`
	Capabilities []string          `json:"capabilities"`
	Asks         []askView         `json:"asks"`
	Newer        bool              `json:"newer" doc:"There is a version after the installed one"`
	Installation *installationView `json:"installation,omitempty"`
	Versions     []versionView     `json:"versions"`
	Past         []revisionView    `json:"past,omitempty"`
}

type versionView struct {
	Version  string    `json:"version"`
	Artifact string    `json:"artifact" doc:"Digest; empty: what comes with the program"`
	State    string    `json:"state"`
	Asks     []askView `json:"asks"`
}

type installationView struct {
	ID        id.Installation `json:"id"`
	State     string          `json:"state" enum:"requested,consented,configured,enabled,suspended,disabled,removed"`
	Version   string          `json:"version"`
	Artifact  string          `json:"artifact"`
	Alone     bool            `json:"alone" doc:"In a process that no other marketplace uses"`
	Granted   []askView       `json:"granted"`
	Wanted    string          `json:"wanted,omitempty" doc:"The artifact that waits for consent"`
	Note      string          `json:"note,omitempty"`
	Revision  int64           `json:"revision"`
	UpdatedAt time.Time       `json:"updated_at"`
}

type revisionView struct {
	Revision int64     `json:"revision"`
	What     string    `json:"what"`
	Version  string    `json:"version"`
	Artifact string    `json:"artifact"`
	By       string    `json:"by"`
	Note     string    `json:"note,omitempty"`
	At       time.Time `json:"at"`
}

func viewInstallation(i plugins.Installation) installationView {
	return installationView{i.ID, string(i.State), i.Version, i.Artifact, i.Alone, viewAsks(i.Granted), i.Wanted, i.Note, i.Revision, i.UpdatedAt}
}

func viewOffer(o plugins.Offer, past []plugins.Revision) offerView {
	out := offerView{Plugin: o.Plugin, Version: o.Version, Titles: o.Titles, Texts: o.Texts, Class: string(o.Class), Capabilities: o.Capabilities, Asks: viewAsks(o.Asks), Newer: o.Newer(), Versions: []versionView{}}
	for _, v := range o.Versions {
		out.Versions = append(out.Versions, versionView{v.Version, v.Digest, string(v.State), viewAsks(v.Asks)})
	}
	if o.Installed != nil {
		i := viewInstallation(*o.Installed)
		out.Installation = &i
	}
	for _, r := range past {
		out.Past = append(out.Past, revisionView{r.Number, r.What, r.Version, r.Artifact, r.By, r.Note, r.At})
	}
	return out
}

func (h handlers) catalogue(ctx context.Context, _ *struct{}) (page.List[offerView], error) {
	all, err := h.plugins.Catalogue(ctx)
	out := page.List[offerView]{Items: make([]offerView, len(all))}
	for i, o := range all {
		out.Items[i] = viewOffer(o, nil)
	}
	return out, err
}

type byPlugin struct {
	Plugin string `path:"plugin" maxLength:"200"`
}

func (h handlers) offer(ctx context.Context, in *byPlugin) (offerView, error) {
	o, past, err := h.plugins.Offer(ctx, in.Plugin)
	if err != nil {
		return offerView{}, err
	}
	return viewOffer(o, past), nil
}

type chosen struct {
	Plugin string `path:"plugin" maxLength:"200"`
	Body   struct {
		Artifact string `json:"artifact" maxLength:"71" doc:"The digest of a version; empty: what comes with the program"`
	}
}

func (h handlers) install(ctx context.Context, in *chosen) (installationView, error) {
	i, err := h.plugins.Install(ctx, in.Plugin, in.Body.Artifact)
	return viewInstallation(i), err
}

func (h handlers) upgrade(ctx context.Context, in *chosen) (installationView, error) {
	i, err := h.plugins.Upgrade(ctx, in.Plugin, in.Body.Artifact)
	return viewInstallation(i), err
}

type consentInput struct {
	Plugin string `path:"plugin" maxLength:"200"`
	Body   struct {
		Asks []askView `json:"asks" maxItems:"200" doc:"All that it asks for, as it was shown to whoever agrees"`
	}
}

func (h handlers) consent(ctx context.Context, in *consentInput) (installationView, error) {
	asks := make([]plugins.Ask, len(in.Body.Asks))
	for n, a := range in.Body.Asks {
		asks[n] = plugins.Ask(a)
	}
	i, err := h.plugins.Consent(ctx, in.Plugin, asks)
	return viewInstallation(i), err
}

type formView struct {
	Schema   json.RawMessage `json:"schema" doc:"JSON Schema, in the dialect of plugins; empty: there is nothing to set"`
	Value    json.RawMessage `json:"value" doc:"Without secrets"`
	Secrets  []string        `json:"secrets" doc:"Paths of the secrets that are set"`
	Revision int64           `json:"revision" doc:"To be sent back with a change"`
}

func (h handlers) form(ctx context.Context, in *byPlugin) (formView, error) {
	f, err := h.plugins.Form(ctx, in.Plugin)
	if err != nil {
		return formView{}, err
	}
	out := formView{Schema: f.Schema, Value: f.Value, Secrets: f.Secrets, Revision: f.Revision}
	if out.Secrets == nil {
		out.Secrets = []string{}
	}
	if len(out.Schema) == 0 {
		out.Schema = json.RawMessage("{}")
	}
	return out, nil
}

type settingsInput struct {
	Plugin string `path:"plugin" maxLength:"200"`
	Body   struct {
		Value    json.RawMessage `json:"value" doc:"The settings, an object; numbers are taken as they are written. A secret that is left out stays; null takes it away"`
		Revision int64           `json:"revision" minimum:"0" doc:"The revision that was looked at; 0: whatever it is"`
	}
}

func (h handlers) configure(ctx context.Context, in *settingsInput) (installationView, error) {
	i, err := h.plugins.Configure(ctx, in.Plugin, in.Body.Value, in.Body.Revision)
	return viewInstallation(i), err
}

func (h handlers) enable(ctx context.Context, in *byPlugin) (installationView, error) {
	i, err := h.plugins.Enable(ctx, in.Plugin)
	return viewInstallation(i), err
}

type disableInput struct {
	Plugin string `path:"plugin" maxLength:"200"`
	Body   struct {
		Note string `json:"note,omitempty" maxLength:"500"`
	}
}

func (h handlers) disable(ctx context.Context, in *disableInput) (installationView, error) {
	i, err := h.plugins.Disable(ctx, in.Plugin, in.Body.Note)
	return viewInstallation(i), err
}

func (h handlers) remove(ctx context.Context, in *byPlugin) (installationView, error) {
	i, err := h.plugins.Remove(ctx, in.Plugin)
	return viewInstallation(i), err
}

type backInput struct {
	Plugin string `path:"plugin" maxLength:"200"`
	Body   struct {
		Revision int64 `json:"revision" minimum:"0" doc:"The revision to go back to; 0: the last one with another version"`
	}
}

func (h handlers) rollBack(ctx context.Context, in *backInput) (installationView, error) {
	i, err := h.plugins.RollBack(ctx, in.Plugin, in.Body.Revision)
	return viewInstallation(i), err
}

type isolateInput struct {
	Plugin string `path:"plugin" maxLength:"200"`
	Body   struct {
		Alone bool `json:"alone"`
	}
}

func (h handlers) isolate(ctx context.Context, in *isolateInput) (installationView, error) {
	i, err := h.plugins.Alone(ctx, in.Plugin, in.Body.Alone)
	return viewInstallation(i), err
}
