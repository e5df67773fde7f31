// Package cellshttp is the API over cells, for whoever runs the platform.
package cellshttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Runs are the work on marketplaces.
type Runs interface {
	Get(ctx context.Context, slug string) (tenancy.Tenant, error)
	Look(ctx context.Context, which id.Run) (tenancy.Run, error)
}

type handlers struct {
	cells *cells.Service
	runs  Runs
}

// Routes is cells' API. Cells lie outside every tenant: to move a marketplace is no unit of
// work.
func Routes(s *cells.Service, runs Runs) []web.Route {
	h := handlers{s, runs}
	tag := web.Tag("Platform")
	return []web.Route{
		web.Get("/platform/cells", cells.ActionRead, h.list, tag, web.Summary("List the cells and whether they answer")),
		web.Get("/platform/tenants/{slug}/cell", cells.ActionRead, h.where, tag, web.Summary("In which cell a marketplace is")),
		web.Post("/platform/tenants/{slug}/move", cells.ActionMove, h.move, tag, web.Fresh(), web.Phased(), web.Status(202), web.Summary("Move a marketplace to another cell while it trades")),
		web.Get("/platform/moves/{id}", cells.ActionRead, h.look, tag, web.Summary("How far a move is")),
		web.Post("/platform/moves/{id}/abort", cells.ActionMove, h.abort, tag, web.Fresh(), web.Phased(), web.Summary("Call a move off before it is decided")),
	}
}

type cellView struct {
	Name    string    `json:"name"`
	Address string    `json:"address"`
	Markets int       `json:"markets"`
	Answers bool      `json:"answers"`
	AddedAt time.Time `json:"added_at"`
}

func (h handlers) list(ctx context.Context, _ *struct{}) (page.List[cellView], error) {
	all, err := h.cells.List(ctx)
	if err != nil {
		return page.List[cellView]{}, err
	}
	ill := h.cells.Healthy(ctx, all)
	out := page.List[cellView]{Items: make([]cellView, len(all))}
	for i, c := range all {
		out.Items[i] = cellView{c.Name, c.Address, c.Markets, ill[c.Name] == nil, c.AddedAt}
	}
	return out, nil
}

type bySlug struct {
	Slug string `path:"slug" maxLength:"63"`
}

type placeView struct {
	Slug string `json:"slug"`
	Cell string `json:"cell"`
}

func (h handlers) where(ctx context.Context, in *bySlug) (placeView, error) {
	t, err := h.runs.Get(ctx, in.Slug)
	if err != nil {
		return placeView{}, err
	}
	p, err := h.cells.Where(ctx, t.ID)
	return placeView{t.Slug, p.Cell}, err
}

type moveInput struct {
	Slug string `path:"slug" maxLength:"63"`
	Body struct {
		To   string `json:"to" maxLength:"30" doc:"The other cell"`
		Note string `json:"note" maxLength:"500" doc:"Why; kept in the record"`
	}
}

type stepView struct {
	Name     string `json:"name"`
	State    string `json:"state" enum:"waiting,running,done,failed"`
	Attempts int    `json:"attempts"`
	Done     int64  `json:"done"`
	Total    int64  `json:"total"`
	Error    string `json:"error,omitempty"`
}

type moveView struct {
	ID           string     `json:"id"`
	Slug         string     `json:"slug"`
	State        string     `json:"state" enum:"open,done,failed"`
	Steps        []stepView `json:"steps"`
	FrozenMillis int64      `json:"frozen_ms" doc:"How long nothing could be changed in it; 0 until that was"`
	Rows         int64      `json:"rows" doc:"How many rows were compared on both sides"`
	StartedAt    time.Time  `json:"started_at"`
}

func view(r tenancy.Run) moveView {
	rep := cells.ReportOf(r)
	v := moveView{ID: r.ID.String(), Slug: r.Slug, State: string(r.State), Steps: []stepView{}, FrozenMillis: rep.FrozenMillis, Rows: rep.Rows, StartedAt: r.StartedAt}
	for _, s := range r.Steps {
		v.Steps = append(v.Steps, stepView{s.Name, string(s.State), s.Attempts, s.Done, s.Total, s.Error})
	}
	return v
}

func (h handlers) move(ctx context.Context, in *moveInput) (moveView, error) {
	r, err := h.cells.Start(ctx, in.Slug, in.Body.To, in.Body.Note)
	return view(r), err
}

type byRun struct {
	ID id.Run `path:"id"`
}

// run is a move's, and no other work's.
func (h handlers) run(ctx context.Context, which id.Run) (tenancy.Run, error) {
	r, err := h.runs.Look(ctx, which)
	if err == nil && r.Workflow != tenancy.Move {
		err = cells.ErrNoMove
	}
	return r, err
}

func (h handlers) look(ctx context.Context, in *byRun) (moveView, error) {
	r, err := h.run(ctx, in.ID)
	return view(r), err
}

type abortInput struct {
	ID   id.Run `path:"id"`
	Body struct {
		Note string `json:"note" maxLength:"500" doc:"Why; kept in the record"`
	}
}

func (h handlers) abort(ctx context.Context, in *abortInput) (moveView, error) {
	r, err := h.run(ctx, in.ID)
	if err != nil {
		return moveView{}, err
	}
	return view(r), h.cells.Abort(ctx, r, in.Body.Note)
}
