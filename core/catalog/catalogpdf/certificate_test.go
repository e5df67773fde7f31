package catalogpdf_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/kontorhq/kontor/core/catalog/catalogpdf"
)

// Set KONTOR_PRINT_DIR to look at what is printed.
func TestACertificatePrintsOnOnePage(t *testing.T) {
	c := catalogpdf.Certificate{
		Title: "产品质量证明书 Inspection certificate 3.1", Number: "QC-260411", Lot: "H2604118", Item: "热轧H型钢 HW200×200×8×12 Q355B 12m", Producer: "唐山恒达钢铁有限公司",
		Standard: "GB/T 11263-2017", IssuedOn: time.Date(2026, 4, 11, 0, 0, 0, 0, time.UTC),
		Results: []catalogpdf.Result{{"化学成分 Chemistry", "C", "0.17", "%", "≤ 0.24"}, {"力学性能 Mechanical", "屈服强度 ReH", "391", "MPa", "≥ 355"}},
	}
	body, err := catalogpdf.Print(c)
	if err != nil {
		t.Fatal(err)
	}
	if dir := os.Getenv("KONTOR_PRINT_DIR"); dir != "" {
		if err := os.WriteFile(dir+"/certificate.pdf", body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := bytes.Count(body, []byte("/Type /Page\n")); got != 1 {
		t.Errorf("took %d pages", got)
	}
}
