package app

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/policy"
)

// Why explains why an actor (an e-mail address, "visitor" or "system") may or may not do
// something in a tenant. facts is a file with what the rules should look at; for an object
// that a decision was recorded of, the newest one is quoted too.
func (h *House) Why(ctx context.Context, slug, actor, action, object, facts string) (string, error) {
	t, err := h.tenantBySlug(ctx, slug)
	if err != nil {
		return "", err
	}
	if t.ID.IsZero() {
		return "", fmt.Errorf("there is no marketplace %q; kontor tenant list names them", slug)
	}
	ctx = caller.AsSystem(ctx, t.ID, "why")
	c, err := h.as(ctx, t.ID, actor)
	if err != nil {
		return "", err
	}
	var input any
	if facts != "" {
		raw, err := os.ReadFile(facts)
		if err != nil {
			return "", err
		}
		if err := json.Unmarshal(raw, &input); err != nil {
			return "", fmt.Errorf("%s is no JSON: %w", facts, err)
		}
	}
	e, err := h.Gate.Explain(caller.With(ctx, c), c, policy.Action(action), input)
	if err != nil {
		return "", err
	}
	text := e.Text()
	if object != "" {
		past, err := h.decisions(ctx, c.Subject(), action, object)
		if err != nil {
			return "", err
		}
		text += past
	}
	return text, nil
}

// as is the caller that an actor would be.
func (h *House) as(ctx context.Context, tenant id.Tenant, actor string) (caller.Caller, error) {
	switch actor {
	case "visitor":
		return caller.Caller{Tenant: tenant, Kind: caller.Visitor, Roles: []string{caller.RoleVisitor}, Locale: "en"}, nil
	case "system":
		return caller.From(ctx)
	}
	if prefix, is := strings.CutPrefix(actor, "service:"); is {
		return h.asService(ctx, tenant, prefix)
	}
	c := caller.Caller{Tenant: tenant, Kind: caller.Person, Name: actor, Locale: "en"}
	var staff string
	found := false
	err := h.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT id, staff_role FROM identity_people WHERE email = $1`, strings.ToLower(actor)).Query(func(rows pgx.Rows) error {
			_, err := pgx.ForEachRow(rows, []any{&c.Person, &staff}, func() error { found = true; return nil })
			return err
		})
		b.Queue(`SELECT m.org_id, m.roles FROM parties_members m JOIN identity_people p ON p.tenant_id = m.tenant_id AND p.id = m.person_id
			WHERE p.email = $1 ORDER BY m.created_at, m.org_id LIMIT 1`, strings.ToLower(actor)).Query(func(rows pgx.Rows) error {
			var roles []string
			_, err := pgx.ForEachRow(rows, []any{&c.Org, &roles}, func() error { c.Roles = append(c.Roles, roles...); return nil })
			return err
		})
	})
	if err == nil && !found {
		err = fmt.Errorf("nobody here signs in as %s", actor)
	}
	if staff != "" {
		c.Roles = append(c.Roles, staff)
	}
	return c, err
}

// asService is a service account with the scopes of all its living keys.
func (h *House) asService(ctx context.Context, tenant id.Tenant, account string) (caller.Caller, error) {
	var which id.ServiceAccount
	if err := which.UnmarshalText([]byte(account)); err != nil {
		return caller.Caller{}, fmt.Errorf("service:%s is no service account: %w", account, err)
	}
	c, err := h.Access.As(ctx, tenant, which)
	c.Roles, c.Locale = h.Gate.Expand(ctx, tenant, c.Roles), "en"
	return c, err
}

// decisions quotes the newest recorded decision about an object.
func (h *House) decisions(ctx context.Context, actor, action, object string) (string, error) {
	var out strings.Builder
	err := h.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT at::text, outcome, reasons::text FROM policy_decisions WHERE actor = $1 AND action = $2 AND object = $3 ORDER BY id DESC LIMIT 1`, actor, action, object).
			Query(func(rows pgx.Rows) error {
				var at, outcome, reasons string
				_, err := pgx.ForEachRow(rows, []any{&at, &outcome, &reasons}, func() error {
					fmt.Fprintf(&out, "\nRecorded at %s about %s: %s %s\n", at, object, outcome, reasons)
					return nil
				})
				return err
			})
	})
	return out.String(), err
}
