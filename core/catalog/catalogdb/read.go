package catalogdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

const itemColumns = `i.id, i.category_id, i.sku, i.names, i.descriptions, i.brand, i.attributes, i.unit, i.kg_per_unit_micro, i.regulated, i.picture, i.state, i.seller_id, i.created_at, i.updated_at, i.version`

func itemInto(i *catalog.Item) []any {
	return []any{&i.ID, &i.Category, &i.SKU, &i.Names, &i.Descriptions, &i.Brand, &i.Attributes, &i.Unit, &i.KgPerUnitMicro, &i.Regulated, &i.Picture, &i.State, &i.Seller, &i.CreatedAt, &i.UpdatedAt, &i.Version}
}

const offerColumns = `o.id, o.item_id, o.seller_id, o.seller_sku, o.unit, o.moq_micro, o.step_micro, o.lead_days, o.incoterm, o.currency, o.basis, o.state, o.note, o.created_at, o.updated_at, o.version`

func offerInto(o *catalog.Offer) []any {
	return []any{&o.ID, &o.Item, &o.Seller, &o.SellerSKU, &o.Unit, &o.MOQMicro, &o.StepMicro, &o.LeadDays, &o.Incoterm, &o.Currency, &o.Basis, &o.State, &o.Note, &o.CreatedAt, &o.UpdatedAt, &o.Version}
}

func scanItem(r pgx.Rows, i *catalog.Item) error { return r.Scan(itemInto(i)...) }

// Cards implements catalog.Store: published items, their open offers of sellers in good
// standing, and their papers, in one trip.
func (s Store) Cards(ctx context.Context, ids []id.Item) ([]*catalog.Card, error) {
	var cards []*catalog.Card
	var offers []catalog.OfferCard
	var docs []catalog.Document
	keys := uuids(ids)
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		collect(b, &cards, func(r pgx.Rows, c **catalog.Card) error {
			*c = &catalog.Card{}
			return r.Scan(append(itemInto(&(*c).Item), &(*c).Path)...)
		}, `SELECT `+itemColumns+`, c.path FROM catalog_items i JOIN catalog_categories c ON c.tenant_id = i.tenant_id AND c.id = i.category_id
			WHERE i.id = ANY ($1) AND i.state = 'published'`, keys)
		// Names of sellers are parties' own; reading them here saves every card a second trip.
		collect(b, &offers, func(r pgx.Rows, o *catalog.OfferCard) error {
			return r.Scan(append(offerInto(&o.Offer), &o.SellerName, &o.SellerNative, &o.SellerCountry, &o.SellerCity)...)
		}, `SELECT `+offerColumns+`, p.name, p.name_local, p.country, p.city FROM catalog_offers o JOIN parties_orgs p ON p.tenant_id = o.tenant_id AND p.id = o.seller_id
			WHERE o.item_id = ANY ($1) AND o.state = 'published' AND p.state = 'approved' ORDER BY p.name, o.id`, keys)
		collect(b, &docs, scanDocument, `SELECT d.id, d.item_id, d.offer_id, d.kind, d.title, d.blob_id, d.lot, d.valid_to FROM catalog_documents d
			WHERE d.item_id = ANY ($1) OR d.offer_id IN (SELECT o.id FROM catalog_offers o WHERE o.item_id = ANY ($1) AND o.state = 'published') ORDER BY d.kind, d.title, d.id`, keys)
	})
	if err != nil {
		return nil, err
	}
	return join(ids, cards, offers, docs), nil
}

// join puts offers and papers on their cards, in the order asked for.
func join(ids []id.Item, cards []*catalog.Card, offers []catalog.OfferCard, docs []catalog.Document) []*catalog.Card {
	byItem := make(map[id.Item]*catalog.Card, len(cards))
	itemOf := make(map[id.Offer]id.Item, len(offers))
	for _, c := range cards {
		byItem[c.Item.ID] = c
	}
	for _, o := range offers {
		itemOf[o.ID] = o.Item
		if c := byItem[o.Item]; c != nil {
			c.Offers = append(c.Offers, o)
		}
	}
	for _, d := range docs {
		i := d.Item
		if i.IsZero() {
			i = itemOf[d.Offer]
		}
		if c := byItem[i]; c != nil {
			c.Documents = append(c.Documents, d)
		}
	}
	out := cards[:0:0]
	for _, i := range ids {
		if c := byItem[i]; c != nil {
			out = append(out, c)
			delete(byItem, i)
		}
	}
	return out
}

const factsQuery = `SELECT o.id, o.item_id, i.sku, o.seller_sku, i.names, c.path, i.picture, i.regulated, i.state,
	o.seller_id, p.name, p.name_local, p.state, p.country, p.city,
	o.state, o.unit, i.unit, i.kg_per_unit_micro, o.moq_micro, o.step_micro, o.lead_days, o.incoterm, o.currency, o.basis
	FROM catalog_offers o
	JOIN catalog_items i ON i.tenant_id = o.tenant_id AND i.id = o.item_id
	JOIN catalog_categories c ON c.tenant_id = i.tenant_id AND c.id = i.category_id
	JOIN parties_orgs p ON p.tenant_id = o.tenant_id AND p.id = o.seller_id`

