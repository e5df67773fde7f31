package reads

import (
	"context"
	"slices"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/maypok86/otter/v2"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/quantity"
)

// Home is the shop's first page.
type Home struct {
	Shelf   *catalog.Shelf
	Counts  map[string]int64 // items per category path
	Total   int              // items in all, at most catalog.MaxTotal
	More    bool
	Board   []Board
	Makers  []Seller
	New     []Row
	Offers  int // open ones
	Sellers int // that have any
}

// Board is one family's line of the price board: a price per day, oldest first.
type Board struct {
	Key    string
	Unit   quantity.Unit
	Days   []Day
	Source string
}

// Day is a closing price.
type Day struct {
	On    time.Time
	Price money.Price
}

// Last is the newest closing price.
func (b Board) Last() Day { return b.Days[len(b.Days)-1] }

// Change is the newest price against the one before, in millionths of the latter.
func (b Board) Change() int64 {
	if len(b.Days) < 2 {
		return 0
	}
	was := b.Days[len(b.Days)-2].Price.Micro
	c, err := quantity.MulDiv(b.Last().Price.Micro-was, quantity.Scale, max(was, 1))
	if err != nil {
		return 0
	}
	return c
}

// Seller is a company that sells here.
type Seller struct {
	ID      id.Org
	Name    string
	Native  string
	City    string
	Country string
	Offers  int // open ones
}

// shared is the part of a home page that is everybody's, kept for a moment.
type shared struct {
	board   []Board
	makers  []Seller
	offers  int
	sellers int
}

type homes struct {
	kept *otter.Cache[id.Tenant, shared]
}

func newHomes() *homes {
	return &homes{otter.Must(&otter.Options[id.Tenant, shared]{
		MaximumSize: 2_000, ExpiryCalculator: otter.ExpiryWriting[id.Tenant, shared](30 * time.Second),
	})}
}

// boardDays is how far back the price board looks.
const boardDays = 30

// Home reads the first page as the caller's company sees it.
func (s *Storefront) Home(ctx context.Context) (Home, error) {
	who, err := caller.From(ctx)
	if err != nil {
		return Home{}, err
	}
	l, err := s.List(ctx, catalog.Ask{Sort: catalog.ByNewest, Page: page.Request{Limit: 8}})
	if err != nil {
		return Home{}, err
	}
	h := Home{Shelf: l.Shelf, New: l.Rows, Counts: map[string]int64{}, Total: l.Result.Total, More: l.Result.More}
	for _, c := range l.Result.Counts {
		if c.Key == "@" {
			h.Counts[c.Term] = c.Items
		}
	}
	sh, ok := s.home.kept.GetIfPresent(who.Tenant)
	if !ok {
		if sh, err = s.shared(ctx); err != nil {
			return Home{}, err
		}
		s.home.kept.Set(who.Tenant, sh)
	}
	h.Board, h.Makers, h.Offers, h.Sellers = sh.board, sh.makers, sh.offers, sh.sellers
	return h, nil
}

func (s *Storefront) shared(ctx context.Context) (shared, error) {
	var out shared
	err := s.db.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT key, day, price_micro, currency, unit, source FROM pricing_indices WHERE day > $1 ORDER BY key, day`, s.now().AddDate(0, 0, -boardDays)).
			Query(func(rows pgx.Rows) error { return scanBoard(rows, &out.board) })
		b.Queue(`SELECT p.id, p.name, p.name_local, p.city, p.country, o.n FROM parties_orgs p
			JOIN (SELECT tenant_id, seller_id, count(*) AS n FROM catalog_offers WHERE state = 'published' GROUP BY 1, 2) o ON o.tenant_id = p.tenant_id AND o.seller_id = p.id
			WHERE p.sells AND p.state = 'approved' ORDER BY o.n DESC, p.name LIMIT 24`).
			Query(func(rows pgx.Rows) error {
				out.makers = nil
				var v Seller
				_, err := pgx.ForEachRow(rows, []any{(*[16]byte)(&v.ID), &v.Name, &v.Native, &v.City, &v.Country, &v.Offers}, func() error { out.makers = append(out.makers, v); return nil })
				return err
			})
		b.Queue(`SELECT count(*), count(DISTINCT seller_id) FROM catalog_offers WHERE state = 'published'`).
			QueryRow(func(r pgx.Row) error { return r.Scan(&out.offers, &out.sellers) })
	})
	return out, err
}

func scanBoard(rows pgx.Rows, out *[]Board) error {
	*out = nil
	var k, currency, unit, source string
	var d Day
	_, err := pgx.ForEachRow(rows, []any{&k, &d.On, &d.Price.Micro, &currency, &unit, &source}, func() error {
		i := slices.IndexFunc(*out, func(b Board) bool { return b.Key == k })
		if i < 0 {
			i = len(*out)
			*out = append(*out, Board{Key: k, Unit: quantity.Unit(unit), Source: source})
		}
		d.Price.Currency, d.Price.Per = money.Currency(currency), quantity.Unit(unit)
		(*out)[i].Days = append((*out)[i].Days, d)
		return nil
	})
	return err
}
