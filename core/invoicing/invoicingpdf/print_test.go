package invoicingpdf_test

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"image"
	"image/png"
	"io"
	"os"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/invoicing/invoicingpdf"
	"github.com/kontorhq/kontor/core/money"
)

func sheet(lines int) invoicing.Sheet {
	s := invoicing.Sheet{
		OrderNumber: "PO-2026-000001", TaxRate: 130_000, Letterhead: invoicing.Letterhead{Market: "钢汇 Ganghui"},
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

// What a marketplace writes on its paper is written as it is. In the file text lies as UTF-16
// in streams that are packed.
func TestALetterheadIsWrittenAsItIs(t *testing.T) {
	s := sheet(1)
	const code = "{{.Seller}} {% if x %} ${7*7}"
	s.Address, s.Footer, s.Accent = code+"\nline two", code, "#1d4ed8"
	var logo bytes.Buffer
	if err := png.Encode(&logo, image.NewNRGBA(image.Rect(0, 0, 48, 16))); err != nil {
		t.Fatal(err)
	}
	s.Logo = logo.Bytes()
	out, err := invoicingpdf.Printer{}.Print(s)
	if err != nil {
		t.Fatal(err)
	}
	var all []byte
	for rest := out; ; {
		_, after, ok := bytes.Cut(rest, []byte("stream\n"))
		if !ok {
			break
		}
		if r, err := zlib.NewReader(bytes.NewReader(after)); err == nil {
			b, _ := io.ReadAll(r)
			all = append(all, b...)
		}
		rest = after
	}
	var want []byte
	for _, r := range code {
		want = append(want, 0, byte(r))
	}
	if n := bytes.Count(all, want); n != 2 {
		t.Errorf("the text is there %d times", n)
	}
	if !bytes.Contains(out, []byte("/Subtype /Image")) || !bytes.Contains(all, []byte("0.114 0.306 0.847 RG")) {
		t.Error("no logo, or not the colour")
	}
}

func TestTheSameInvoicePrintsTheSameBytes(t *testing.T) {
	a, errA := invoicingpdf.Printer{}.Print(sheet(3))
	b, errB := invoicingpdf.Printer{}.Print(sheet(3))
	if errA != nil || errB != nil || !bytes.Equal(a, b) {
		t.Fatal("two prints of one invoice differ")
	}
}
