package tenancy

import (
	"context"
	"fmt"
	"strings"

	"github.com/kontorhq/kontor/core/work"
)

// prefixes of the documents that carry a number; another kind is its own prefix.
var prefixes = map[string]string{
	"order": "PO", "group": "OG", "rfq": "RFQ", "quote": "QT", "invoice": "INV", "shipment": "SH", "receipt": "GR", "claim": "CL", "payout": "PAY",
}

// Numbers gives out the numbers that people read.
type Numbers struct{ tenants *Service }

// Numbers is the counter of the caller's tenant.
func (s *Service) Numbers() Numbers { return Numbers{s} }

// Next is the next number of a kind, "PO-2026-000123", in the current unit of work: a
// number that is rolled back is given out again, so that a book of invoices has no gaps
// (orders may have some, see pads).
// The year is the tenant's own: at New Year Shanghai is ahead.
func (n Numbers) Next(ctx context.Context, kind string) (string, error) {
	all, err := n.Take(ctx, kind)
	if err != nil {
		return "", err
	}
	return all[0], nil
}

// Take draws a number for each kind, in one question. Who draws several kinds draws them
// in one order everywhere, or two will wait for each other.
func (n Numbers) Take(ctx context.Context, kinds ...string) ([]string, error) {
	t, err := n.tenants.Current(ctx)
	if err != nil {
		return nil, err
	}
	drawn := make([]string, len(kinds))
	for i, kind := range kinds {
		drawn[i] = prefixes[strings.ToLower(kind)]
		if drawn[i] == "" {
			drawn[i] = strings.ToUpper(kind)
		}
	}
	now := n.tenants.Now()
	year := now.In(t.Zone()).Year()
	var values []int64
	if work.Active(ctx) { // outside a unit the counter refuses
		var fill []string
		values, fill = n.tenants.pads.draw(t.ID, year, drawn, now)
		for _, kind := range fill {
			go n.tenants.fill(padKey{t.ID, kind, year})
		}
	}
	if values == nil {
		if values, err = n.tenants.Store.Count(ctx, year, drawn...); err != nil {
			return nil, err
		}
	}
	for i, v := range values {
		drawn[i] = fmt.Sprintf("%s-%04d-%06d", drawn[i], year, v)
	}
	return drawn, nil
}
