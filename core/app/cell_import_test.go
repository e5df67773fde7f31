package app_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/kontorhq/kontor/core/app"
	"github.com/kontorhq/kontor/core/cells"
	"github.com/kontorhq/kontor/core/tenancy"
)

// An export of one cell becomes a marketplace of another, whose name is its own in all of
// them, and which any process answers for.
func TestAnExportBecomesAMarketOfAnotherCell(t *testing.T) {
	t.Parallel()
	c := cellsOf(t, "steel")
	file, x := taken(t, c.main.House, "steel")
	broken := rewrite(t, file, func(p string, b []byte) []byte {
		if p == "tables/parties_orgs.ndjson" {
			b = nil // its parents are missing, and the manifest agrees
		}
		return b
	}, true)
	if _, err := c.north.Import(t.Context(), app.ImportInput{File: broken, Slug: "annex"}); err == nil {
		t.Fatal("an export without its companies was taken")
	}
	if got := visit(t, c.main, "annex", "/sign-in"); got.StatusCode != http.StatusNotFound {
		t.Errorf("what did not come answers %d", got.StatusCode)
	}
	// Its name is free again at once, here and there.
	if err := c.main.Cells.Store.Unplaced(t.Context(), cells.Placement{Tenant: tenancy.TenantID("annex"), Slug: "annex"}, []string{"annex.localhost"}); err != nil {
		t.Errorf("the name of what did not come: %v", err)
	}
	out, err := c.north.Import(t.Context(), app.ImportInput{File: file, Slug: "annex"})
	if err != nil || out.Tables != len(x.Tables) || out.Rows == 0 {
		t.Fatalf("%+v, %v", out, err)
	}
	// Main was asked for it before, and believes for a moment that there is no such thing.
	until(t, "main finds it", func() int { return visit(t, c.main, "annex", "/sign-in").StatusCode }, func(status int) bool { return status == http.StatusOK })
	for _, slug := range []string{"annex", "steel"} {
		if got := visit(t, c.north, slug, "/sign-in"); got.StatusCode != http.StatusOK {
			t.Errorf("%s asked of north: %d", slug, got.StatusCode)
		}
	}
	if p, err := c.main.Cells.Store.Placed(t.Context(), out.Tenant); err != nil || p.Cell != "north" {
		t.Errorf("it is in %+v, %v", p, err)
	}
	var here int
	if err := c.main.DB.Ops(t).QueryRow(t.Context(), `SELECT count(*) FROM tenancy_tenants WHERE slug = 'annex'`).Scan(&here); err != nil || here != 0 {
		t.Errorf("main has %d of it, %v", here, err)
	}
	// No other cell makes one of its name, nor does its own a second time.
	if _, err := c.main.Import(t.Context(), app.ImportInput{File: file, Slug: "annex"}); !errors.Is(err, cells.ErrTaken) {
		t.Errorf("its name in main: %v", err)
	}
	if err := c.main.Cells.Store.Register(t.Context(), cells.Placement{Tenant: out.Tenant, Slug: "annex", Cell: "south"}, []string{"annex.localhost"}); !errors.Is(err, cells.ErrTaken) {
		t.Errorf("its name in a third cell: %v", err)
	}
	if _, err := c.north.Import(t.Context(), app.ImportInput{File: file, Slug: "steel"}); !errors.Is(err, cells.ErrTaken) {
		t.Errorf("main's name in north: %v", err)
	}
}
