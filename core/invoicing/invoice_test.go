package invoicing_test

import (
	"errors"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/money"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func settled(total int64) invoicing.Settled {
	return invoicing.Settled{
		Order: id.Order{}.New(), Currency: "CNY", TaxRate: 130_000, Freight: money.Of(50_00, "CNY"), Discount: money.Zero("CNY"),
		Lines: []invoicing.Line{{SKU: "HW200", Sum: money.Of(1_000_00, "CNY")}}, Total: money.Of(total, "CNY"), Completed: true,
	}
}

func TestAnInvoiceAddsUpAgainFromItsLines(t *testing.T) {
	inv, err := invoicing.Draw(settled(1_186_50), "INV-1", noon)
	if err != nil || inv.Net.Decimal() != "1050.00" || inv.Tax.Decimal() != "136.50" || len(inv.Lines) != 2 {
		t.Fatalf("net %v tax %v lines %d err %v", inv.Net, inv.Tax, len(inv.Lines), err)
	}
}

func TestAnInvoiceThatDoesNotComeToWhatWasPaidIsRefused(t *testing.T) {
	if _, err := invoicing.Draw(settled(1_186_51), "INV-1", noon); !errors.Is(err, invoicing.ErrTotals) {
		t.Fatalf("got %v", err)
	}
}
