package cataloghttp

import (
	"context"
	"strings"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/page"
)

type none struct{}

type byItem struct {
	ID id.Item `path:"id"`
}

type byOffer struct {
	ID id.Offer `path:"id"`
}

func (h handlers) categories(ctx context.Context, _ *none) (treeView, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return treeView{}, err
	}
	sh, err := h.s.Shelf(ctx)
	if err != nil {
		return treeView{}, err
	}
	return viewTree(sh, who.Locale), nil
}

type list struct {
	Q        string   `query:"q" maxLength:"10000" doc:"words, part numbers, designations; anything may be typed"`
	Category string   `query:"category" maxLength:"300" doc:"path, for example sections/h-beams"`
	Seller   id.Org   `query:"seller"`
	Attr     []string `query:"attr,explode" maxItems:"60" doc:"a filter, key:value or key:low..high; repeated keys are alternatives"`
	Sort     string   `query:"sort" maxLength:"20" doc:"relevance, newest, name, price or price_desc"`
	After    string   `query:"after" maxLength:"1000"`
	Limit    int      `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

// Filters reads what was chosen, against the attributes that there are.
func filters(sh *catalog.Shelf, raw []string) ([]catalog.Filter, error) {
	var order []string
	chosen := map[string][]string{}
	for _, r := range raw {
		k, v, ok := strings.Cut(r, ":")
		if !ok {
			return nil, catalog.ErrFilter.With("key", k)
		}
		if chosen[k] == nil {
			order = append(order, k)
		}
		chosen[k] = append(chosen[k], v)
	}
	var out []catalog.Filter
	for _, k := range order {
		a, ok := sh.Attributes[k]
		if !ok || a.Facet == catalog.NoFacet {
			return nil, catalog.ErrAttributeUnknown.With("key", k)
		}
		f, err := catalog.ParseFilter(a, chosen[k])
		if err != nil {
			return nil, err
		}
		out = append(out, f)
	}
	return out, nil
}

func (h handlers) list(ctx context.Context, in *list) (listView, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return listView{}, err
	}
	sh, err := h.s.Shelf(ctx)
	if err != nil {
		return listView{}, err
	}
	fs, err := filters(sh, in.Attr)
	if err != nil {
		return listView{}, err
	}
	l, err := h.front.List(ctx, catalog.Ask{
		Text: in.Q, Category: in.Category, Seller: in.Seller, Filters: fs, Sort: catalog.Sort(in.Sort), Page: page.Request{After: in.After, Limit: in.Limit},
	})
	if err != nil {
		return listView{}, err
	}
	return viewList(l, who.Locale), nil
}

func (h handlers) item(ctx context.Context, in *byItem) (itemView, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return itemView{}, err
	}
	it, err := h.front.Item(ctx, in.ID)
	if err != nil {
		return itemView{}, err
	}
	return viewItem(it, who.Locale), nil
}

func (h handlers) offers(ctx context.Context, in *byItem) (offersView, error) {
	it, err := h.front.Item(ctx, in.ID)
	if err != nil {
		return offersView{}, err
	}
	return offersView{viewOffers(it.Offers)}, nil
}

func (h handlers) suggest(ctx context.Context, in *struct {
	Q string `query:"q" maxLength:"200"`
},
) (suggestionsView, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return suggestionsView{}, err
	}
	s, err := h.s.Suggest(ctx, in.Q)
	if err != nil {
		return suggestionsView{}, err
	}
	return viewSuggestions(s, who.Locale), nil
}
