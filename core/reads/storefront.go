// Package reads answers screens that span contexts, read only, one file per screen. What
// all readers share comes from the catalogue's cache; what is the reader's own, his prices
// and the stock of the moment, is asked in one round trip and kept nowhere. What visitors
// see in lists is kept for seconds.
package reads

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/clock"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/platform/pg"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/core/work"
)

// Storefront reads the shop's pages.
type Storefront struct {
	db      *pg.DB
	catalog *catalog.Service
	now     clock.Now
	home    *homes
	skus    *skus
	glances *glances
	houses  *houses
}

// NewStorefront makes the reader.
func NewStorefront(db *pg.DB, c *catalog.Service, now clock.Now) *Storefront {
	return &Storefront{db: db, catalog: c, now: now, home: newHomes(), skus: newSKUs(), glances: newGlances(), houses: newHouses()}
}

// From is the lowest price in a company's reach.
type From struct {
	Price    money.Price
	Contract bool // the company's own, not everybody's
	Offer    id.Offer
}

// Row is an item in a list, as one company sees it.
type Row struct {
	Card *catalog.Card
	From *From // nil: price on request
	// Free is what can be promised, in the item's unit, over all offers.
	Free quantity.Quantity
	Lots int       // with goods, where goods have lots
	Next time.Time // when the first of them expires
}

// free is what one offer has.
type free struct {
	micro int64
	lots  int
	next  time.Time
}

// List is one page of a list.
type List struct {
	Shelf  *catalog.Shelf
	Result *catalog.Result
	Rows   []Row
}

// List reads one page as the caller's company sees it.
func (s *Storefront) List(ctx context.Context, ask catalog.Ask) (List, error) {
	sh, err := s.catalog.Shelf(ctx)
	if err != nil {
		return List{}, err
	}
	r, err := s.catalog.Search(ctx, ask)
	if err != nil {
		return List{}, err
	}
	rows, err := s.Rows(ctx, r.Items())
	return List{sh, r, rows}, err
}

// Rows reads items as the caller's company sees them, in the order asked for: for lists,
// comparisons and favourites.
func (s *Storefront) Rows(ctx context.Context, items []id.Item) ([]Row, error) {
	cards, err := s.catalog.Cards(ctx, items)
	if err != nil || len(cards) == 0 {
		return nil, err
	}
	who, err := caller.From(ctx)
	if err != nil {
		return nil, err
	}
	if who.Kind == caller.Visitor && !work.Active(ctx) {
		return s.glanced(ctx, who.Tenant, cards)
	}
	return s.looked(ctx, cards, who.Org)
}

// glanced is what visitors see; only what nobody looked at just now is asked for.
func (s *Storefront) glanced(ctx context.Context, tenant id.Tenant, cards []*catalog.Card) ([]Row, error) {
	now := s.glances.epochs.Now(tenant)
	rows := make([]Row, len(cards))
	var missing []*catalog.Card
	var at []int
	for i, c := range cards {
		if g, ok := s.glances.kept.GetIfPresent(glanceKey{tenant, now, c.Item.ID}); ok {
			rows[i] = g.on(Row{Card: c, Free: quantity.Quantity{Unit: c.Item.Unit}})
		} else {
			missing, at = append(missing, c), append(at, i)
		}
	}
	if len(missing) == 0 {
		return rows, nil
	}
	fresh, err := s.looked(ctx, missing, id.Org{})
	if err != nil {
		return nil, err
	}
	for n, r := range fresh {
		rows[at[n]] = r
		s.glances.kept.Set(glanceKey{tenant, now, r.Card.Item.ID}, r.glance())
	}
	return rows, nil
}

// looked asks for prices and stock of the moment, as a company sees them.
func (s *Storefront) looked(ctx context.Context, cards []*catalog.Card, org id.Org) ([]Row, error) {
	var floors map[[16]byte]From
	var has map[[16]byte]free
	err := s.db.Lookup(ctx, func(b *pgx.Batch) {
		floors, has = s.queueFloors(b, cards, org), s.queueFree(b, cards)
	})
	if err != nil {
		return nil, err
	}
	rows := make([]Row, len(cards))
	for i, c := range cards {
		rows[i] = sum(c, has)
		// An offer that closed a moment ago has a floor until pricing hears of it.
		if f, ok := floors[c.Item.ID]; ok && slices.ContainsFunc(c.Offers, func(o catalog.OfferCard) bool { return o.ID == f.Offer }) {
			rows[i].From = &f
		}
	}
	return rows, nil
}

