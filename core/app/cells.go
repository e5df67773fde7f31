package app

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/cells/cellsdb"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/archive"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/platform/vault"
	"github.com/kontorhq/kontor/core/platform/web"
	"github.com/kontorhq/kontor/core/tenancy"
)

// cell is what this process knows of its own place.
type cell struct {
	own    string
	admin  string     // how its database is prepared; empty where it may not be
	remote *pg.Remote // the control database, where that is another one
	sealer vault.Sealer
	hop    []byte
}

// makeCells comes after tenancy.
func (h *House) makeCells(ctx context.Context, o Options) (err error) {
	h.cell.own, h.cell.admin = cmp.Or(o.Cell, cells.Main), o.Admin
	if len(o.MasterKey) > 0 {
		if h.cell.sealer, err = vault.NewSealer(o.MasterKey, "cells"); err != nil {
			return err
		}
		if h.cell.hop, err = vault.Derived(o.MasterKey, "cell hops"); err != nil {
			return err
		}
	}
	control := cellsdb.Control(h.DB.Control)
	if o.ControlURL != "" {
		if h.cell.remote, err = pg.OpenRemote(ctx, o.ControlURL); err != nil {
			return fmt.Errorf("KONTOR_CONTROL_URL: %w", err)
		}
		control = h.cell.remote.Run
	}
	h.Cells = cells.New(cells.Deps{
		Store: cellsdb.New(control), Unit: h.DB, Gate: h.Gate, Events: h.Queue, Tenants: h.Tenancy, Probe: h.probe, Now: h.Now,
		Own: h.cell.own, Control: h.cell.remote == nil,
	})
	h.Tenancy.Names = namesFor{h}
	h.Tenancy.Stages(tenancy.Move, h.moving()...)
	if h.cell.remote == nil {
		return nil
	}
	if _, _, err := h.Cells.Store.Reach(ctx, h.cell.own); errors.Is(err, cells.ErrNotFound) {
		return cells.ErrNamed.With("cell", h.cell.own)
	} else if err != nil { // this cell's own marketplaces are served all the same
		h.Log.WarnContext(ctx, "the control database does not answer; only this cell's own marketplaces are known", "err", err)
	}
	return nil
}

// AddCell notes a cell after its database was prepared; that of main is the control one
// itself, of which only the address is said.
func (h *House) AddCell(ctx context.Context, name, address, dsn string) error {
	if err := cells.CheckCell(name, address); err != nil {
		return err
	}
	var sealed []byte
	if name != cells.Main {
		cfg, err := pg.Prepare(ctx, dsn, nil)
		if err == nil && cfg.Control == "" {
			err = errors.New("its role may not prepare it")
		}
		if err != nil {
			return cells.ErrDatabase.With("why", err.Error()).Because(err)
		}
		if sealed, err = h.cell.sealer.Seal([]byte(dsn), "cell", name); err != nil {
			return err
		}
	}
	home, err := h.Tenancy.Store.Home(ctx)
	if err != nil {
		return err
	}
	return h.Cells.Added(caller.AsSystem(ctx, home, "tool"), cells.Cell{Name: name, Address: strings.TrimSuffix(address, "/")}, sealed)
}

// reach is how a cell's database is prepared, and where its processes answer.
func (h *House) reach(ctx context.Context, name string) (dsn, address string, err error) {
	c, sealed, err := h.Cells.Store.Reach(ctx, name)
	if err != nil {
		return "", "", err
	}
	if name == h.cell.own {
		if h.cell.admin == "" {
			return "", "", cells.ErrAdmin
		}
		return h.cell.admin, c.Address, nil
	}
	plain, err := h.cell.sealer.Open(sealed, "cell", name)
	return string(plain), c.Address, err
}

// ByHost finds the tenant of a host, dressed for the edge: here, or in another cell.
func (h sites) ByHost(ctx context.Context, host string) (web.Site, error) {
	t, err := h.Tenancy.ByHost(ctx, host)
	if err == nil && t.State != tenancy.Moved {
		s := site(t)
		if t.Leaving {
			s.Believed = tenancy.Brief
		}
		return s, nil
	}
	if err != nil && fault.KindOf(err) != fault.NotFound {
		return web.Site{}, err
	}
	p, ok, lost := h.Cells.Elsewhere(ctx, tenancy.CanonicalHost(host))
	if err == nil && lost == nil && !ok { // its address there may be another one by now, or it was never told
		p, lost = h.Cells.Store.Placed(ctx, t.ID)
		ok = p.Cell != cells.Main
	}
	switch {
	case lost != nil:
		return web.Site{}, lost
	case !ok:
		return web.Site{}, cmp.Or(err, error(tenancy.ErrNotFound))
	case p.Cell == h.cell.own || p.Address == "":
		return web.Site{}, web.ErrMoved // it has not quite arrived
	}
	return web.Site{Tenant: p.Tenant, Slug: p.Slug, Elsewhere: p.Address}, nil
}

// namesFor implements tenancy.Names: a name is given once in all cells.
type namesFor struct{ *House }

// Reserve implements tenancy.Names. It asks also where there has only been one cell, because
// the answer of a moment ago may not know of the second.
func (h namesFor) Reserve(ctx context.Context, t tenancy.Tenant, hosts ...string) error {
	for _, x := range t.Hosts {
		hosts = append(hosts, x.Name)
	}
	p := cells.Placement{Tenant: t.ID, Slug: t.Slug, Cell: h.cell.own, At: h.Now()}
	if h.cell.remote == nil {
		return h.Cells.Unplaced(ctx, p, hosts)
	}
	return h.Cells.Store.Register(ctx, p, hosts)
}

