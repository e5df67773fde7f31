package invoicingpdf_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/invoicing/invoicingpdf"
	"github.com/kontorhq/kontor/core/money"
)

func sheet(lines int) invoicing.Sheet {
	s := invoicing.Sheet{
		OrderNumber: "PO-2026-000001", TaxRate: 130_000, Market: "钢汇 Ganghui",
		Seller: invoicing.Party{Name: "Tangshan Hengda Steel Co., Ltd.", NameLocal: "唐山恒达钢铁有限公司", RegKind: "uscc", RegNo: "91130200MA0000000X", City: "唐山", Country: "CN"},
		Buyer:  invoicing.Party{Name: "Shanghai Bridge Works", NameLocal: "上海桥梁工程有限公司", RegKind: "uscc", RegNo: "91310000MA0000000X", City: "上海", Country: "CN"},
	}
	s.Invoice = invoicing.Invoice{
		Number: "INV-2026-000001", Currency: "CNY", IssuedAt: time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC),
		Net: money.Of(100_00, "CNY"), Tax: money.Of(13_00, "CNY"), Total: money.Of(113_00, "CNY"),
	}
	for i := range lines {
		s.Invoice.Lines = append(s.Invoice.Lines, invoicing.Line{
			SKU: fmt.Sprintf("HW-%d", i), Qty: "5.994", Unit: "TNE", Price: "3850",
			Names: map[string]string{"zh-CN": "热轧H型钢 HW200×200×8×12 Q355B 12m", "en": "H-beam HW 200×200×8×12, Q355B, 12 m"}, Sum: money.Of(100_00, "CNY"),
		})
	}
	return s
}

// Set KONTOR_PRINT_DIR to look at what is printed.
func TestAnInvoicePrintsOverAsManyPagesAsItNeeds(t *testing.T) {
	for lines, pages := range map[int]int{1: 1, 80: 5} {
		pdf, err := invoicingpdf.Printer{}.Print(sheet(lines))
		if err != nil {
			t.Fatal(err)
		}
		if dir := os.Getenv("KONTOR_PRINT_DIR"); dir != "" {
			if err := os.WriteFile(fmt.Sprintf("%s/invoice-%d.pdf", dir, lines), pdf, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if got := bytes.Count(pdf, []byte("/Type /Page\n")); got != pages {
			t.Errorf("%d lines took %d pages, want %d", lines, got, pages)
		}
		if len(pdf) > 200_000 {
			t.Errorf("%d lines took %d bytes: the font was not cut down", lines, len(pdf))
		}
	}
}

func TestTheSameInvoicePrintsTheSameBytes(t *testing.T) {
	a, errA := invoicingpdf.Printer{}.Print(sheet(3))
	b, errB := invoicingpdf.Printer{}.Print(sheet(3))
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatal("two prints of one invoice differ")
	}
}
