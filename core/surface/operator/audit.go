package operator

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/jobs"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// auditPage is the record that nobody changes.
type auditPage struct {
	frame.Frame
	Rows     []auditRow
	Filter   consoles.AuditFilter
	From, To string
	Chain    consoles.ChainState
	Head     string
	CSV      string
	Outcomes []theme.Choice
	Pager    console.Pager
	Checked  *checked
}

type auditRow struct {
	consoles.AuditRow
	Who  string
	What string
	Text string
}

// checked is what walking the chains found.
type checked struct {
	Heads  []jobs.Head
	Broken *jobs.Broken
}

func (p pages) audit(ctx context.Context, v *web.Visit) (web.Answer, error) {
	out, err := p.auditPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	return web.Render("operator/audit", out), nil
}

func auditFilter(v *web.Visit) consoles.AuditFilter {
	f := consoles.AuditFilter{Actor: v.Query("actor"), Object: v.Query("object"), Action: v.Query("action"), Outcome: console.OneOf(v.Query("outcome"), "done", "refused")}
	loc, err := time.LoadLocation(v.Site().TimeZone)
	if err != nil {
		loc = time.UTC
	}
	if t, err := time.ParseInLocation(time.DateOnly, v.Query("from"), loc); err == nil {
		f.From = t
	}
	if t, err := time.ParseInLocation(time.DateOnly, v.Query("to"), loc); err == nil {
		f.To = t.AddDate(0, 0, 1)
	}
	return f
}

func (p pages) auditPage(ctx context.Context, v *web.Visit) (*auditPage, error) {
	f := auditFilter(v)
	list, chain, err := p.Reads.Audit(ctx, f, console.Ask(v, 50))
	if err != nil {
		return nil, err
	}
	w := p.words(v)
	out := &auditPage{
		Frame: p.screen(ctx, "audit", "nav.audit"), Filter: f, From: v.Query("from"), To: v.Query("to"), Chain: chain, Head: hex.EncodeToString(chain.Hash),
		CSV: "/operator/audit.csv?" + v.Queries().Encode(), Outcomes: console.Choices(w, "state.audit.", []string{"done", "refused"}), Pager: console.Pages(v, list.Next),
	}
	for _, a := range list.Items {
		out.Rows = append(out.Rows, auditLine(w, a))
	}
	return out, nil
}

// auditLine says what happened in the reader's language where there is a sentence for it.
func auditLine(w *theme.Printer, a consoles.AuditRow) auditRow {
	row := auditRow{AuditRow: a, Who: console.Actor(w, a.Actor, a.ActorName), What: a.Action}
	args, said := console.Said(w, a.Content)
	if key := "timeline." + console.Bare(a.Action); w.Has(key) {
		row.What = w.T(key, args...)
	}
	row.Text = said
	return row
}

func (p pages) auditCSV(ctx context.Context, v *web.Visit) (web.Answer, error) {
	f := auditFilter(v)
	all, err := page.All(func(ask page.Request) (page.List[consoles.AuditRow], error) {
		list, _, err := p.Reads.Audit(ctx, f, ask)
		return list, err
	})
	if err != nil {
		return web.Answer{}, err
	}
	rows := make([][]string, len(all))
	for i, a := range all {
		seq := ""
		if a.Seq != nil {
			seq = strconv.FormatInt(*a.Seq, 10)
		}
		rows[i] = []string{seq, a.At.UTC().Format(time.RFC3339Nano), a.Actor, a.ActorName, a.Org, a.Action, a.ObjectKind, a.ObjectID, a.Outcome, a.IP, a.Request, hex.EncodeToString(a.Hash), string(a.Data)}
	}
	return console.CSVFile("audit.csv", []string{"seq", "at", "actor", "actor_name", "org", "action", "object_kind", "object_id", "outcome", "ip", "request_id", "hash", "data"}, rows)
}

// verify walks the chains of the record and of the books and says what it found. It
// changes nothing; it is a form because it reads everything.
func (p pages) verify(ctx context.Context, v *web.Visit) (web.Answer, error) {
	out, err := p.auditPage(ctx, v)
	if err != nil {
		return web.Answer{}, err
	}
	heads, err := p.Queue.Verify(ctx)
	out.Checked = &checked{Heads: heads}
	if err != nil && !errors.As(err, &out.Checked.Broken) {
		return web.Answer{}, err
	}
	return web.Render("operator/audit", out), nil
}