// queueFloors asks for the lowest prices; a company's own goes before everybody's.
func (s *Storefront) queueFloors(b *pgx.Batch, cards []*catalog.Card, org id.Org) map[[16]byte]From {
	keys := make([][16]byte, len(cards))
	for i, c := range cards {
		keys[i] = c.Item.ID
	}
	out := make(map[[16]byte]From, len(cards))
	buyers := [][16]byte{{}}
	if !org.IsZero() {
		buyers = append(buyers, org)
	}
	b.Queue(`SELECT item_id, buyer_id, offer_id, price_micro, unit, currency FROM pricing_floors WHERE item_id = ANY ($1) AND buyer_id = ANY ($2) AND price_micro > 0`, keys, buyers).
		Query(func(rows pgx.Rows) error {
			clear(out)
			var item, buyer, offer [16]byte
			var f From
			for rows.Next() {
				if err := rows.Scan(&item, &buyer, &offer, &f.Price.Micro, (*string)(&f.Price.Per), (*string)(&f.Price.Currency)); err != nil {
					return err
				}
				f.Contract, f.Offer = buyer != [16]byte{}, offer
				if have, ok := out[item]; !ok || !have.Contract {
					out[item] = f
				}
			}
			return rows.Err()
		})
	return out
}

// queueFree asks what is free of every offer on the cards.
func (s *Storefront) queueFree(b *pgx.Batch, cards []*catalog.Card) map[[16]byte]free {
	n := 0
	for _, c := range cards {
		n += len(c.Offers)
	}
	keys := make([][16]byte, 0, n)
	for _, c := range cards {
		for _, o := range c.Offers {
			keys = append(keys, o.ID)
		}
	}
	out := make(map[[16]byte]free, n)
	b.Queue(`SELECT s.offer_id, s.on_hand_micro - s.reserved_micro, l.id IS NOT NULL, l.expires_on FROM inventory_stock s
		LEFT JOIN inventory_lots l ON l.tenant_id = s.tenant_id AND l.id = nullif(s.lot_id, '00000000-0000-0000-0000-000000000000')
		WHERE s.offer_id = ANY ($1) AND (l.expires_on IS NULL OR l.expires_on > $2)`, keys, s.now()).
		Query(func(rows pgx.Rows) error {
			clear(out)
			var offer [16]byte
			var n int64
			var lot bool
			var expires *time.Time
			for rows.Next() {
				if err := rows.Scan(&offer, &n, &lot, &expires); err != nil {
					return err
				}
				out[offer] = out[offer].with(n, lot, expires)
			}
			return rows.Err()
		})
	return out
}

// Free is what can be promised of each offer, in the offer's unit.
func (s *Storefront) Free(ctx context.Context, offers []id.Offer) (map[id.Offer]int64, error) {
	c := &catalog.Card{}
	for _, o := range offers {
		c.Offers = append(c.Offers, catalog.OfferCard{Offer: catalog.Offer{ID: o}})
	}
	var has map[[16]byte]free
	if err := s.db.Read(ctx, func(b *pgx.Batch) { has = s.queueFree(b, []*catalog.Card{c}) }); err != nil {
		return nil, err
	}
	out := make(map[id.Offer]int64, len(has))
	for o, f := range has {
		out[o] = f.micro
	}
	return out, nil
}

func (f free) with(micro int64, lot bool, expires *time.Time) free {
	f.micro += micro
	if lot && micro > 0 {
		f.lots++
		if expires != nil && (f.next.IsZero() || expires.Before(f.next)) {
			f.next = *expires
		}
	}
	return f
}

// sum is the card with its free stock in the item's unit. Offers in a unit that cannot be
// turned into it are not there to be sold: the catalogue refuses them.
func sum(c *catalog.Card, has map[[16]byte]free) Row {
	r := Row{Card: c, Free: quantity.Quantity{Unit: c.Item.Unit}}
	for _, o := range c.Offers {
		f := has[o.ID]
		if q, err := (quantity.Quantity{Micro: f.micro, Unit: o.Unit}).In(c.Item.Unit, c.Item.KgPerUnitMicro); err == nil {
			r.Free.Micro += q.Micro
		}
		r.Lots += f.lots
		if !f.next.IsZero() && (r.Next.IsZero() || f.next.Before(r.Next)) {
			r.Next = f.next
		}
	}
	return r
}
