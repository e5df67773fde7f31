package operator

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// pluginsPage is the health of the plugins that this market uses, and the effects asked of
// them.
type pluginsPage struct {
	frame.Frame
	Plugins []plugin
	Effects []consoles.EffectRow
	State   string
	Tabs    []theme.Tab
	Open    int
	Pager   console.Pager
}

// plugin is what is installed with how its process does.
type plugin struct {
	consoles.InstalledRow
	Status  pluginhost.Status
	Running bool
	Shown   string
	P50     string
	Codes   []string
	Config  string
}

var effectStates = []string{"", "unknown", "failed", "pending", "succeeded"}

func (p pages) plugins(ctx context.Context, v *web.Visit) (web.Answer, error) {
	state := console.OneOf(v.Query("state"), effectStates...)
	list, counts, installed, err := p.Reads.Effects(ctx, state, console.Ask(v, 40))
	if err != nil {
		return web.Answer{}, err
	}
	page := &pluginsPage{
		Frame: p.screen(ctx, "plugins", "nav.plugins"), Effects: list.Items, State: state, Pager: console.Pages(v, list.Next),
		Tabs: console.Tabs(v, p.words(v), "state", "state.effect.", counts, effectStates...), Open: counts["unknown"] + counts["pending"],
	}
	for _, row := range installed {
		page.Plugins = append(page.Plugins, describe(row, p.Host.Status()))
	}
	return web.Render("operator/plugins", page), nil
}

func describe(row consoles.InstalledRow, all []pluginhost.Status) plugin {
	out := plugin{InstalledRow: row, Status: pluginhost.Status{Plugin: row.Plugin, State: "missing"}}
	for _, s := range all {
		if s.Plugin == row.Plugin {
			out.Status = s
		}
	}
	out.Running, out.Shown = out.Status.PID > 0, console.PluginState(out.Status.State)
	out.P50 = out.Status.P50.Round(10 * time.Microsecond).String()
	for _, c := range slices.Sorted(maps.Keys(out.Status.FaultsByCode)) {
		out.Codes = append(out.Codes, c+" × "+strconv.FormatInt(out.Status.FaultsByCode[c], 10))
	}
	var config any
	if json.Unmarshal(row.Config, &config) == nil {
		if b, err := json.MarshalIndent(config, "", "  "); err == nil && string(b) != "{}" {
			out.Config = string(b)
		}
	}
	return out
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
