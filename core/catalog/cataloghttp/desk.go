package cataloghttp

import (
	"context"
	"time"

	"github.com/kontorhq/kontor/core/caller"
	"github.com/kontorhq/kontor/core/catalog"
	"github.com/kontorhq/kontor/core/id"
	"github.com/kontorhq/kontor/core/money"
	"github.com/kontorhq/kontor/core/page"
	"github.com/kontorhq/kontor/core/quantity"
)

type itemBody struct {
	Category     id.Category       `json:"category_id"`
	SKU          string            `json:"sku" maxLength:"120"`
	Names        map[string]string `json:"names" doc:"by language tag"`
	Descriptions map[string]string `json:"descriptions,omitempty"`
	Brand        string            `json:"brand,omitempty" maxLength:"120"`
	Attributes   map[string]string `json:"attributes,omitempty" doc:"every value is text; numbers are exact decimals in the attribute's unit"`
	Unit         string            `json:"unit" maxLength:"8" doc:"UN/ECE Rec 20 code"`
	KgPerUnit    string            `json:"kg_per_unit,omitempty" maxLength:"20"`
	Regulated    string            `json:"regulated,omitempty" maxLength:"20"`
	Picture      string            `json:"picture,omitempty" maxLength:"300"`
	Version      int64             `json:"version,omitempty" doc:"of the item that was read, to notice that somebody else changed it"`
}

func (b itemBody) item(i id.Item) (catalog.Item, error) {
	u, err := quantity.ParseUnit(b.Unit)
	if err != nil {
		return catalog.Item{}, err
	}
	var kg int64
	if b.KgPerUnit != "" {
		if kg, err = quantity.ParseMicro(b.KgPerUnit); err != nil {
			return catalog.Item{}, err
		}
	}
	return catalog.Item{
		ID: i, Category: b.Category, SKU: b.SKU, Names: b.Names, Descriptions: b.Descriptions, Brand: b.Brand, Attributes: b.Attributes,
		Unit: u, KgPerUnitMicro: kg, Regulated: b.Regulated, Picture: b.Picture, Version: b.Version,
	}, nil
}

func (h handlers) writeItem(ctx context.Context, i id.Item, b itemBody) (recordView, error) {
	in, err := b.item(i)
	if err != nil {
		return recordView{}, err
	}
	return record(h.s.WriteItem(ctx, in))
}

func record(i catalog.Item, err error) (recordView, error) {
	if err != nil {
		return recordView{}, err
	}
	return viewRecord(i), nil
}

func (h handlers) addItem(ctx context.Context, in *struct{ Body itemBody }) (recordView, error) {
	return h.writeItem(ctx, id.Item{}, in.Body)
}

type putItem struct {
	ID   id.Item `path:"id"`
	Body itemBody
}

func (h handlers) putItem(ctx context.Context, in *putItem) (recordView, error) {
	return h.writeItem(ctx, in.ID, in.Body)
}

func (h handlers) submit(ctx context.Context, in *byItem) (recordView, error) {
	return record(h.s.SubmitItem(ctx, in.ID))
}

func (h handlers) publish(ctx context.Context, in *byItem) (recordView, error) {
	return record(h.s.PublishItem(ctx, in.ID))
}

func (h handlers) sendBack(ctx context.Context, in *byItem) (recordView, error) {
	return record(h.s.SendBackItem(ctx, in.ID))
}

func (h handlers) retire(ctx context.Context, in *byItem) (recordView, error) {
	return record(h.s.RetireItem(ctx, in.ID))
}

func (h handlers) draft(ctx context.Context, in *byItem) (recordView, error) {
	return record(h.s.Item(ctx, in.ID))
}

