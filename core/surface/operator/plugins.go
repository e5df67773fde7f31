package operator

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/plugins"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// pluginsPage is the plugins that this market has and may have, and the effects asked of them.
type pluginsPage struct {
	frame.Frame
	Plugins []pluginCard
	Offers  []pluginCard
	Effects []consoles.EffectRow
	State   string
	Tabs    []theme.Tab
	Open    int
	Pager   console.Pager
}

// pluginCard is a plugin, installed or to be had; Running is how its process does.
type pluginCard struct {
	plugins.Offer
	Title, Text string
	Running     *plugin
}

// plugin is how a process does.
type plugin struct {
	Status  pluginhost.Status
	Running bool
	Shown   string
	P50     string
	Codes   []string
}

var effectStates = []string{"", "unknown", "failed", "pending", "succeeded"}

func (p pages) plugins(ctx context.Context, v *web.Visit) (web.Answer, error) {
	state := console.OneOf(v.Query("state"), effectStates...)
	list, counts, err := p.Reads.Effects(ctx, state, console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	all, err := p.Plugins.Catalogue(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &pluginsPage{
		Frame: p.screen(ctx, "plugins", "nav.plugins"), Effects: list.Items, State: state, Pager: console.Pages(v, list.Next),
		Tabs: console.Tabs(v, w, "state", "state.effect.", counts, effectStates...), Open: counts["unknown"] + counts["pending"],
	}
	for _, o := range all {
		card := pluginCard{Offer: o, Title: w.Name(o.Titles), Text: w.Name(o.Texts)}
		if card.Title == "" {
			card.Title = o.Plugin
		}
		if o.Installed == nil {
			page.Offers = append(page.Offers, card)
			continue
		}
		card.Running = p.running(o.Installed)
		page.Plugins = append(page.Plugins, card)
	}
	return web.Render("operator/plugins", page), nil
}

// running is how the process of an installation does, nil where none is asked.
func (p pages) running(i *plugins.Installation) *plugin {
	if i == nil || !i.On() {
		return nil
	}
	s, ok := p.Host.StatusOf(i.ID)
	if !ok {
		s = pluginhost.Status{Plugin: i.Plugin, State: "missing"}
	}
	out := plugin{Status: s, Running: s.PID > 0, Shown: console.PluginState(s.State), P50: s.P50.Round(10 * time.Microsecond).String()}
	for _, c := range slices.Sorted(maps.Keys(s.FaultsByCode)) {
		out.Codes = append(out.Codes, c+" × "+strconv.FormatInt(s.FaultsByCode[c], 10))
	}
	return &out
}

// reconcile asks the outside parties what became of effects whose outcome is open. It
// calls plugins, so the route is phased.
func (p pages) reconcile(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	n, err := p.Host.Reconcile(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Redirect("/operator/plugins").Flash("operator.reconciled", "n", strconv.Itoa(n)), nil
}
