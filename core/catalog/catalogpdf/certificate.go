// Package catalogpdf prints the certificates that come with goods: a mill's inspection
// certificate (EN 10204, 3.1) or a certificate of analysis.
package catalogpdf

import (
	"fmt"
	"time"

	"codeberg.org/go-pdf/fpdf"

	"github.com/kontorhq/kontor/core/platform/pdf"
)

// Certificate is what the paper says.
type Certificate struct {
	Title    string
	Number   string
	Lot      string // heat or lot number
	Item     string
	Seller   string
	Producer string
	Standard string
	IssuedOn time.Time
	ValidTo  time.Time // zero: for ever
	Results  []Result
	Notice   string // "demonstration data" where it is that
}

// Result is a measured value with its limit.
type Result struct{ Group, Name, Value, Unit, Limit string }

// Print lays a certificate out on A4.
func Print(c Certificate) ([]byte, error) {
	p, err := pdf.A4(c.Title+" "+c.Number, c.Producer, c.IssuedOn)
	if err != nil {
		return nil, err
	}
	p.SetFooterFunc(func() {
		p.SetY(-14)
		pdf.Small(p)
		p.CellFormat(pdf.Width, 5, fmt.Sprintf("%s  %s · %d / {pages}", c.Notice, c.Number, p.PageNo()), "", 0, "C", false, 0, "")
	})
	p.AddPage()
	p.SetFont(pdf.Face, "", 18)
	p.MultiCell(pdf.Width, 9, c.Title, "", "L", false)
	p.Ln(2)
	facts(p, c)
	group := ""
	for _, r := range c.Results {
		if r.Group != group {
			group = r.Group
			heading(p, group)
		}
		row(p, r)
	}
	return pdf.Bytes(p)
}

func facts(p *fpdf.Fpdf, c Certificate) {
	valid := ""
	if !c.ValidTo.IsZero() {
		valid = c.ValidTo.Format("2006-01-02")
	}
	for _, f := range [][2]string{
		{"编号 Number", c.Number},
		{"货物 Item", c.Item},
		{"炉批号 Heat / lot", c.Lot},
		{"执行标准 Standard", c.Standard},
		{"生产企业 Producer", c.Producer},
		{"供货方 Supplier", c.Seller},
		{"签发日期 Issued", c.IssuedOn.Format("2006-01-02")},
		{"有效期至 Valid to", valid},
	} {
		if f[1] == "" {
			continue
		}
		pdf.Small(p)
		p.CellFormat(42, 6, f[0], "", 0, "L", false, 0, "")
		pdf.Normal(p)
		p.MultiCell(pdf.Width-42, 6, f[1], "", "L", false)
	}
}

func heading(p *fpdf.Fpdf, title string) {
	p.Ln(4)
	pdf.Small(p)
	p.SetFillColor(243, 243, 241)
	for _, h := range []struct {
		text  string
		w     float64
		align string
	}{{title, 74, "L"}, {"实测 Value", 40, "R"}, {"单位 Unit", 20, "L"}, {"要求 Limit", 40, "R"}} {
		p.CellFormat(h.w, 7, h.text, "B", 0, h.align, true, 0, "")
	}
	p.Ln(-1)
}

func row(p *fpdf.Fpdf, r Result) {
	pdf.Normal(p)
	p.CellFormat(74, 6.5, r.Name, "", 0, "L", false, 0, "")
	p.CellFormat(40, 6.5, r.Value, "", 0, "R", false, 0, "")
	p.CellFormat(20, 6.5, r.Unit, "", 0, "L", false, 0, "")
	p.CellFormat(40, 6.5, r.Limit, "", 1, "R", false, 0, "")
}
