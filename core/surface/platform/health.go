package platform

import (
	"context"
	"maps"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/platform/certs"
	"github.com/kontorhq/kontor/core/platform/pluginhost"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// pluginsPage is every plugin's process.
type pluginsPage struct {
	frame.Frame
	Rows []pluginRow
}

type pluginRow struct {
	pluginhost.Status
	Shown string
	P50   string
	Codes []string
}

func (p pages) plugins(context.Context, *web.Visit) (web.Answer, error) {
	page := &pluginsPage{Frame: p.screen("plugins", "nav.plugins")}
	for _, s := range p.Host.Status() {
		row := pluginRow{Status: s, Shown: console.PluginState(s.State), P50: s.P50.Round(10 * time.Microsecond).String()}
		for _, c := range slices.Sorted(maps.Keys(s.FaultsByCode)) {
			row.Codes = append(row.Codes, c+" × "+strconv.FormatInt(s.FaultsByCode[c], 10))
		}
		page.Rows = append(page.Rows, row)
	}
	return web.Render("platform/plugins", page), nil
}

// jobsPage is how the queue does.
type jobsPage struct {
	frame.Frame
	Rows    []consoles.JobRow
	Failed  []consoles.FailedJob
	Waiting int
	Running int
	Broken  int
	Done    int
}

func (p pages) jobs(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	rows, failed, err := p.Reads.Jobs(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	page := &jobsPage{Frame: p.screen("jobs", "nav.jobs"), Rows: rows, Failed: failed}
	for _, r := range rows {
		switch r.State {
		case "available", "scheduled", "pending":
			page.Waiting += r.Count
		case "running":
			page.Running += r.Count
		case "retryable", "discarded", "cancelled":
			page.Broken += r.Count
		case "completed":
			page.Done += r.Count
		}
	}
	return web.Render("platform/jobs", page), nil
}

// healthPage is whether everything that must answer does.
type healthPage struct {
	frame.Frame
	DB      consoles.Database
	Trip    string
	SizeMB  int64
	Up      time.Time
	Go      string
	Build   string
	Memory  int64 // megabytes
	Threads int
	Plugins []pluginhost.Status
	Serving int
	Sealed  []seal
	Certs   *certs.Totals // nil: TLS is ended in front of us
}

// seal is the head of one chain of the platform's own tenant.
type seal struct {
	Chain string
	Seq   int64
}

// began is when this process did.
var began = time.Now()

func (p pages) health(ctx context.Context, _ *web.Visit) (web.Answer, error) {
	db, err := p.Reads.Health(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	page := &healthPage{
		Frame: p.screen("health", "nav.health"), DB: db, Trip: db.Trip.Round(10 * time.Microsecond).String(), SizeMB: db.Size >> 20, Up: began,
		Go: runtime.Version(), Build: revision(), Memory: int64(m.Sys >> 20), Threads: runtime.NumGoroutine(), Plugins: p.Host.Status(),
	} //nolint:gosec // megabytes
	for _, s := range page.Plugins {
		if s.PID > 0 {
			page.Serving++
		}
	}
	if p.Certificates != nil {
		t, err := p.Certificates(ctx)
		if err != nil {
			return web.Answer{}, err
		}
		page.Certs = &t
	}
	heads, err := p.Queue.Verify(ctx)
	if err != nil {
		return web.Answer{}, err
	}
	for _, h := range heads {
		page.Sealed = append(page.Sealed, seal{h.Chain, h.Seq})
	}
	return web.Render("platform/health", page), nil
}

func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			return s.Value
		}
	}
	return info.Main.Version
}

// auditPage is the platform's own record.
type auditPage struct {
	frame.Frame
	Rows   []auditRow
	Filter consoles.AuditFilter
	Chain  consoles.ChainState
	Pager  console.Pager
}

type auditRow struct {
	consoles.AuditRow
	Who, Text string
}

func (p pages) audit(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := consoles.AuditFilter{Actor: v.Query("actor"), Action: v.Query("action"), Object: v.Query("object")}
	list, chain, err := p.Reads.Audit(ctx, f, console.Ask(v, 50))
	if err != nil {
		return web.Answer{}, err
	}
	w := p.words(v)
	page := &auditPage{Frame: p.screen("audit", "nav.audit"), Filter: f, Chain: chain, Pager: console.Pages(v, list.Next)}
	for _, a := range list.Items {
		_, said := console.Said(w, a.Content)
		page.Rows = append(page.Rows, auditRow{a, console.Actor(w, a.Actor, a.ActorName), said})
	}
	return web.Render("platform/audit", page), nil
}