type waiting struct {
	State string `query:"state" enum:"draft,review,published,retired" default:"review"`
	After string `query:"after" maxLength:"200"`
	Limit int    `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

type cursor struct {
	ID string `json:"i"`
}

func (h handlers) waiting(ctx context.Context, in *waiting) (page.List[recordView], error) {
	p := page.Request{After: in.After, Limit: in.Limit}
	f := catalog.ItemsFilter{State: catalog.ItemState(in.State), Limit: p.Size() + 1}
	var c cursor
	if err := page.Decode(in.After, &c); err != nil {
		return page.List[recordView]{}, err
	}
	if err := f.After.UnmarshalText([]byte(c.ID)); err != nil {
		return page.List[recordView]{}, page.ErrCursor
	}
	items, err := h.s.WaitingItems(ctx, f)
	if err != nil {
		return page.List[recordView]{}, err
	}
	views := make([]recordView, len(items))
	for n, i := range items {
		views[n] = viewRecord(i)
	}
	return page.Cut(views, p.Size(), func(v recordView) any { return cursor{v.ID.String()} }), nil
}

// OfferTerms are what a seller says of an offer.
type OfferTerms struct {
	Seller    id.Org `json:"seller_id,omitempty" doc:"for operators; a seller's own offers need none"`
	SellerSKU string `json:"seller_sku" maxLength:"120"`
	Unit      string `json:"unit" maxLength:"8"`
	MOQ       string `json:"moq" maxLength:"20" doc:"smallest order, in the unit"`
	Step      string `json:"step" maxLength:"20" doc:"orders are multiples of it"`
	LeadDays  int    `json:"lead_days" minimum:"0" maximum:"730"`
	Incoterm  string `json:"incoterm,omitempty" maxLength:"3"`
	Currency  string `json:"currency" maxLength:"3"`
	Basis     string `json:"basis" enum:"piece,theoretical,weighed" default:"piece"`
	Note      string `json:"note,omitempty" maxLength:"1000"`
	Version   int64  `json:"version,omitempty"`
}

func (b OfferTerms) offer() (catalog.Offer, error) {
	o := catalog.Offer{Seller: b.Seller, SellerSKU: b.SellerSKU, LeadDays: b.LeadDays, Incoterm: b.Incoterm, Currency: money.Currency(b.Currency), Basis: catalog.Basis(b.Basis), Note: b.Note, Version: b.Version}
	var err error
	if o.Unit, err = quantity.ParseUnit(b.Unit); err != nil {
		return o, err
	}
	if o.MOQMicro, err = quantity.ParseMicro(b.MOQ); err != nil {
		return o, err
	}
	o.StepMicro, err = quantity.ParseMicro(b.Step)
	return o, err
}

type addOffer struct {
	Body struct {
		OfferTerms
		Item id.Item `json:"item_id"`
	}
}

func (h handlers) addOffer(ctx context.Context, in *addOffer) (Terms, error) {
	o, err := in.Body.offer()
	if err != nil {
		return Terms{}, err
	}
	o.Item = in.Body.Item
	return terms(h.s.WriteOffer(ctx, o))
}

type putOffer struct {
	ID   id.Offer `path:"id"`
	Body OfferTerms
}

func (h handlers) putOffer(ctx context.Context, in *putOffer) (Terms, error) {
	o, err := in.Body.offer()
	if err != nil {
		return Terms{}, err
	}
	o.ID = in.ID
	return terms(h.s.WriteOffer(ctx, o))
}

func terms(o catalog.Offer, err error) (Terms, error) {
	if err != nil {
		return Terms{}, err
	}
	return viewTerms(o), nil
}

func (h handlers) publishOffer(ctx context.Context, in *byOffer) (Terms, error) {
	return terms(h.s.PublishOffer(ctx, in.ID))
}

func (h handlers) pauseOffer(ctx context.Context, in *byOffer) (Terms, error) {
	return terms(h.s.PauseOffer(ctx, in.ID))
}

func (h handlers) withdrawOffer(ctx context.Context, in *byOffer) (Terms, error) {
	return terms(h.s.WithdrawOffer(ctx, in.ID))
}

type sellerOffers struct {
	State string  `query:"state" maxLength:"20"`
	Item  id.Item `query:"item"`
	After string  `query:"after" maxLength:"200"`
	Limit int     `query:"limit" minimum:"1" maximum:"200" default:"24"`
}

func (h handlers) sellerOffers(ctx context.Context, in *sellerOffers) (page.List[factsView], error) {
	who, err := caller.From(ctx)
	if err != nil {
		return page.List[factsView]{}, err
	}
	p := page.Request{After: in.After, Limit: in.Limit}
	f := catalog.OffersFilter{State: catalog.OfferState(in.State), Item: in.Item, Limit: p.Size() + 1}
	var c cursor
	if err := page.Decode(in.After, &c); err != nil {
		return page.List[factsView]{}, err
	}
	if err := f.After.UnmarshalText([]byte(c.ID)); err != nil {
		return page.List[factsView]{}, page.ErrCursor
	}
	fs, err := h.s.SellerOffers(ctx, f)
	if err != nil {
		return page.List[factsView]{}, err
	}
	views := make([]factsView, len(fs))
	for n, x := range fs {
		views[n] = viewFacts(x, who.Locale)
	}
	return page.Cut(views, p.Size(), func(v factsView) any { return cursor{v.ID.String()} }), nil
}

type attach struct {
	Body struct {
		Item    id.Item  `json:"item_id,omitempty"`
		Offer   id.Offer `json:"offer_id,omitempty"`
		Kind    string   `json:"kind" enum:"mill_certificate,coa,sds,datasheet,other"`
		Title   string   `json:"title" maxLength:"200"`
		Blob    id.Blob  `json:"file_id"`
		Lot     string   `json:"lot,omitempty" maxLength:"80"`
		ValidTo string   `json:"valid_to,omitempty" maxLength:"10"`
	}
}

func (h handlers) attach(ctx context.Context, in *attach) (documentView, error) {
	b := in.Body
	d := catalog.Document{Item: b.Item, Offer: b.Offer, Kind: b.Kind, Title: b.Title, Blob: b.Blob, Lot: b.Lot}
	if b.ValidTo != "" {
		t, err := time.Parse(time.DateOnly, b.ValidTo)
		if err != nil {
			return documentView{}, catalog.ErrDocument.With("why", "valid_to")
		}
		d.ValidTo = t
	}
	d, err := h.s.AttachDocument(ctx, d)
	if err != nil {
		return documentView{}, err
	}
	return viewDocument(d), nil
}
