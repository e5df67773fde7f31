package catalogdb

import (
	"context"
	"time"

	"github.com/google/uuid"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/platform/pg"
)

type offerRow struct {
	ID        uuid.UUID `json:"id"`
	Item      uuid.UUID `json:"item_id"`
	Seller    uuid.UUID `json:"seller_id"`
	SellerSKU string    `json:"seller_sku"`
	Unit      string    `json:"unit"`
	MOQ       int64     `json:"moq_micro"`
	Step      int64     `json:"step_micro"`
	LeadDays  int       `json:"lead_days"`
	Incoterm  string    `json:"incoterm"`
	Currency  string    `json:"currency"`
	Basis     string    `json:"basis"`
	State     string    `json:"state"`
	Note      string    `json:"note"`
	CreatedAt time.Time `json:"created_at"`
	UpdatedAt time.Time `json:"updated_at"`
}

func offerDoc(os []catalog.Offer) (string, error) {
	rows := make([]offerRow, len(os))
	for n, o := range os {
		rows[n] = offerRow{
			o.ID.UUID(), o.Item.UUID(), o.Seller.UUID(), o.SellerSKU, string(o.Unit), o.MOQMicro, o.StepMicro, o.LeadDays, o.Incoterm,
			string(o.Currency), string(o.Basis), string(o.State), o.Note, o.CreatedAt, o.UpdatedAt,
		}
	}
	return doc(rows)
}

const offerRecord = `r(id uuid, item_id uuid, seller_id uuid, seller_sku text, unit text, moq_micro bigint, step_micro bigint, lead_days int,
	incoterm text, currency text, basis text, state text, note text, created_at timestamptz, updated_at timestamptz)`

const insertOffers = `INSERT INTO catalog_offers (tenant_id, id, item_id, seller_id, seller_sku, unit, moq_micro, step_micro, lead_days, incoterm, currency, basis, state, note, created_at, updated_at)
	SELECT $1, r.id, r.item_id, r.seller_id, r.seller_sku, r.unit, r.moq_micro, r.step_micro, r.lead_days, r.incoterm, r.currency, r.basis, r.state, r.note, r.created_at, r.updated_at
	FROM jsonb_to_recordset($2::jsonb) ` + offerRecord

// AddOffer implements catalog.Store.
func (s Store) AddOffer(ctx context.Context, o catalog.Offer) error {
	d, err := offerDoc([]catalog.Offer{o})
	if err != nil {
		return err
	}
	_, err = exec(ctx, insertOffers, d)
	if _, taken := pg.Violated(err); taken {
		return catalog.ErrOfferSKUTaken.With("sku", o.SellerSKU).Because(err)
	}
	return err
}

// SaveOffer implements catalog.Store.
func (s Store) SaveOffer(ctx context.Context, o catalog.Offer) error {
	d, err := offerDoc([]catalog.Offer{o})
	if err != nil {
		return err
	}
	n, err := exec(ctx, `UPDATE catalog_offers o SET seller_sku = r.seller_sku, unit = r.unit, moq_micro = r.moq_micro, step_micro = r.step_micro,
		lead_days = r.lead_days, incoterm = r.incoterm, currency = r.currency, basis = r.basis, state = r.state, note = r.note,
		updated_at = r.updated_at, version = o.version + 1
		FROM jsonb_to_recordset($2::jsonb) `+offerRecord+` WHERE o.tenant_id = $1 AND o.id = r.id AND o.version = $3`, d, o.Version)
	if _, taken := pg.Violated(err); taken {
		return catalog.ErrOfferSKUTaken.With("sku", o.SellerSKU).Because(err)
	}
	if err == nil && n == 0 {
		return catalog.ErrOfferStale
	}
	return err
}

// PutOffers implements catalog.Store.
func (s Store) PutOffers(ctx context.Context, os []catalog.Offer) error {
	if len(os) == 0 {
		return nil
	}
	sellers, skus := make([]uuid.UUID, len(os)), make([]string, len(os))
	for n, o := range os {
		sellers[n], skus[n] = o.Seller.UUID(), o.SellerSKU
	}
	have := map[string]id.Offer{}
	if err := known(ctx, have, `SELECT o.seller_id::text || ' ' || o.seller_sku, o.id FROM unnest($2::uuid[], $3::text[]) k(seller, sku)
		JOIN catalog_offers o ON o.tenant_id = $1 AND o.seller_id = k.seller AND o.seller_sku = k.sku`, sellers, skus); err != nil {
		return err
	}
	for n := range os {
		if o, ok := have[os[n].Seller.String()+" "+os[n].SellerSKU]; ok {
			os[n].ID = o
		}
	}
	d, err := offerDoc(os)
	if err != nil {
		return err
	}
	_, err = exec(ctx, insertOffers+` ON CONFLICT (tenant_id, seller_id, seller_sku) DO UPDATE SET unit = excluded.unit, moq_micro = excluded.moq_micro,
		step_micro = excluded.step_micro, lead_days = excluded.lead_days, incoterm = excluded.incoterm, currency = excluded.currency, basis = excluded.basis,
		state = excluded.state, note = excluded.note, updated_at = excluded.updated_at, version = catalog_offers.version + 1
		WHERE (catalog_offers.unit, catalog_offers.moq_micro, catalog_offers.step_micro, catalog_offers.lead_days, catalog_offers.incoterm, catalog_offers.currency,
			catalog_offers.basis, catalog_offers.state, catalog_offers.note)
		IS DISTINCT FROM (excluded.unit, excluded.moq_micro, excluded.step_micro, excluded.lead_days, excluded.incoterm, excluded.currency, excluded.basis, excluded.state, excluded.note)`, d)
	return err
}