// withdraw gives the name of a marketplace back that has not come to be.
func (h *House) withdraw(ctx context.Context, t id.Tenant) error {
	if h.cell.remote == nil {
		return nil
	}
	return h.Cells.Store.Withdraw(ctx, h.cell.own, t)
}

// announceOwn notes this cell's marketplaces with their addresses in the control database,
// for what was changed while that was away.
func (h *House) announceOwn(ctx context.Context) error {
	if h.cell.remote == nil {
		return nil
	}
	all, err := h.Tenancy.All(ctx)
	if err != nil {
		return err
	}
	var mine []id.Tenant
	for _, t := range all {
		if t.Kind == tenancy.Platform || t.State == tenancy.Moved {
			continue
		}
		if mine = append(mine, t.ID); t.State == tenancy.Deleted {
			continue
		}
		if rerr := (namesFor{h}).Reserve(ctx, t); rerr != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", t.Slug, rerr))
		}
	}
	return errors.Join(err, h.Cells.Store.Retain(ctx, h.cell.own, mine, h.Now().Add(-time.Hour)))
}

// leftovers removes what marketplaces have left behind in this cell when its time is over.
func (h *House) leftovers(ctx context.Context) error {
	type left struct {
		Tenant id.Tenant
		Slug   string
	}
	var due []left
	err := h.DB.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
		rows, err := tx.Query(ctx, `SELECT f.tenant_id, t.slug FROM cells_fences f JOIN tenancy_tenants t ON t.id = f.tenant_id AND t.state = 'moved' WHERE f.moved_at < $1 AND f.purged_at IS NULL`, h.Now().Add(-cells.KeptFor))
		if err != nil {
			return err
		}
		due, err = pgx.CollectRows(rows, pgx.RowToStructByPos[left])
		return err
	})
	if errors.Is(err, pg.ErrNoControl) {
		return nil
	}
	for _, l := range due {
		n, perr := archive.PurgeMoved(ctx, h.DB, l.Tenant)
		if perr == nil {
			perr = errors.Join(archive.Forget(ctx, h.DB, l.Tenant), h.Blobs.RemoveAll(caller.AsSystem(ctx, l.Tenant, "cells")), h.Archive.RemoveAll(l.Tenant))
		}
		if perr == nil {
			perr = h.DB.Control(ctx, func(ctx context.Context, tx pgx.Tx) error {
				_, err := tx.Exec(ctx, `UPDATE cells_fences SET purged_at = $2 WHERE tenant_id = $1`, l.Tenant.UUID(), h.Now())
				return err
			})
		}
		if perr == nil {
			perr = h.tell(ctx, event.TenantLeftoversPurged{Tenant: l.Tenant.String(), Slug: l.Slug, Rows: n})
		}
		err = errors.Join(err, perr)
	}
	return err
}

// tell appends to the platform's own record, where this cell has one.
func (h *House) tell(ctx context.Context, e event.Event) error {
	home, err := h.Tenancy.Store.Home(ctx)
	if err != nil {
		if fault.KindOf(err) == fault.NotFound {
			return nil
		}
		return err
	}
	return h.DB.Do(caller.AsSystem(ctx, home, "cells"), func(ctx context.Context) error { return h.Queue.Append(ctx, e) })
}

// between answers another cell's processes: whether we are there, and files.
func (h *House) between(method, path string, body io.Reader) (int, io.ReadCloser) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if path == "/health" {
		if h.DB.Ping(ctx) != nil {
			return http.StatusServiceUnavailable, nil
		}
		return http.StatusOK, nil
	}
	var t id.Tenant
	var b id.Blob
	parts := strings.Split(strings.TrimPrefix(path, "/files/"), "/")
	if len(parts) != 2 || t.UnmarshalText([]byte(parts[0])) != nil || b.UnmarshalText([]byte(parts[1])) != nil {
		return http.StatusNotFound, nil
	}
	ctx = caller.AsSystem(ctx, t, "cells")
	switch method {
	case http.MethodPut:
		if err := h.Blobs.Restore(ctx, b, body); err != nil {
			h.Log.WarnContext(ctx, "a file of another cell was not taken", "err", err)
			return http.StatusInternalServerError, nil
		}
		fallthrough
	case http.MethodHead:
		switch err := h.Blobs.Verify(ctx, b); {
		case err == nil:
			return http.StatusOK, nil
		case errors.Is(err, blob.ErrDamaged), errors.Is(err, blob.ErrNotFound):
			return http.StatusConflict, nil
		}
		return http.StatusInternalServerError, nil
	case http.MethodGet:
		f, _, err := h.Blobs.Open(ctx, b)
		if err != nil {
			return http.StatusNotFound, nil
		}
		return http.StatusOK, f
	}
	return http.StatusMethodNotAllowed, nil
}

// cellClient asks other cells.
var cellClient = &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// ask asks another cell's processes.
func (h *House) ask(ctx context.Context, method, address, path string, body io.Reader) (*http.Response, error) {
	if address == "" {
		return nil, web.ErrCellDown
	}
	r, err := http.NewRequestWithContext(ctx, method, address+"/_cell"+path, body)
	if err != nil {
		return nil, err
	}
	h.Web.SignHop(r)
	res, err := cellClient.Do(r)
	if err != nil {
		return nil, web.ErrCellDown.Because(err)
	}
	return res, nil
}

// probe implements cells.Prober.
func (h *House) probe(ctx context.Context, address string) error {
	res, err := h.ask(ctx, http.MethodGet, address, "/health", nil)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return web.ErrCellDown
	}
	return nil
}
