package buyer

import (
	"context"
	"encoding"
	"slices"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/ordering"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/theme"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/reads/consoles"
	"github.com/kontorhq/kontor/core/surface/console"
	"github.com/kontorhq/kontor/core/surface/frame"
)

// screen is what every page of the console begins with.
type screen struct {
	frame.Frame
	p    *theme.Printer
	v    *web.Visit
	self caller.Caller
}

// open frames a page: its place in the sidebar, the way to it, and what waits elsewhere.
func (c desk) open(ctx context.Context, v *web.Visit, active, title string, way ...frame.Crumb) (screen, error) {
	s := screen{Frame: console.Frame("buyer", active, title), p: c.words(v), v: v, self: v.Caller()}
	s.Crumbs = append([]frame.Crumb{console.Crumb("console.buyer", "/buyer")}, way...)
	w, err := c.Reads.Waiting(ctx, c.Roles.Can(ctx, ordering.ActionDecide))
	if err != nil {
		return s, err
	}
	s.Counts = map[string]int{"inbox": w.Inbox, "rfqs": w.RFQs, "approvals": w.Approvals, "orders": w.Orders, "claims": w.Claims}
	return s, nil
}

// named gives a page the name of what it is about.
func (s *screen) named(title string) { s.TitleKey, s.Title = "", title }

// zone is the site's clock.
func (s screen) zone() *time.Location {
	if loc, err := time.LoadLocation(s.v.Site().TimeZone); err == nil {
		return loc
	}
	return time.UTC
}

// pathID reads an identifier of the path; what is none leads nowhere.
func pathID(v *web.Visit, name string, into encoding.TextUnmarshaler, missing error) error {
	if text := v.Path(name); text == "" || into.UnmarshalText([]byte(text)) != nil {
		return missing
	}
	return nil
}

func (c desk) words(v *web.Visit) *theme.Printer { return console.Words(c.Texts, v) }

// localTime is how a form writes a moment: the site's clock, to the minute.
const localTime = "2006-01-02T15:04"

// timeline tells a subject's events to this reader.
func (c desk) timeline(ctx context.Context, s screen, kind, subject string) ([]theme.Event, error) {
	hs, err := c.History.Timeline(ctx, event.Subject{Kind: kind, ID: subject}, false)
	if err != nil {
		return nil, err
	}
	hs = slices.DeleteFunc(hs, func(h consoles.Happening) bool { return slices.Contains(sellersNews, console.Bare(h.Name)) })
	return console.Timeline(s.p, hs), nil
}

// sellersNews tell each seller how his quote fared; the award has told the buyer.
var sellersNews = []string{"sourcing.quote_awarded", "sourcing.quote_lost"}

// companies are names of counterparties.
func (c desk) companies(ctx context.Context, ids ...id.Org) (map[id.Org]parties.Org, error) {
	return c.Parties.Companies(ctx, ids)
}

// called is a company's name as the reader's language writes it.
func called(o parties.Org, locale string) string {
	if locale == "zh-CN" && o.NameLocal != "" {
		return o.NameLocal
	}
	return o.Name
}

// word is what a state of a noun is called.
func word(p *theme.Printer, noun, state string) string {
	if k := "state." + noun + "." + state; p.Has(k) {
		return p.T(k)
	}
	return p.T("state." + state)
}

// choices are options of a select of states.
func choices(p *theme.Printer, noun string, values ...string) []theme.Choice {
	out := make([]theme.Choice, len(values))
	for i, v := range values {
		out[i] = theme.Choice{Value: v, Label: word(p, noun, v)}
	}
	return out
}

// tabs lead to the list of one state each, and of all.
func (s screen) tabs(noun string, values ...string) []theme.Tab {
	out := []theme.Tab{{Text: s.p.T("common.all"), URL: console.With(s.v, "state", ""), Current: s.v.Query("state") == ""}}
	for _, v := range values {
		out = append(out, theme.Tab{Text: word(s.p, noun, v), URL: console.With(s.v, "state", v), Current: s.v.Query("state") == v})
	}
	return out
}

// listSize is how many rows a list shows at once.
const listSize = 25

// linkTo is a step of the way that has a name of its own.
func linkTo(text, url string) frame.Crumb { return frame.Crumb{Text: text, URL: url} }
