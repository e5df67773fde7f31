package identityhttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/identity"
	"github.com/kontorhq/kontor/core/page"
)

type impersonationView struct {
	ID        id.Impersonation `json:"id"`
	Person    id.Person        `json:"person_id"`
	Name      string           `json:"name"`
	By        string           `json:"by" doc:"The address, at the platform, of whoever acted"`
	Reason    string           `json:"reason"`
	CreatedAt time.Time        `json:"created_at"`
	Until     time.Time        `json:"until"`
	EnteredAt *time.Time       `json:"entered_at,omitempty"`
	EndedAt   *time.Time       `json:"ended_at,omitempty"`
	EndedBy   string           `json:"ended_by,omitempty"`
}

func (h handlers) impersonations(ctx context.Context, in *pageInput) (page.List[impersonationView], error) {
	l, err := h.people.Impersonations(ctx, page.Request{After: in.After, Limit: in.Limit})
	out := page.List[impersonationView]{Items: []impersonationView{}, Next: l.Next}
	for _, i := range l.Items {
		out.Items = append(out.Items, viewImpersonation(i))
	}
	return out, err
}

func viewImpersonation(i identity.Impersonation) impersonationView {
	return impersonationView{i.ID, i.Person, i.Name, i.By, i.Reason, i.CreatedAt, i.Until, orNone(i.EnteredAt), orNone(i.EndedAt), i.EndedBy}
}

func orNone(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

type byImpersonation struct {
	ID id.Impersonation `path:"id"`
}

func (h handlers) endImpersonation(ctx context.Context, in *byImpersonation) (empty, error) {
	c, err := caller.From(ctx)
	if err != nil {
		return empty{}, err
	}
	return empty{}, h.people.EndImpersonation(ctx, in.ID, c.Name)
}
