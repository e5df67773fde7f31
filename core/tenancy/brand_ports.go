package tenancy

import (
	"context"
	"io"

	"github.com/kontorhq/kontor/core/id"
)

// BrandStore keeps brands, in the caller's tenant.
type BrandStore interface {
	BrandDraft(ctx context.Context) (BrandDraft, error) // the zero one where nobody began
	// PutBrandDraft saves a draft as the next version, or answers ErrBrandStale.
	PutBrandDraft(ctx context.Context, d BrandDraft) error
	BrandEditions(ctx context.Context, limit int) ([]BrandEdition, error) // the newest first
	BrandEdition(ctx context.Context, number int64) (BrandEdition, error) // ErrNoEdition
	// AddBrandEdition publishes: the edition and what pages read commit together. It answers
	// ErrBrandStale if somebody else has published the same number.
	AddBrandEdition(ctx context.Context, e BrandEdition) error
	AddBrandPicture(ctx context.Context, p Picture) error
	BrandPicture(ctx context.Context, which id.Blob) (Picture, error) // ErrNoPicture
}

// Looks knows the themes.
type Looks interface {
	// Choices are the corners, densities and fonts that there are.
	Choices() (radii, densities, fonts []string)
	// Clashes are the pairs of colours, of all that lie on each other, that a brand would make
	// too alike.
	Clashes(theme string, b Brand) []Clash
}

// Clash is two colours that cannot be told apart well enough, and what would help.
type Clash struct {
	Field       string // "light.link"
	Over, Under string // tokens
	Ratio       float64
	Least       float64
	Nearest     string
}

// Pictures paints pictures anew and keeps them; only it reads what a stranger sent.
type Pictures interface {
	Paint(ctx context.Context, kind PictureKind, name string, body io.Reader) (Picture, error)
}
