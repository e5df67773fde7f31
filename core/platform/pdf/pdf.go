// Package pdf starts PDF documents with a font that has Latin and Chinese. It is the only
// room that knows where the font is; what is printed is each context's own affair.
package pdf

import (
	"bytes"
	"compress/gzip"
	_ "embed"
	"fmt"
	"io"
	"sync"
	"time"

	"codeberg.org/go-pdf/fpdf"
)

//go:embed font/wqy-microhei-gb2312.ttf.gz
var packed []byte

// font is unpacked on first use: most processes never print.
var font = sync.OnceValues(func() ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	return io.ReadAll(r)
})

// Face is the name of the font family.
const Face = "hei"

// Width is what lies between the margins of a sheet, in millimetres.
const Width = 174

// A4 is an empty document with margins and the font; at is its date, so that the same
// content always prints the same bytes.
func A4(title, author string, at time.Time) (*fpdf.Fpdf, error) {
	ttf, err := font()
	if err != nil {
		return nil, fmt.Errorf("unpack the font: %w", err)
	}
	p := fpdf.New("P", "mm", "A4", "")
	p.AddUTF8FontFromBytes(Face, "", ttf)
	p.SetTitle(title, true)
	p.SetAuthor(author, true)
	p.SetCreationDate(at)
	p.SetModificationDate(at)
	p.SetMargins(18, 16, 18)
	p.SetAutoPageBreak(true, 20)
	p.AliasNbPages("{pages}")
	return p, nil
}

// Small and Normal are the two voices of a document: what a thing is, and the thing.
func Small(p *fpdf.Fpdf) {
	p.SetFont(Face, "", 8)
	p.SetTextColor(110, 110, 110)
}

// Normal is the text itself.
func Normal(p *fpdf.Fpdf) {
	p.SetFont(Face, "", 9.5)
	p.SetTextColor(25, 25, 25)
}

// Bytes ends the document.
func Bytes(p *fpdf.Fpdf) ([]byte, error) {
	var out bytes.Buffer
	if err := p.Output(&out); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}
