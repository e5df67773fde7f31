package partiesdb

import (
	"context"

	"github.com/jackc/pgx/v5"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/parties"
	"github.com/kontorhq/kontor/core/platform/contact"
)

// PutAddress implements parties.Store.
func (s Store) PutAddress(ctx context.Context, a parties.Address) (parties.Address, error) {
	phone, err := s.phones.Keep(ctx, a.Phone)
	if err != nil {
		return a, err
	}
	err = put(ctx, (*[16]byte)(&a.ID), `INSERT INTO parties_addresses (tenant_id, id, org_id, label, country, region, city, street, postcode, contact, phone_id)
		VALUES (current_setting('app.tenant_id')::uuid, $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (tenant_id, org_id, label) DO UPDATE SET country = EXCLUDED.country, region = EXCLUDED.region, city = EXCLUDED.city,
			street = EXCLUDED.street, postcode = EXCLUDED.postcode, contact = EXCLUDED.contact, phone = '', phone_id = EXCLUDED.phone_id RETURNING id`,
		a.ID.UUID(), a.Org.UUID(), a.Label, a.Country, a.Region, a.City, a.Street, a.Postcode, a.Contact, none(phone[0]))
	return a, err
}

// RemoveAddress implements parties.Store.
func (Store) RemoveAddress(ctx context.Context, o id.Org, a id.Address) error {
	n, err := exec(ctx, `DELETE FROM parties_addresses WHERE org_id = $1 AND id = $2`, o.UUID(), a.UUID())
	if err == nil && n == 0 {
		return parties.ErrNoAddress
	}
	return err
}

// Addresses implements parties.Store.
func (s Store) Addresses(ctx context.Context, o id.Org) ([]parties.Address, error) {
	found, err := list(ctx, s.db, scanAddress, addressesOf, o.UUID())
	if err != nil {
		return nil, err
	}
	return s.opened(ctx, found)
}

const addressesOf = `SELECT id, org_id, label, country, region, city, street, postcode, contact, phone, phone_id FROM parties_addresses WHERE org_id = $1 ORDER BY label`

// kept is an address as its row tells it: without its number.
type kept struct {
	parties.Address
	phone id.Phone
}

func scanAddress(r pgx.CollectableRow) (a kept, err error) {
	return a, r.Scan((*[16]byte)(&a.ID), (*[16]byte)(&a.Org), &a.Label, &a.Country, &a.Region, &a.City, &a.Street, &a.Postcode, &a.Contact, &a.Phone, &a.phone)
}

// opened are addresses with their numbers, all opened at once.
func (s Store) opened(ctx context.Context, as []kept) ([]parties.Address, error) {
	named := make([]id.Phone, len(as))
	for i, a := range as {
		named[i] = a.phone
	}
	numbers, err := s.phones.Open(ctx, named...)
	return addresses(as, numbers), err
}

func addresses(as []kept, numbers map[id.Phone]string) []parties.Address {
	out := make([]parties.Address, len(as))
	for i, a := range as {
		out[i] = a.Address
		out[i].Phone = contact.Of(numbers, a.phone, a.Phone)
	}
	return out
}

// KeepPhones moves numbers that an earlier version wrote into addresses to where they belong.
func (s Store) KeepPhones(ctx context.Context) error {
	return s.phones.Move(ctx, contact.Old{Table: "parties_addresses", Plain: "x.phone", Clear: "phone = ''"})
}
