package blob

import (
	"bytes"
	"errors"
	"image"
	_ "image/jpeg" // decoders of what Repaint takes
	"image/png"
	"io"

	"golang.org/x/image/draw"
	_ "golang.org/x/image/webp"
)

// What a picture to be painted anew may be.
const (
	maxPaintBytes = 1 << 20
	maxPaintSide  = 4000
)

// Why a picture is not painted.
var (
	ErrPaintType  = errors.New("blob: neither PNG nor JPEG nor WebP")
	ErrPaintLarge = errors.New("blob: more than 1 MB or 4,000 pixels a side")
	ErrPaintBad   = errors.New("blob: the picture is damaged")
)

// Painting is a picture of our own making.
type Painting struct {
	PNG           []byte
	Width, Height int
}

// Read decodes a picture that a stranger sent, having looked at its size first: what was
// hidden in the file beside the pixels (places, comments, scripts) stays behind. SVG is no
// picture here: it is a document that can hold programs, and we have nothing that we trust
// to take them out.
func Read(r io.Reader) (image.Image, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxPaintBytes+1))
	switch {
	case err != nil:
		return nil, err
	case len(b) > maxPaintBytes:
		return nil, ErrPaintLarge
	}
	c, _, err := image.DecodeConfig(bytes.NewReader(b))
	switch {
	case errors.Is(err, image.ErrFormat):
		return nil, ErrPaintType
	case err != nil:
		return nil, ErrPaintBad
	case c.Width < 1 || c.Height < 1:
		return nil, ErrPaintBad
	case c.Width > maxPaintSide || c.Height > maxPaintSide:
		return nil, ErrPaintLarge
	}
	m, _, err := image.Decode(bytes.NewReader(b))
	if err != nil {
		return nil, ErrPaintBad
	}
	return m, nil
}

// Paint draws a picture into a box, never larger than it is, and writes it as PNG. A square
// one is centred on clear ground.
func Paint(m image.Image, width, height int, square bool) (Painting, error) {
	from := m.Bounds()
	k := min(float64(width)/float64(from.Dx()), float64(height)/float64(from.Dy()))
	if !square {
		k = min(k, 1)
	}
	w, h := max(int(float64(from.Dx())*k+.5), 1), max(int(float64(from.Dy())*k+.5), 1)
	to := image.Rect(0, 0, w, h)
	sheet := to
	if square {
		sheet = image.Rect(0, 0, width, height)
		to = to.Add(image.Pt((width-w)/2, (height-h)/2))
	}
	out := image.NewNRGBA(sheet)
	draw.CatmullRom.Scale(out, to, m, from, draw.Src, nil)
	var b bytes.Buffer
	if err := png.Encode(&b, out); err != nil {
		return Painting{}, err
	}
	return Painting{b.Bytes(), sheet.Dx(), sheet.Dy()}, nil
}
