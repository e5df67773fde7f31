// Package invoicingpdf prints invoices as PDF, in English and Chinese side by side, with
// a font that has both.
package invoicingpdf

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"codeberg.org/go-pdf/fpdf"

	"github.com/kontorhq/kontor/core/invoicing"
	"github.com/kontorhq/kontor/core/platform/pdf"
	"github.com/kontorhq/kontor/core/quantity"
)

// Printer implements invoicing.Printer.
type Printer struct{}

// Print lays the sheet out on A4; long invoices run over several pages with the head of
// the table repeated.
func (Printer) Print(s invoicing.Sheet) ([]byte, error) {
	p, err := pdf.A4("Invoice "+s.Invoice.Number, s.Seller.Name, s.Invoice.IssuedAt)
	if err != nil {
		return nil, err
	}
	sh := sheet{p, s}
	p.SetFooterFunc(sh.footer)
	p.AddPage()
	sh.head()
	sh.parties()
	sh.table()
	sh.totals()
	return pdf.Bytes(p)
}

type sheet struct {
	*fpdf.Fpdf
	s invoicing.Sheet
}

const width = pdf.Width

func (p sheet) small()  { pdf.Small(p.Fpdf) }
func (p sheet) normal() { pdf.Normal(p.Fpdf) }

func (p sheet) head() {
	p.letterhead()
	p.SetFont(pdf.Face, "", 22)
	p.SetTextColor(25, 25, 25)
	p.CellFormat(width/2, 10, "发票  Invoice", "", 0, "L", false, 0, "")
	p.SetFont(pdf.Face, "", 12)
	p.CellFormat(width/2, 10, p.s.Invoice.Number, "", 1, "R", false, 0, "")
	p.small()
	line := "开票日期 Date " + p.s.Invoice.IssuedAt.Format("2006-01-02") + "    订单 Order " + p.s.OrderNumber
	if p.s.PONumber != "" {
		line += "    采购单号 PO " + p.s.PONumber
	}
	p.CellFormat(width, 6, line, "", 1, "L", false, 0, "")
	p.ink()
	p.CellFormat(width, 5, p.s.Market, "B", 1, "L", false, 0, "")
	p.SetDrawColor(0, 0, 0)
	p.Ln(5)
}

// letterhead is the marketplace's logo with its address beside it. What is written there is
// written as it is: nothing on paper is a template.
func (p sheet) letterhead() {
	y, low := p.GetY(), p.GetY()
	if len(p.s.Logo) > 0 {
		p.RegisterImageOptionsReader("logo", fpdf.ImageOptions{ImageType: "PNG"}, bytes.NewReader(p.s.Logo))
		if i := p.GetImageInfo("logo"); p.Ok() && i != nil {
			w, h := i.Width(), i.Height()
			k := min(60/w, 14/h)
			p.ImageOptions("logo", 18, y, w*k, h*k, false, fpdf.ImageOptions{ImageType: "PNG"}, 0, "")
			low = y + h*k
		}
	}
	if p.s.Address != "" {
		p.small()
		p.SetXY(18+width/2, y)
		p.MultiCell(width/2, 4, p.s.Address, "", "R", false)
		low = max(low, p.GetY())
	}
	if low > y {
		p.SetXY(18, low+6)
	}
}

// ink draws lines in the marketplace's colour.
func (p sheet) ink() {
	if v, err := strconv.ParseUint(strings.TrimPrefix(p.s.Accent, "#"), 16, 24); err == nil {
		p.SetDrawColor(int(v>>16), int(v>>8&255), int(v&255))
	}
}

func (p sheet) parties() {
	y := p.GetY()
	p.party(18, y, "销售方 Seller", p.s.Seller)
	left := p.GetY()
	p.party(18+width/2, y, "购买方 Buyer", p.s.Buyer)
	p.SetXY(18, max(left, p.GetY())+5)
}

