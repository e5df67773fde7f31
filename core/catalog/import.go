package catalog

import (
	"context"
	"fmt"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/event"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/id"
)

// Entry is one item of an import with its offers. The category may be given by path.
type Entry struct {
	Path   string
	Item   Item
	Offers []Offer // Item is filled in
}

// Imported says what an import did. Items and Offers are as stored, identifiers included,
// in the order given.
type Imported struct {
	Items  []Item
	Offers []Offer
	// Refused are offers that stayed drafts, because their seller may not trade the item.
	Refused []Refusal
}

// Refusal is an offer the rules did not let through.
type Refusal struct {
	Seller    id.Org
	SellerSKU string
	Why       error
}

// MaxImport is how many entries one import takes: one transaction, a few round trips.
const MaxImport = 2_000

// Import writes many items and offers, by their part numbers: what exists is updated, what
// is equal is left alone. Items in state Published are put on the shelf and their offers
// in state OfferPublished opened, each by the same checks as one by one; the rules are
// asked once per seller and schedule instead of once per offer.
func (s *Service) Import(ctx context.Context, in []Entry) (Imported, error) {
	if len(in) > MaxImport {
		return Imported{}, ErrTooMany.With("max", MaxImport)
	}
	var out Imported
	err := s.unit.Do(ctx, func(ctx context.Context) error {
		who, err := caller.From(ctx)
		if err != nil {
			return err
		}
		for _, do := range []func() error{
			func() error { return s.gate.Allow(ctx, ActionItemWrite, nil) },
			func() error { return s.importable(who) },
			func() error { out, err = s.prepareImport(ctx, in); return err },
			func() error {
				return s.growing(ctx, 0, func(ctx context.Context) error { return s.store.PutItems(ctx, out.Items) })
			},
			func() error { return s.prepareOffers(ctx, in, &out) },
			func() error { return s.store.PutOffers(ctx, out.Offers) },
			func() error { return s.listImported(ctx, out.Items) },
		} {
			if err := do(); err != nil {
				return err
			}
		}
		return s.events.Append(ctx, event.CatalogImported{Items: len(out.Items), Offers: len(out.Offers), By: who.Subject()})
	})
	if err != nil {
		return Imported{}, fmt.Errorf("import %d items: %w", len(in), err)
	}
	return out, nil
}

// importable: an import may name any seller, so it is the operator's and the platform's.
func (s *Service) importable(who caller.Caller) error {
	if !own(who, id.Org{}) {
		return ErrSellerOnly
	}
	return nil
}

func (s *Service) prepareImport(ctx context.Context, in []Entry) (Imported, error) {
	sh, err := s.store.Shelf(ctx)
	if err != nil {
		return Imported{}, err
	}
	now := s.now()
	out := Imported{Items: make([]Item, len(in))}
	for n, e := range in {
		it := e.Item
		if e.Path != "" {
			c, ok := sh.Tree.At(e.Path)
			if !ok {
				return out, ErrCategoryNotFound.At(fault.Field{Path: fmt.Sprintf("[%d].path", n), Reason: "unknown", Detail: e.Path})
			}
			it.Category = c.ID
		}
		if err := it.Check(); err != nil {
			return out, fmt.Errorf("item %d (%s): %w", n, clip(it.SKU, 60), err)
		}
		if _, ok := sh.Tree.ByID(it.Category); !ok {
			return out, ErrCategoryNotFound
		}
		if it.Attributes, err = sh.Normal(it.Attributes); err != nil {
			return out, fmt.Errorf("item %d (%s): %w", n, clip(it.SKU, 60), err)
		}
		if it.ID.IsZero() {
			it.ID = id.Item{}.New()
		}
		if it.State == "" {
			it.State = Draft
		}
		it.CreatedAt, it.UpdatedAt, it.Version = orNow(it.CreatedAt, now), now, 1
		out.Items[n] = it
	}
	return out, nil
}

func (s *Service) prepareOffers(ctx context.Context, in []Entry, out *Imported) error {
	now := s.now()
	may := map[string]error{}
	for n, e := range in {
		it := out.Items[n]
		for _, o := range e.Offers {
			o.Item = it.ID
			if err := o.Check(); err != nil {
				return fmt.Errorf("offer %s: %w", clip(o.SellerSKU, 60), err)
			}
			if err := fits(o, it); err != nil {
				return fmt.Errorf("offer %s: %w", clip(o.SellerSKU, 60), err)
			}
			if o.ID.IsZero() {
				o.ID = id.Offer{}.New()
			}
			if o.State == "" {
				o.State = OfferDraft
			}
			if o.State == OfferPublished {
				if err := s.mayImport(ctx, it, o.Seller, may); err != nil {
					if fault.KindOf(err) != fault.Denied {
						return err
					}
					o.State = OfferDraft
					out.Refused = append(out.Refused, Refusal{o.Seller, o.SellerSKU, err})
				}
			}
			o.CreatedAt, o.UpdatedAt, o.Version = orNow(o.CreatedAt, now), now, 1
			out.Offers = append(out.Offers, o)
		}
	}
	return nil
}

// mayImport asks the rules once per seller and schedule: nothing else of an item matters to them.
func (s *Service) mayImport(ctx context.Context, it Item, seller id.Org, asked map[string]error) error {
	k := seller.String() + " " + it.Regulated
	err, ok := asked[k]
	if ok {
		return err
	}
	facts, err := s.publishFacts(ctx, it, seller)
	if err == nil {
		err = s.gate.Allow(ctx, ActionItemPublish, facts)
	}
	asked[k] = err
	return err
}

func (s *Service) listImported(ctx context.Context, items []Item) error {
	var shelf []Item
	var gone []id.Item
	for _, it := range items {
		if it.State == Published {
			shelf = append(shelf, it)
		} else {
			gone = append(gone, it.ID)
		}
	}
	if err := s.store.Unlist(ctx, gone); err != nil {
		return err
	}
	return s.relist(ctx, shelf)
}

func orNow(t, now time.Time) time.Time {
	if t.IsZero() {
		return now
	}
	return t
}
