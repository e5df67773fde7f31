package catalog

import (
	"slices"
	"strings"
	"time"

	"github.com/kontorhq/kontor/core/id"
)

// DocumentKinds are the papers that goods come with.
var DocumentKinds = []string{"mill_certificate", "coa", "sds", "datasheet", "other"}

// Document belongs to an item (a data sheet) or to an offer (this seller's certificate),
// perhaps for one lot only.
type Document struct {
	ID      id.Document
	Item    id.Item
	Offer   id.Offer
	Kind    string
	Title   string
	Blob    id.Blob
	Lot     string
	ValidTo time.Time // zero: does not expire
}

// Check says what is wrong with a document.
func (d Document) Check() error {
	switch {
	case !slices.Contains(DocumentKinds, d.Kind):
		return ErrDocument.With("why", "kind")
	case strings.TrimSpace(d.Title) == "" || len(d.Title) > 200:
		return ErrDocument.With("why", "title")
	case d.Item.IsZero() == d.Offer.IsZero():
		return ErrDocument.With("why", "item or offer")
	case d.Blob.IsZero():
		return ErrDocument.With("why", "file")
	}
	return nil
}
