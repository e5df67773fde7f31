package seller

import (
	"context"

	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/fault"
	"github.com/kontorhq/kontor/core/platform/blob"
	"github.com/kontorhq/kontor/core/platform/web"
)

// papers are the kinds of file that a certificate may be.
var papers = []string{"application/pdf", "image/png", "image/jpeg"}

// attach puts a paper to an offer: a mill certificate, an analysis of a lot.
func (p pages) attach(ctx context.Context, v *web.Visit) (web.Answer, error) {
	return p.onOffer(ctx, v, "seller.paper_attached", func(page *offerPage) error {
		f := v.Form()
		d := catalog.Document{Offer: page.Offer.ID, Kind: f.Get("kind"), Title: f.Get("title"), Lot: f.Get("lot")}
		var bad []fault.Field
		d.ValidTo, bad = day(f.Get("valid_to"), "valid_to", bad)
		files := v.Files("file")
		if len(files) == 0 {
			bad = append(bad, fault.Field{Path: "file", Reason: "required"})
		}
		if d.Title == "" {
			bad = append(bad, fault.Field{Path: "title", Reason: "required"})
		}
		if len(bad) > 0 {
			return catalog.ErrDocument.With("why", bad[0].Path).At(bad...)
		}
		body, err := files[0].Open()
		if err != nil {
			return blob.ErrEmpty.Because(err)
		}
		defer func() { _ = body.Close() }()
		o, err := p.Blobs.Put(ctx, blob.Upload{Name: files[0].Filename, Body: body, Org: page.Offer.Seller, Public: true, Allow: papers})
		if err != nil {
			return err
		}
		d.Blob = o.ID
		_, err = p.Catalog.AttachDocument(ctx, d)
		return err
	})
}
