package operator

import (
	"context"
	"encoding/json"
	"strconv"

	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/dialect"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/plugins"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// pluginPage is one plugin: what it is, what it asks for, its settings, how it does, and
// what it was.
type pluginPage struct {
	frame.Frame
	O        plugins.Offer
	Title    string
	Text     string
	State    plugins.State // "" where it is not installed
	Asks     []askRow      // of the version that is looked at
	AsksJSON string        // as they are shown, so that consent is to these
	Wanted   string        // the version that waits for consent
	Fields   []dialect.Field
	Revision int64
	Running  *plugin
	Versions []versionRow
	Past     []pastRow
	Revoked  bool
}

// askRow is one thing that it asks for. More: it was not agreed to yet.
type askRow struct {
	plugins.Ask
	More bool
}

type versionRow struct {
	plugins.Artifact
	Current, Newer, Takeable bool
}

type pastRow struct {
	plugins.Revision
	Who     string
	Current bool
	Back    bool
}

func (p pages) pluginPage(ctx context.Context, v *web.Visit) (*pluginPage, error) {
	o, past, err := p.Plugins.Offer(ctx, v.Path("plugin"))
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	page := &pluginPage{O: o, Title: w.Name(o.Titles), Text: w.Name(o.Texts)}
	shown := o.Described
	if o.Current != nil {
		shown, page.Revoked = o.Current.Described, o.Current.State == plugins.Revoked
		page.Title, page.Text = w.Name(shown.Titles), w.Name(shown.Texts)
	}
	if page.Title == "" {
		page.Title = o.Plugin
	}
	page.Frame = p.thing(ctx, "plugins", "/operator/plugins", page.Title)
	var granted []plugins.Ask
	if i := o.Installed; i != nil {
		page.State, page.Revision, granted = i.State, i.Revision, i.Granted
		if i.Artifact == "" && i.State != plugins.Requested {
			granted = shown.Asks // agreed to with the program
		}
		for _, a := range o.Versions {
			if a.Digest != "" && a.Digest == i.Wanted {
				shown, page.Wanted = a.Described, a.Version
			}
		}
		if err := p.fillSettings(ctx, v, page); err != nil {
			return nil, err
		}
		page.Running = p.running(i)
		var subjects []string
		for _, r := range past {
			subjects = append(subjects, r.By)
		}
		names, err := p.Reads.Names(ctx, subjects...)
		if err != nil {
			return nil, err
		}
		for n, r := range past {
			page.Past = append(page.Past, pastRow{r, console.Actor(w, r.By, names[r.By]), n == 0, n > 0 && r.What != "requested" && r.What != "removed" && i.State != plugins.Removed})
		}
	}
	var more []plugins.Ask
	if page.Wanted != "" { // the first time all of it is new
		more = shown.More(granted)
	}
	for _, a := range shown.Asks {
		row := askRow{Ask: a}
		for _, m := range more {
			row.More = row.More || m == a
		}
		page.Asks = append(page.Asks, row)
	}
	b, err := json.Marshal(shown.Asks)
	page.AsksJSON = string(b)
	for _, a := range o.Versions {
		r := versionRow{Artifact: a, Current: o.Current != nil && o.Current.Digest == a.Digest}
		r.Takeable = !r.Current && a.Installable() && page.State != "" && page.State != plugins.Requested
		page.Versions = append(page.Versions, r)
	}
	return page, err
}

// fillSettings lays the form of the installed version out.
func (p pages) fillSettings(ctx context.Context, v *web.Visit, page *pluginPage) error {
	if page.State == plugins.Requested || page.Revoked {
		return nil
	}
	f, err := p.Plugins.Form(ctx, page.O.Plugin)
	if k := fault.KindOf(err); err != nil && (k == fault.Denied || k == fault.NotFound) {
		return nil // he may look and not change; or the plugin is here no more
	}
	if err != nil || len(f.Schema) == 0 {
		return err
	}
	s, err := dialect.Parse(f.Schema)
	if err != nil {
		return err
	}
	page.Fields = s.Fields(f.Value, v.Caller().Locale)
	set := map[string]bool{}
	for _, name := range f.Secrets {
		set[name] = true
	}
	for i := range page.Fields {
		page.Fields[i].Set = set[page.Fields[i].Name]
	}
	return nil
}

func (p pages) plugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	page, err := p.pluginPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/plugin", page), nil
}

// pluginDid shows the page again with what is wrong, or with the news.
func (p pages) pluginDid(ctx context.Context, v *web.Visit, err error, news string) (web.Answer, error) {
	if err == nil {
		return web.Redirect("/operator/plugins/" + v.Path("plugin")).Flash(news), nil
	}
	page, lost := p.pluginPage(ctx, v)
	if lost != nil {
		return web.Answer{}, err
	}
	return web.Again("operator/plugin", page, err)
}

func (p pages) installPlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Install(ctx, v.Path("plugin"), v.Form().Get("artifact"))
	return p.pluginDid(ctx, v, err, "plugin.requested")
}

func (p pages) consentPlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	var asks []plugins.Ask
	if json.Unmarshal([]byte(v.Form().Get("asks")), &asks) != nil {
		return p.pluginDid(ctx, v, plugins.ErrDiffers, "")
	}
	_, err := p.Plugins.Consent(ctx, v.Path("plugin"), asks)
	return p.pluginDid(ctx, v, err, "plugin.consented")
}

func (p pages) configurePlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f, err := p.Plugins.Form(ctx, v.Path("plugin"))
	if err != nil {
		return web.Answer{}, err
	}
	s, err := dialect.Parse(f.Schema)
	if err != nil {
		return web.Answer{}, err
	}
	revision, err := strconv.ParseInt(v.Form().Get("revision"), 10, 64)
	if err != nil || revision <= 0 {
		return p.pluginDid(ctx, v, plugins.ErrStale, "")
	}
	value, err := s.Typed(v.Form(), f.Value)
	if err == nil {
		_, err = p.Plugins.Configure(ctx, v.Path("plugin"), value, revision)
	}
	return p.pluginDid(ctx, v, err, "plugin.configured")
}

func (p pages) enablePlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Enable(ctx, v.Path("plugin"))
	return p.pluginDid(ctx, v, err, "plugin.enabled_now")
}

func (p pages) disablePlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Disable(ctx, v.Path("plugin"), v.Form().Get("note"))
	return p.pluginDid(ctx, v, err, "plugin.disabled_now")
}

func (p pages) upgradePlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	i, err := p.Plugins.Upgrade(ctx, v.Path("plugin"), v.Form().Get("artifact"))
	news := "plugin.upgraded"
	if i.Wanted != "" {
		news = "plugin.waits"
	}
	return p.pluginDid(ctx, v, err, news)
}

func (p pages) rollBackPlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	revision, err := strconv.ParseInt(v.Form().Get("revision"), 10, 64)
	if err != nil {
		return p.pluginDid(ctx, v, plugins.ErrNoWayBack, "")
	}
	_, err = p.Plugins.RollBack(ctx, v.Path("plugin"), revision)
	return p.pluginDid(ctx, v, err, "plugin.rolled_back")
}

func (p pages) isolatePlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Alone(ctx, v.Path("plugin"), v.Form().Get("alone") == "1")
	return p.pluginDid(ctx, v, err, "plugin.isolated")
}

func (p pages) removePlugin(ctx context.Context, v *web.Visit) (web.Answer, error) {
	_, err := p.Plugins.Remove(ctx, v.Path("plugin"))
	if err != nil {
		return p.pluginDid(ctx, v, err, "")
	}
	return web.Redirect("/operator/plugins").Flash("plugin.removed"), nil
}
