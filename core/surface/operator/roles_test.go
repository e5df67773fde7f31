package operator_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/kontorhq/kontor/core/app/apptest"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/policy"
	"github.com/kontorhq/kontor/core/surface/surfacetest"
	"github.com/kontorhq/kontor/core/tenancy"
)

// Editions of one market follow each other, so what edits pharma's roles is one test.
func TestAnOperatorEditsHisMarketsRoles(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	op := surfacetest.Acting(t, h, "pharma", "operator")
	buyer := surfacetest.Acting(t, h, "pharma", "buyer")
	version := func() int64 {
		_, v, err := h.Tenancy.Roles(op)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	desk := tenancy.EditRoleInput{Role: "quality_desk", Inherits: []string{"person"}, Permissions: []string{"parties.licence.verify", "aftersales.claim.read"}, Note: "checks papers"}

	// Preview saves nothing and names what the role will be.
	desk.Version = version()
	c, err := h.Tenancy.PreviewRole(op, desk)
	if err != nil || !slices.Contains(c.Gains, policy.Action("parties.licence.verify")) || len(c.People) != 0 || version() != desk.Version {
		t.Fatalf("%+v, %v", c, err)
	}
	if _, err := h.Tenancy.EditRole(op, desk); err != nil {
		t.Fatal(err)
	}
	if version() != desk.Version+1 || !slices.Contains(h.Gate.Granting(op, "parties.licence.verify"), "quality_desk") {
		t.Fatal("the edition is not in effect at once")
	}
	// The record has it, with what was added.
	if n := one[int](t, h, `SELECT count(*)::int FROM audit_entries WHERE object_kind = 'role' AND object_id = 'quality_desk' AND data->'added' ? 'p, quality_desk, parties.licence.verify' AND data->>'note' = 'checks papers'`); n != 1 {
		t.Errorf("recorded %d times", n)
	}
	if n := one[int](t, h, `SELECT count(*)::int FROM event_outbox WHERE name = 'tenancy.roles_changed.v1' AND data->>'role' = 'quality_desk'`); n != 1 {
		t.Errorf("told %d times", n)
	}
	// Who looked at the edition before is second.
	if _, err := h.Tenancy.EditRole(op, desk); !errors.Is(err, tenancy.ErrRolesStale) {
		t.Errorf("%v", err)
	}
	editAtOnce(t, h.Tenancy, op, version)

	// Undoing is previewed by the same gate.
	v := version()
	c, err = h.Tenancy.EditRole(op, tenancy.EditRoleInput{Version: v, Undo: true})
	if err != nil || len(c.Removed) == 0 || version() != v+1 {
		t.Fatalf("%+v, %v", c, err)
	}
	refuses(t, h.Tenancy, op, version)
	for _, in := range []tenancy.EditRoleInput{desk, {Undo: true}} {
		in.Version = version()
		if _, err := h.Tenancy.EditRole(buyer, in); !errors.Is(err, policy.ErrDenied) {
			t.Errorf("a buyer edits roles: %v", err)
		}
	}
}

func TestThePagesOfRolesPreviewSaveAndUndo(t *testing.T) {
	t.Parallel()
	h := apptest.New(t)
	b := surfacetest.As(t, h, "steel", "en", "operator")
	for _, lang := range []string{"en", "zh-CN"} {
		for _, path := range []string{"/operator/roles", "/operator/roles/edit"} {
			if p := surfacetest.As(t, h, "steel", lang, "operator").Get(path); p.Status != http.StatusOK {
				t.Fatalf("%s %s: %d %s", lang, path, p.Status, p.Text())
			}
		}
	}
	if p := surfacetest.As(t, h, "steel", "en", "buyer").Get("/operator/roles"); p.Status != http.StatusForbidden {
		t.Errorf("a buyer sees the page: %d", p.Status)
	}
	if p := b.Get("/operator/roles/edit?role=nothing"); p.Status != http.StatusNotFound {
		t.Errorf("%d", p.Status)
	}
	b.Get("/operator/roles/edit")
	p := b.Post("/operator/roles/preview", "version", "0", "fresh", "1", "role", "goods_watch", "permissions", "inventory.stock.write", "note", "<b>why</b>")
	if p.Status != http.StatusOK || !p.Shows("What would change", "Correct stock", "Nobody holds the role yet") || strings.Contains(p.Body, "<b>why</b>") {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Post("/operator/roles/preview", "version", "0", "fresh", "1", "role", "goods_watch", "permissions", "tenancy.tenant.manage"); p.Status != http.StatusForbidden || !p.Shows("tenancy.tenant.manage") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := b.Post("/operator/roles/save", "version", "0", "fresh", "1", "role", "goods_watch", "permissions", "inventory.stock.write"); p.Status != http.StatusSeeOther {
		t.Fatalf("%d %s", p.Status, p.Text())
	}
	if p := b.Get("/operator/roles"); !p.Shows("goods_watch", "Correct stock", "Undo the newest") {
		t.Errorf("%s", p.Text())
	}
	if p := b.Post("/operator/roles/save", "version", "0", "fresh", "1", "role", "other", "permissions", "inventory.stock.write"); p.Status != http.StatusConflict || !p.Shows("Somebody else changed the roles") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	b.Get("/operator/roles")
	if p := b.Post("/operator/roles/preview", "version", "1", "undo", "1"); p.Status != http.StatusOK || !p.Shows("Correct stock") {
		t.Errorf("%d %s", p.Status, p.Text())
	}
	if p := b.Post("/operator/roles/save", "version", "1", "undo", "1"); p.Status != http.StatusSeeOther {
		t.Errorf("%d %s", p.Status, p.Text())
	}
}

// editAtOnce lets two save the same edition at the same time: one passes.
func editAtOnce(t *testing.T, s *tenancy.Service, op context.Context, version func() int64) {
	t.Helper()
	v := version()
	var errs [2]error
	var both sync.WaitGroup
	for i, role := range []string{"left_desk", "right_desk"} {
		both.Add(1)
		go func() {
			defer both.Done()
			_, errs[i] = s.EditRole(op, tenancy.EditRoleInput{Version: v, Role: role, Permissions: []string{"catalog.item.read"}})
		}()
	}
	both.Wait()
	lost := errors.Join(errs[0], errs[1])
	if !errors.Is(lost, tenancy.ErrRolesStale) || (errs[0] != nil) == (errs[1] != nil) || version() != v+1 {
		t.Errorf("%v, %v, edition %d after %d", errs[0], errs[1], version(), v)
	}
}

// refuses tries what nobody may save, and that nothing is saved by it.
func refuses(t *testing.T, s *tenancy.Service, op context.Context, version func() int64) {
	t.Helper()
	before := version()
	for what, c := range map[string]struct {
		in   tenancy.EditRoleInput
		want error
		says string
	}{
		"the platform's permission":        {tenancy.EditRoleInput{Role: "x", Permissions: []string{"tenancy.tenant.manage"}}, tenancy.ErrRoleBeyond, "tenancy.tenant.manage"},
		"the platform's role":              {tenancy.EditRoleInput{Role: "x", Inherits: []string{"platform"}}, tenancy.ErrRoleBeyond, "cells."},
		"the system's role":                {tenancy.EditRoleInput{Role: "x", Inherits: []string{"system"}}, tenancy.ErrRoleBeyond, "cells."},
		"a role of the house":              {tenancy.EditRoleInput{Role: "buyer", Permissions: []string{"catalog.item.read"}}, tenancy.ErrRoleBase, ""},
		"a permission that does not exist": {tenancy.EditRoleInput{Role: "x", Permissions: []string{"catalog.item.steal"}}, tenancy.ErrRoleInvalid, ""},
		"a role that does not exist":       {tenancy.EditRoleInput{Role: "x", Inherits: []string{"nobody_knows"}}, tenancy.ErrRoleInvalid, ""},
		"a circle":                         {tenancy.EditRoleInput{Role: "x", Inherits: []string{"x"}}, tenancy.ErrRoleInvalid, ""},
		"a name with signs":                {tenancy.EditRoleInput{Role: "x, y", Permissions: []string{"catalog.item.read"}}, tenancy.ErrRoleInvalid, ""},
		"a name too long":                  {tenancy.EditRoleInput{Role: strings.Repeat("x", 41), Permissions: []string{"catalog.item.read"}}, tenancy.ErrRoleInvalid, ""},
		"a role without anything":          {tenancy.EditRoleInput{Role: "x"}, tenancy.ErrRoleInvalid, ""},
		"the removal of what is not there": {tenancy.EditRoleInput{Role: "x", Remove: true}, tenancy.ErrRoleUnknown, ""},
	} {
		c.in.Version = before
		_, err := s.EditRole(op, c.in)
		if !errors.Is(err, c.want) || !strings.Contains(fmt.Sprint(fault.From(err).Detail, fault.From(err).Args), c.says) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if version() != before {
		t.Error("a refusal was saved")
	}
}
