package app

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/catalog/catalogpdf"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/pricing"
	"github.com/kontorhq/kontor/core/quantity"
	"github.com/kontorhq/kontor/tenants"
)

// counted are the offers whose opening stock was counted before.
func (s *seeder) counted(ctx context.Context) (map[id.Offer]bool, error) {
	out := map[id.Offer]bool{}
	err := s.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT DISTINCT offer_id FROM inventory_movements WHERE kind = 'opening'`).Query(func(rows pgx.Rows) error {
			var o id.Offer
			_, err := pgx.ForEachRow(rows, []any{&o}, func() error { out[o] = true; return nil })
			return err
		})
	})
	return out, err
}

// filed are the papers that are there already, as "offer/kind/lot".
func (s *seeder) filed(ctx context.Context) (map[string]bool, error) {
	out := map[string]bool{}
	err := s.DB.Read(ctx, func(b *pgx.Batch) {
		b.Queue(`SELECT offer_id, kind, lot FROM catalog_documents WHERE offer_id IS NOT NULL`).Query(func(rows pgx.Rows) error {
			var o id.Offer
			var kind, lot string
			_, err := pgx.ForEachRow(rows, []any{&o, &kind, &lot}, func() error { out[paperKey(o, kind, lot)] = true; return nil })
			return err
		})
	})
	return out, err
}

func paperKey(o id.Offer, kind, lot string) string { return o.String() + "/" + kind + "/" + lot }

// documents prints the certificates that come with goods and attaches them.
func (s *seeder) documents(ctx context.Context) error {
	have, err := s.filed(ctx)
	if err != nil {
		return err
	}
	for chunk, err := range chunks(s.b.Documents(), 50) {
		if err != nil {
			return err
		}
		err := s.DB.Do(ctx, func(ctx context.Context) error {
			for _, d := range chunk {
				offer, ok := s.offers[d.OfferKey]
				if !ok || have[paperKey(offer.ID, d.Kind, d.Lot)] {
					continue
				}
				if err := s.paper(ctx, d, offer); err != nil {
					return fmt.Errorf("%s %s: %w", d.Kind, d.Number, err)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (s *seeder) paper(ctx context.Context, d tenants.Document, offer catalog.Offer) error {
	c := catalogpdf.Certificate{
		Title: d.Title, Number: d.Number, Lot: d.Lot, Item: d.SKU, Producer: d.Producer, Standard: d.Standard, IssuedOn: d.IssuedOn.Time,
		ValidTo: d.ValidTo.Time, Notice: "演示数据 Demonstration data",
	}
	for _, r := range d.Results {
		c.Results = append(c.Results, catalogpdf.Result{Group: r.Group, Name: r.Name, Value: r.Value, Unit: r.Unit, Limit: r.Limit})
	}
	body, err := catalogpdf.Print(c)
	if err != nil {
		return err
	}
	o, err := s.Blobs.Put(ctx, blob.Upload{Name: d.Number + ".pdf", Body: bytes.NewReader(body), Org: offer.Seller, Public: true})
	if err != nil {
		return err
	}
	_, err = s.Catalog.AttachDocument(ctx, catalog.Document{Offer: offer.ID, Kind: d.Kind, Title: d.Title + " " + d.Number, Blob: o.ID, Lot: d.Lot, ValidTo: d.ValidTo.Time})
	return err
}

// indices writes the price board's closings, counted back from the day of the first apply.
func (s *seeder) indices(ctx context.Context) error {
	today := s.tenant.CreatedAt.In(s.tenant.Zone())
	today = time.Date(today.Year(), today.Month(), today.Day(), 0, 0, 0, 0, time.UTC)
	var out []pricing.Index
	for _, x := range s.b.Indices {
		out = append(out, pricing.Index{Key: x.Key, Day: today.AddDate(0, 0, -x.DaysAgo), Micro: int64(x.Price), Currency: s.tenant.Settings.Currency, Unit: quantity.Unit(x.Unit), Source: x.Source})
	}
	if len(out) == 0 {
		return nil
	}
	return s.Pricing.WriteIndices(ctx, out)
}
