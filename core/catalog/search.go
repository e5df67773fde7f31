package catalog

import (
	"context"
	"fmt"
	"strings"

	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/platform/search"
)

// Search answers one page of a list with the counts beside it. Lists are the same for
// everybody, so they are shared for a moment; counts are asked for on the first page only.
func (s *Service) Search(ctx context.Context, a Ask) (*Result, error) {
	sh, err := s.Shelf(ctx)
	if err != nil {
		return nil, err
	}
	if a, err = a.tidy(sh); err != nil {
		return nil, err
	}
	k, shared, err := s.cache.key(ctx, fmt.Sprintf("%s %d %s", a.key(), a.Page.Size(), a.Page.After))
	if err != nil {
		return nil, err
	}
	if !shared {
		return s.search(ctx, sh, a)
	}
	// One asks, the others wait for his answer; that he goes away is not their concern.
	return s.cache.lists.Get(ctx, k, otter.LoaderFunc[listKey, *Result](func(ctx context.Context, _ listKey) (*Result, error) {
		return s.search(context.WithoutCancel(ctx), sh, a)
	}))
}

// tidy refuses what cannot be meant and drops what changes nothing.
func (a Ask) tidy(sh *Shelf) (Ask, error) {
	a.Text = strings.TrimSpace(clip(strings.ToValidUTF8(a.Text, " "), 200))
	if a.Category != "" {
		if _, ok := sh.Tree.At(a.Category); !ok {
			return a, ErrCategoryNotFound
		}
	}
	if len(a.Filters) > maxFilters {
		return a, ErrFilter.With("key", a.Filters[maxFilters].Key)
	}
	if _, err := a.order(); err != nil {
		return a, err
	}
	return a, nil
}

// search asks for every word first and, where nothing has them all, for any.
func (s *Service) search(ctx context.Context, sh *Shelf, a Ask) (*Result, error) {
	q := search.Parse(a.Text, sh.words)
	if a.Text != "" && q.Empty() {
		return &Result{}, nil // signs alone match nothing, which is not the same as everything
	}
	r, err := s.find(ctx, sh, a, q, q.All())
	if err != nil || len(r.Hits) > 0 || a.Page.After != "" || q.Terms() < 2 {
		return r, err
	}
	if r, err = s.find(ctx, sh, a, q, q.Any()); err != nil {
		return nil, err
	}
	r.Loose = len(r.Hits) > 0
	r.Next = "" // a cursor would continue the strict list
	return r, nil
}

func (s *Service) find(ctx context.Context, sh *Shelf, a Ask, q search.Query, words string) (*Result, error) {
	f, err := a.find(q, words)
	if err != nil {
		return nil, err
	}
	if a.Page.After == "" {
		a.count(&f, words, sh.FacetKeys(a.Category))
	}
	hits, tallies, err := s.store.Find(ctx, f)
	if err != nil {
		return nil, err
	}
	list := page.Cut(hits, a.Page.Size(), func(h Hit) any { return h.Place })
	r := &Result{Hits: list.Items, Next: list.Next}
	if len(tallies) > 0 {
		r.Total, r.More = int(min(tallies[0].Hits, MaxTotal)), tallies[0].Hits > MaxTotal
		r.Counts, err = s.counts(ctx, f, tallies)
	}
	return r, err
}

// Suggestion is what a search box offers while one types.
type Suggestion struct {
	Categories []*Category
	Items      []*Card
}

// Suggest answers a few categories and items for the beginning of a query.
func (s *Service) Suggest(ctx context.Context, text string) (Suggestion, error) {
	sh, err := s.Shelf(ctx)
	if err != nil {
		return Suggestion{}, err
	}
	text = strings.TrimSpace(text)
	if text == "" {
		return Suggestion{}, nil
	}
	r, err := s.Search(ctx, Ask{Text: text, Page: page.Request{Limit: 8}})
	if err != nil {
		return Suggestion{}, err
	}
	var out Suggestion
	low := strings.ToLower(text)
	for _, c := range sh.Tree.All() {
		for _, n := range c.Names {
			if len(out.Categories) < 4 && strings.Contains(strings.ToLower(n), low) {
				out.Categories = append(out.Categories, c)
				break
			}
		}
	}
	out.Items, err = s.Cards(ctx, r.Items())
	return out, err
}