func scanFacts(r pgx.Rows, f *catalog.OfferFacts) error {
	return r.Scan(&f.Offer, &f.Item, &f.SKU, &f.SellerSKU, &f.Names, &f.Category, &f.Picture, &f.Regulated, &f.ItemState,
		&f.Seller, &f.SellerName, &f.SellerNative, &f.SellerState, &f.SellerCountry, &f.SellerCity,
		&f.State, &f.Unit, &f.ItemUnit, &f.KgPerUnitMicro, &f.MOQMicro, &f.StepMicro, &f.LeadDays, &f.Incoterm, &f.Currency, &f.Basis)
}

// Offers implements catalog.Store.
func (s Store) Offers(ctx context.Context, ids []id.Offer) ([]catalog.OfferFacts, error) {
	var out []catalog.OfferFacts
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		collect(b, &out, scanFacts, factsQuery+` WHERE o.id = ANY ($1)`, uuids(ids))
	})
	return out, err
}

// OffersOf implements catalog.Store, newest first.
func (s Store) OffersOf(ctx context.Context, f catalog.OffersFilter) ([]catalog.OfferFacts, error) {
	var out []catalog.OfferFacts
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		collect(b, &out, scanFacts, factsQuery+` WHERE o.seller_id = $1 AND ($2 = '' OR o.state = $2) AND ($3::uuid IS NULL OR o.item_id = $3)
			AND ($4::uuid IS NULL OR o.id < $4) ORDER BY o.id DESC LIMIT $5`, f.Seller.UUID(), string(f.State), orNull(f.Item), orNull(f.After), f.Limit)
	})
	return out, err
}

// Items implements catalog.Store.
func (s Store) Items(ctx context.Context, ids []id.Item) ([]catalog.Item, error) {
	var out []catalog.Item
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		collect(b, &out, scanItem, `SELECT `+itemColumns+` FROM catalog_items i WHERE i.id = ANY ($1)`, uuids(ids))
	})
	return out, err
}

// Waiting implements catalog.Store.
func (s Store) Waiting(ctx context.Context, f catalog.ItemsFilter) ([]catalog.Item, error) {
	var out []catalog.Item
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		collect(b, &out, scanItem, `SELECT `+itemColumns+` FROM catalog_items i WHERE ($1 = '' OR i.state = $1) AND ($2::uuid IS NULL OR i.seller_id = $2)
			AND ($3::uuid IS NULL OR i.id > $3) ORDER BY i.id LIMIT $4`, string(f.State), orNull(f.Seller), orNull(f.After), f.Limit)
	})
	return out, err
}

// SellersOf implements catalog.Store.
func (s Store) SellersOf(ctx context.Context, ids []id.Item) (map[id.Item][]catalog.SellerOf, error) {
	out := map[id.Item][]catalog.SellerOf{}
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT item_id, seller_id, seller_sku FROM catalog_offers WHERE item_id = ANY ($1) AND state = 'published' ORDER BY id`, uuids(ids)).Query(func(rows pgx.Rows) error {
			clear(out)
			var i id.Item
			var so catalog.SellerOf
			_, err := pgx.ForEachRow(rows, []any{&i, &so.Org, &so.SKU}, func() error { out[i] = append(out[i], so); return nil })
			return err
		})
	})
	return out, err
}

// Item implements catalog.Store; with lock it keeps others from changing the item meanwhile.
func (s Store) Item(ctx context.Context, want id.Item, lock bool) (catalog.Item, error) {
	var i catalog.Item
	err := one(ctx, `SELECT `+itemColumns+` FROM catalog_items i WHERE i.id = $1`, lock, want.UUID(), itemInto(&i), catalog.ErrItemNotFound)
	return i, err
}

// Offer implements catalog.Store.
func (s Store) Offer(ctx context.Context, want id.Offer, lock bool) (catalog.Offer, error) {
	var o catalog.Offer
	err := one(ctx, `SELECT `+offerColumns+` FROM catalog_offers o WHERE o.id = $1`, lock, want.UUID(), offerInto(&o), catalog.ErrOfferNotFound)
	return o, err
}

func one(ctx context.Context, sql string, lock bool, key any, into []any, missing error) error {
	tx, err := pg.Conn(ctx)
	if err != nil {
		return err
	}
	if lock {
		sql += ` FOR UPDATE`
	}
	err = tx.QueryRow(ctx, sql, key).Scan(into...)
	if pg.NoRows(err) {
		return missing
	}
	return err
}

func scanDocument(r pgx.Rows, d *catalog.Document) error {
	return r.Scan(&d.ID, &d.Item, &d.Offer, &d.Kind, &d.Title, &d.Blob, &d.Lot, orZero{&d.ValidTo})
}

// Document implements catalog.Store: only papers of what is on the shelf.
func (s Store) Document(ctx context.Context, want id.Document) (catalog.Document, error) {
	var out []catalog.Document
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		collect(b, &out, scanDocument, `SELECT d.id, d.item_id, d.offer_id, d.kind, d.title, d.blob_id, d.lot, d.valid_to FROM catalog_documents d WHERE d.id = $1`, want.UUID())
	})
	if err == nil && len(out) == 0 {
		err = catalog.ErrDocumentNotFound
	}
	if err != nil {
		return catalog.Document{}, err
	}
	return out[0], nil
}