func (p sheet) party(x, y float64, title string, who invoicing.Party) {
	p.SetXY(x, y)
	p.small()
	p.CellFormat(width/2-4, 5, title, "", 1, "L", false, 0, "")
	p.normal()
	rows := []string{who.Name}
	if who.NameLocal != "" && who.NameLocal != who.Name {
		rows = append(rows, who.NameLocal)
	}
	rows = append(rows, strings.ToUpper(who.RegKind)+" "+who.RegNo, strings.Trim(who.Address+", "+who.City+", "+who.Country, ", "))
	if who.IBAN != "" {
		rows = append(rows, "IBAN "+who.IBAN)
	}
	for _, r := range rows {
		p.SetX(x)
		p.MultiCell(width/2-4, 5, r, "", "L", false)
	}
}

var columns = []struct {
	title string
	w     float64
	align string
}{{"#", 8, "R"}, {"货物 Item", 82, "L"}, {"数量 Qty", 24, "R"}, {"单价 Unit price", 28, "R"}, {"金额 Amount", 32, "R"}}

func (p sheet) titles() {
	p.small()
	p.SetFillColor(243, 243, 241)
	for _, c := range columns {
		p.CellFormat(c.w, 7, c.title, "B", 0, c.align, true, 0, "")
	}
	p.Ln(-1)
}

func (p sheet) table() {
	p.titles()
	for i, l := range p.s.Invoice.Lines {
		name := l.Names["zh-CN"]
		if en := l.Names["en"]; name == "" {
			name = en
		} else if en != "" && en != name {
			name += "  " + en
		}
		if l.SKU != "" {
			name = l.SKU + "  " + name
		}
		p.normal()
		rows := p.SplitText(name, columns[1].w-2)
		h := 5.2*float64(len(rows)) + 2
		if p.GetY()+h > 270 {
			p.AddPage()
			p.titles()
			p.normal()
		}
		x, y := p.GetX(), p.GetY()
		p.CellFormat(columns[0].w, h, fmt.Sprint(i+1), "", 0, "R", false, 0, "")
		p.SetXY(x+columns[0].w, y+1)
		p.MultiCell(columns[1].w, 5.2, name, "", "L", false)
		p.SetXY(x+columns[0].w+columns[1].w, y)
		p.CellFormat(columns[2].w, h, strings.TrimSpace(l.Qty+" "+unit(l.Unit)), "", 0, "R", false, 0, "")
		p.CellFormat(columns[3].w, h, l.Price, "", 0, "R", false, 0, "")
		p.CellFormat(columns[4].w, h, l.Sum.Decimal(), "", 0, "R", false, 0, "")
		p.SetDrawColor(225, 225, 222)
		p.Line(x, y+h, x+width, y+h)
		p.SetXY(x, y+h)
	}
	p.Ln(3)
}

// unit is the Rec 20 code in a word both languages read.
func unit(code string) string {
	words := map[string]string{"H87": "件 pc", "TNE": "吨 t", "KGM": "千克 kg", "GRM": "克 g", "MTR": "米 m", "LTR": "升 l", "PK": "包 pk", "BX": "箱 bx", "DR": "桶 dr"}
	if w, ok := words[code]; ok {
		return w
	}
	return code
}

func (p sheet) totals() {
	if p.GetY() > 245 {
		p.AddPage()
	}
	row := func(title, sum string, size float64) {
		p.normal()
		p.SetFont(pdf.Face, "", size)
		p.SetX(18 + width - 90)
		p.CellFormat(50, 7, title, "", 0, "R", false, 0, "")
		p.CellFormat(40, 7, sum, "", 1, "R", false, 0, "")
	}
	i := p.s.Invoice
	row("合计（不含税） Net", i.Net.Decimal(), 9.5)
	row("税率 Tax "+quantity.FormatMicro(p.s.TaxRate*100)+" %", i.Tax.Decimal(), 9.5)
	row("价税合计 Total "+string(i.Currency), i.Total.Decimal(), 12)
	p.small()
	p.Ln(4)
	p.MultiCell(width, 4.5, "款项已由托管账户支付。 Paid from escrow.", "", "L", false)
}

func (p sheet) footer() {
	if p.s.Footer != "" {
		p.SetY(-18)
		p.small()
		p.CellFormat(width, 4, p.s.Footer, "", 0, "C", false, 0, "")
	}
	p.SetY(-14)
	p.small()
	p.CellFormat(width, 5, fmt.Sprintf("%s · %d / {pages}", p.s.Invoice.Number, p.PageNo()), "", 0, "C", false, 0, "")
}
